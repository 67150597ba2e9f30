"""Time whole commands on small inputs, where starting is most of the time, against another commit.

    python benchmarks/startup.py --against HEAD~1 --rounds 3

The two versions take turns. Prints a Markdown table: medians of the seconds by the clock and of
processor time, and the ratio of the processor times, which other load disturbs less.

Where Python keeps no bytecode (PYTHONDONTWRITEBYTECODE) and none was made at installation, every
command also compiles what it imports. `--bytecode none` times that. `make setup` compiles what
commands import; `--bytecode now` compares with a version that did not.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("cli", "data", "evaluation", "remediation")
RUN = "from evenhand.cli.start import main; main()"
ROWS = 1000

COMMANDS = {
    "data build": "data build texts.csv --terms gender --method ablate --output {out}",
    "evaluate, predictions": "evaluate flip-rate --predictions scores.csv --output {out}",
    "evaluate, a model": "evaluate flip-rate --model model.keras --data cf --output {out}",
    "remediate train, one epoch": (
        "remediate train --baseline model.keras --data cf --epochs 1 --output {out}"
    ),
}


INPUTS = (
    "data build texts.csv --terms gender --method ablate --label-column label --output cf",
    "remediate baseline --data cf --epochs 1 --output model.keras",
)


def write_inputs(folder: Path, source: Path) -> None:
    """Write texts, scores, and a dataset and a model of the older version: the newer reads them."""
    chance = random.Random(0)
    texts, scores = ["text,label"], ["prediction,counterfactual_prediction,label"]
    for number in range(ROWS):
        who = chance.choice(["woman", "man", "doctor"])
        texts.append(f"I am a {who} number {number},{number % 2}")
        scores.append(f"{chance.random()},{chance.random()},{number % 2}")
    (folder / "texts.csv").write_text("\n".join(texts), encoding="utf-8")
    (folder / "scores.csv").write_text("\n".join(scores), encoding="utf-8")
    for command in INPUTS:
        timed(command, source, folder, dict(os.environ))


def timed(command: str, source: Path, folder: Path, environment: dict[str, str]) -> list[float]:
    """Run a command from the sources in a folder; return its seconds, clock and processor."""
    with tempfile.TemporaryDirectory() as out:
        arguments = command.format(out=Path(out) / "out").split()
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", RUN, *arguments],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
        )
        if done.returncode > 1:  # 1: no epoch kept the limits
            sys.exit(done.stderr)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return [seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime]


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", default="HEAD", help="a commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bytecode", choices=("both", "now", "none"), default="both")
    arguments = parser.parse_args()
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as work:
        without = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": f"{work}/none"}
        compiles = {"both": (), "now": ("before",), "none": ("before", "now")}[arguments.bytecode]
        sources = {"before": Path(work) / "before", "now": Path(work) / "now"}
        for name, commit in zip(sources, (arguments.against, None), strict=True):
            package = sources[name] / "evenhand"
            package.mkdir(parents=True)
            if commit is None:
                for part in PACKAGES:
                    (package / part).symlink_to(ROOT / part)
                continue
            archive = subprocess.run(
                ["git", "archive", commit, *PACKAGES], cwd=ROOT, check=True, capture_output=True
            )
            subprocess.run(["tar", "x", "-C", package], input=archive.stdout, check=True)
        folder = Path(work) / "inputs"
        folder.mkdir()
        write_inputs(folder, sources["before"])
        print("| command | before, s | now, s | processor before | now | ratio |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for title, command in COMMANDS.items():
            rounds = [
                [
                    figure
                    for name, source in sources.items()
                    for figure in timed(
                        command,
                        source,
                        folder,
                        environment | without if name in compiles else environment,
                    )
                ]
                for _ in range(arguments.rounds)
            ]
            clock, used, clock_now, used_now = map(statistics.median, zip(*rounds, strict=True))
            print(
                f"| {title} | {clock:.1f} | {clock_now:.1f} | {used:.1f} | {used_now:.1f} | "
                f"{used_now / used:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
