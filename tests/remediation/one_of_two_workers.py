"""CLP training as one worker of two on this machine: run twice, at the same time.

Usage: python one_of_two_workers.py INDEX PORT PORT BASELINE DATA OUTPUT
"""

from __future__ import annotations

import json
import os
import sys

from evenhand.remediation import train


def main(index: int, ports: list[str], baseline: str, data: str, output: str) -> None:
    workers = [f"127.0.0.1:{port}" for port in ports]
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
    train(baseline, data, output, epochs=3, batch_size=50, learning_rate=1e-2)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:4], *sys.argv[4:])
