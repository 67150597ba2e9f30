"""CLP training that is killed in the middle of an epoch: run in a process of its own.

Usage: python killed_training.py EPOCH BASELINE DATA OUTPUT OPTIONS, the options as JSON
"""

from __future__ import annotations

import json
import os
import signal
import sys

from evenhand.remediation import train


def main(epoch: str, baseline: str, data: str, output: str, options: str) -> None:
    def kill(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith(f"epoch {epoch} ") and done >= 3:
            os.kill(os.getpid(), signal.SIGKILL)

    train(baseline, data, output, progress=kill, **json.loads(options))


if __name__ == "__main__":
    main(*sys.argv[1:])
