"""CLP training as one worker of two on this machine: run twice, at the same time.

Usage: python one_of_two_workers.py INDEX PORT PORT BASELINE DATA OUTPUT [HOLD_IN]

It goes on with an unfinished training. In the epoch HOLD_IN it makes the file OUTPUT.held-INDEX and
waits to be killed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from evenhand.remediation import train


def main(
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


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:4], *sys.argv[4:])
