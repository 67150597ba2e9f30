"""What the system says of processes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pytest


def children_of(process: int) -> list[int]:
    """Return the ids of a process's children."""
    tasks = Path(f"/proc/{process}/task")
    if not tasks.exists():
        pytest.skip("there is no /proc here")
    return [int(child) for task in tasks.glob("*/children") for child in task.read_text().split()]


def wait_for_the_end_of(processes: Iterable[int]) -> None:
    """Wait until they have ended; those that do not are ended by the test's time limit."""
    for process in processes:
        while _is_alive(process):
            time.sleep(0.05)


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # of which its parent does not care to hear
