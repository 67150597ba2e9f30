"""Run `evenhand` as a process of its own, in whatever surroundings a test makes."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ENTRY = (sys.executable, "-c", "from evenhand.cli.start import main; main()")


def evenhand(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `without` names variables to leave out of the environment."""
    environment = os.environ | options.pop("env", {})
    for name in options.pop("without", ()):
        environment.pop(name, None)
    options = {"capture_output": True, "text": True, "errors": "replace", "timeout": 300} | options
    return subprocess.run([*ENTRY, *map(str, arguments)], env=environment, **options)


@contextlib.contextmanager
def started(*arguments: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a session of its own, and let nothing of it outlive the test."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [*ENTRY, *map(str, arguments)]
    with subprocess.Popen(command, start_new_session=True, **pipes | options) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def on_a_terminal(
    *arguments: object, columns: int = 80, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run a command on a terminal of so many columns; return its exit code and what it shows."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color"} | (env or {})
    for name in {"NO_COLOR", "FORCE_COLOR"} - set(env or {}):
        environment.pop(name, None)
    process = subprocess.Popen(
        [*ENTRY, *map(str, arguments)], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # Linux's way of saying that the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(), shown.decode()


def no_traceback(*texts: str) -> None:
    for text in texts:
        assert "Traceback" not in text and "Exception ignored" not in text, text


def left_in(folder: Path) -> list[str]:
    """Return the names of everything in a folder, hidden things too."""
    return sorted(part.name for part in folder.iterdir())
