"""CLP training by two workers on this machine: forks of a process that has imported TensorFlow.

Usage: python two_workers.py PORT PORT BASELINE DATA OUTPUT [HOLD_IN]

They go on with an unfinished training. In the epoch HOLD_IN each makes the file OUTPUT.held-INDEX
and waits to be killed, with its whole group of processes.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

from evenhand.remediation import train


def work(
    index: int, ports: list[str], baseline: str, data: str, output: str, hold_in: str = ""
) -> None:
    def hold(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith(f"epoch {hold_in} ") and done >= 3:
            Path(f"{output}.held-{index}").touch()
            time.sleep(600)

    workers = [f"127.0.0.1:{port}" for port in ports]
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
    options = {"epochs": 3, "batch_size": 50, "learning_rate": 1e-2, "max_auc_drop": 1.0,
               "max_accuracy_drop": 1.0, "max_positive_rate_change": 1.0}  # fmt: skip
    train(baseline, data, output, resume=True, progress=hold, **options)


def main(arguments: list[str]) -> int:
    """Start the workers and wait for both; return 0 if both end well."""
    importlib.import_module("evenhand.remediation.training.trainer")
    importlib.import_module("evenhand.remediation.wrappers.clp")
    children = []
    for index in (0, 1):
        child = os.fork()
        if child == 0:
            try:
                work(index, arguments[:2], *arguments[2:])
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        children.append(child)
    return max(os.waitpid(child, 0)[1] for child in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) != 0)
