"""Runs the demo again and again, killing it at moments spread over its whole length.

`python killed_demos.py FOLDER KILLS` imports what takes long once, and forks for each run. It
writes a JSON list: for each kill, the exit code of the run after it, whether its report has the
numbers of a demo that nobody killed, and what is left over.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import keras  # noqa: F401
import tensorflow as tf  # noqa: F401
import tensorflow_model_analysis  # noqa: F401
import tensorflow_model_remediation.counterfactual  # noqa: F401

from evenhand.cli.main import run

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


def main() -> None:
    home, kills = Path(sys.argv[1]), int(sys.argv[2])
    reference = home / "reference"
    begun = time.monotonic()
    code = finish(start(reference))
    whole = time.monotonic() - begun
    report = report_in(reference)
    chance = random.Random(0)
    found = []
    for number in range(kills):
        folder = home / f"demo{number}"
        child = start(folder)
        time.sleep(whole * (number + chance.random()) / kills)
        os.kill(child, signal.SIGKILL)
        killed = finish(child) == -signal.SIGKILL
        steps = sorted(part.name for part in folder.iterdir()) if folder.exists() else []
        again = finish(start(folder))
        same = report_in(folder) == report
        left = [part.name for part in folder.rglob("*") if part.name.endswith((".partial", ".old"))]
        found.append(
            {"killed": killed, "after": steps, "code": again, "same": same, "left": left}
            | {"expected": code}
        )
        shutil.rmtree(folder)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
