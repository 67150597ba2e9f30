"""A tree of files that are not evenhand's, called as evenhand's own are, and what became of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

# What evenhand's outputs hold, none of it with evenhand's content.
LOOKALIKES = (
    "manifest.json",
    "report.json",
    "train.json",
    "sweep.json",
    "run.json",
    "state.npz",
    "evenhand-run.json",
    "evenhand-demo.json",
    "model.keras",
    ".evenhand.json",
)


def lookalike(folder: Path) -> Path:
    """Make a repository that holds files of evenhand's names."""
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text("[core]\n")
    (folder / "README.md").write_text("# Mine\n")
    for name in LOOKALIKES:
        (folder / name).write_text("{}")
    return folder


def surround(folder: Path, output: str) -> None:
    """Fill a folder with what may lie around an output of that name."""
    lookalike(folder)
    lookalike(folder / f".{output}.mine.partial")
    stale = folder / f".{output}.abcd1234.partial"
    (stale / "new").mkdir(parents=True)
    (stale / "new" / "thesis.txt").write_text("three years of work")
    marker = '{"schema_version": 1, "kind": "temporary", "written": [], "inode": 1}'
    (stale / ".evenhand.json").write_text(marker)
    for name in (f"{output}.old", f".{output}.old", f"{output}.worker-1", ".evenhand-cache-mine"):
        lookalike(folder / name)
    (folder / f".{output}.partial").write_text("mine")
    (folder / f"{output}.checkpoint.txt").write_text("mine")
    (folder / "script.sh").write_text("#!/bin/sh\n")
    (folder / "script.sh").chmod(0o755)
    (folder / "empty").mkdir(mode=0o700)
    (folder / "link").symlink_to("README.md")
    (folder / "broken").symlink_to("nowhere")
    (folder / "to-a-folder").symlink_to(".git")
    os.mkfifo(folder / "pipe")


def state_of(folder: Path, without: Collection[Path] = ()) -> dict[str, tuple[object, ...]]:
    """Return all that is in a folder, byte for byte, with modes and, of files, times."""
    found: dict[str, tuple[object, ...]] = {}
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if Path(root, name) not in without]
        for name in (*folders, *files):
            path = Path(root, name)
            if path in without:
                continue
            entry = path.lstat()
            content: object = None
            if stat.S_ISLNK(entry.st_mode):
                content = path.readlink()
            elif stat.S_ISREG(entry.st_mode):
                content = entry.st_mtime_ns, path.read_bytes()
            found[str(path.relative_to(folder))] = entry.st_mode, content
    return found
