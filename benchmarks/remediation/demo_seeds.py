"""Run the demo with several seeds and print its figures as a Markdown table.

    python demo_seeds.py --seeds 0 1 2

The README's table comes from here. The seed decides the sample text, the baseline and the training.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from evenhand.evaluation import Report, load_report

METRICS = {
    "flip_rate": "flip rate",
    "ctf_gap": "CTF gap",
    "auc": "AUC",
    "accuracy": "accuracy",
}


def run_demo(folder: Path, seed: int) -> Report:
    """Run the demo in a process of its own and return its report."""
    command = [Path(sys.executable).with_name("evenhand"), "demo"]
    options = ["--output", folder, "--seed", str(seed)]
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    return load_report(folder / "report")


def row(report: Report, seed: int) -> str:
    """Return a report's row of the table, each metric as baseline → CLP."""
    before, after = report.baseline.overall, report.candidate.overall
    cells = [str(seed), f"{after.n_examples:,}", f"{after.n_pairs:,}"]
    cells += [
        f"{before.metrics[name].value:.4f} → {after.metrics[name].value:.4f}" for name in METRICS
    ]
    fewer = 1 - after.metrics["flip_rate"].value / before.metrics["flip_rate"].value
    return f"| {' | '.join([*cells, f'{fewer:.1%}'])} |"


def main() -> None:
    """Parse the seeds, run the demos and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    headings = ["seed", "test comments", "pairs", *METRICS.values(), "fewer flips"]
    print(f"| {' | '.join(headings)} |")
    print("|" + "---:|" * len(headings))
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            print(row(run_demo(Path(folder) / str(seed), seed), seed), flush=True)


if __name__ == "__main__":
    main()
