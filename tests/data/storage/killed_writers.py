"""Kills a process that writes at every line of evenhand's own writing, and writes once more.

`python killed_writers.py FOLDER` prints a line of JSON for each kill: what was being written, the
line, and what lies in the folder after the next process has written the same.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from evenhand.data.storage import folders
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import new_folder, remove_folder, take_folder

STORAGE = str(Path(folders.__file__).parent)


def replaced_file(folder: Path) -> None:
    write_text(folder / "out", "text")


def replaced_folder(folder: Path) -> None:
    with new_folder(folder / "out", kind="report", overwrite=True) as work:
        (work / "report.json").write_text("{}")
        (work / "inside").mkdir()


def removed_folder(folder: Path) -> None:
    replaced_folder(folder)
    remove_folder(folder / "out", kind="report")


def folder_filled_bit_by_bit(folder: Path) -> None:
    take_folder(folder / "out", kind="run", names=["a.txt"])
    write_text(folder / "out" / "a.txt", "a")


WRITERS = (replaced_file, replaced_folder, removed_folder, folder_filled_bit_by_bit)


class KillAtLine:
    """Kills its process when so many lines of the storage modules have been reached."""

    def __init__(self, n_lines: int) -> None:
        self.left = n_lines

    def __call__(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(STORAGE):
            return None
        if event == "line":
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def is_killed(write: Callable[[Path], None], folder: Path, line: int) -> bool:
    """Write in a process that is killed at a line; tell whether it came so far."""
    child = os.fork()
    if child == 0:
        try:
            sys.settrace(KillAtLine(line))
            write(folder)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def main() -> None:
    home = Path(sys.argv[1])
    for write in WRITERS:
        line, killed = 0, True
        while killed:
            folder = home / f"{write.__name__}-{line}"
            folder.mkdir()
            if line % 2:  # something to replace
                write(folder)
            killed = is_killed(write, folder, line)
            write(folder)
            left = sorted(str(part.relative_to(folder)) for part in folder.rglob("*"))
            found = {"writer": write.__name__, "line": line, "left": left}
            sys.stdout.write(json.dumps(found) + "\n")
            shutil.rmtree(folder)
            line += 1


if __name__ == "__main__":
    main()
