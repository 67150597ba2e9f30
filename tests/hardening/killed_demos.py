"""Runs the demo again and again, killing it at moments spread over all of its steps.

`python killed_demos.py FOLDER KILLS` imports what takes long once, and forks for each run. It
writes a line of JSON for each kill: the exit code of the run after it, whether its report has the
numbers of a demo that nobody killed, and what is left over.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from evenhand.cli.main import run

sys.path.insert(0, str(Path(__file__).parents[1]))
from forked_commands import import_all
from quicker_beam import make_beam_quicker

WITHOUT_REAPING = os.WEXITED | os.WNOHANG | os.WNOWAIT
LEFT_OVER = (".partial", ".old")
ROWS = 1_000  # the fewest that a sample may have


def start(folder: Path) -> int:
    """Start a demo in a process group of its own and return its id."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        log = os.open(folder.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 70
        try:
            code = run(["demo", "--output", str(folder), "--rows", str(ROWS)])
        finally:
            os._exit(code)
    return child


def finish(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def report_in(folder: Path) -> Any:
    """Return a demo's report without the models' digests: Keras writes the time into its files."""
    report = json.loads((folder / "report" / "report.json").read_text())
    for model in report["models"]:
        del model["sha256"]
    return report


def steps_begun(folder: Path) -> int:
    """Return how many of its steps a demo has announced."""
    log = folder.with_suffix(".log")
    return len(re.findall(rb"^\[\d+/\d+\]", log.read_bytes(), re.MULTILINE)) if log.exists() else 0


def is_over(child: int) -> bool:
    return os.waitid(os.P_PID, child, WITHOUT_REAPING) is not None


def lengths_of_steps(child: int, folder: Path) -> list[float]:
    """Wait for a demo to end, and return how many seconds each of its steps took."""
    begun: list[float] = []
    while not is_over(child):
        begun += [time.monotonic()] * (steps_begun(folder) - len(begun))
        time.sleep(0.005)
    ends = [*begun[1:], time.monotonic()]
    return [end - start for start, end in zip(begun, ends, strict=True)]


def kill_at(child: int, folder: Path, step: int, wait: float) -> bool:
    """Kill a demo so many seconds after it has begun a step; tell whether it was still at work."""
    while steps_begun(folder) < step and not is_over(child):
        time.sleep(0.005)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    return finish(child) == -signal.SIGKILL


def main() -> None:
    home, kills = Path(sys.argv[1]), int(sys.argv[2])
    import_all()
    make_beam_quicker()
    reference = home / "reference"
    child = start(reference)
    lengths = lengths_of_steps(child, reference)
    code, report = finish(child), report_in(reference)
    chance = random.Random(0)
    for number in range(kills):
        folder = home / f"demo{number}"
        step = number * len(lengths) // kills
        wait = chance.uniform(0, lengths[step])
        killed = kill_at(start(folder), folder, step + 1, wait)
        there = sorted(part.name for part in folder.iterdir()) if folder.exists() else []
        again = finish(start(folder))
        found = {
            "killed": killed,
            "after": there,
            "code": again,
            "expected": code,
            "same": report_in(folder) == report,
            "left": [part.name for part in folder.rglob("*") if part.suffix == ".partial"],
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
