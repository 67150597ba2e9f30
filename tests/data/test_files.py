"""Outputs are complete or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.data.files import check_destination, new_file, new_folder, sha256_of, write_text

MARKER = "manifest.json"


def write_output(path: Path, content: str, *, overwrite: bool = False) -> None:
    with new_folder(path, marker=MARKER, overwrite=overwrite) as folder:
        (folder / MARKER).write_text(content)


def leftovers(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.name.startswith("."))


def test_a_new_folder_appears_with_its_parents(tmp_path):
    write_output(tmp_path / "a" / "b", "one")
    assert (tmp_path / "a" / "b" / MARKER).read_text() == "one"
    assert leftovers(tmp_path / "a") == []


def test_a_new_folder_is_not_there_while_it_is_written(tmp_path):
    with new_folder(tmp_path / "out", marker=MARKER) as folder:
        (folder / MARKER).write_text("one")
        assert not (tmp_path / "out").exists()


def test_an_error_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "out", marker=MARKER) as folder:
        (folder / MARKER).write_text("half")
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_kept_without_overwrite(tmp_path):
    write_output(tmp_path / "out", "one")
    with pytest.raises(ConfigurationError, match="the output folder exists") as raised:
        write_output(tmp_path / "out", "two")
    assert "--overwrite" in raised.value.remedy
    assert (tmp_path / "out" / MARKER).read_text() == "one"


def test_overwrite_replaces_the_whole_output(tmp_path):
    write_output(tmp_path / "out", "one")
    (tmp_path / "out" / "old.txt").write_text("old")
    write_output(tmp_path / "out", "two", overwrite=True)
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == [MARKER]
    assert (tmp_path / "out" / MARKER).read_text() == "two"
    assert leftovers(tmp_path) == []


def test_a_failed_overwrite_keeps_the_old_output(tmp_path):
    write_output(tmp_path / "out", "one")
    with (
        pytest.raises(ZeroDivisionError),
        new_folder(tmp_path / "out", marker=MARKER, overwrite=True),
    ):
        _ = 1 / 0
    assert (tmp_path / "out" / MARKER).read_text() == "one"


def test_a_folder_of_something_else_is_never_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years of work")
    with pytest.raises(ConfigurationError, match="holds other files"):
        write_output(tmp_path / "out", "one", overwrite=True)
    assert (tmp_path / "out" / "thesis.txt").exists()


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "out").mkdir()
    write_output(tmp_path / "out", "one")
    assert (tmp_path / "out" / MARKER).exists()


def test_a_folder_whose_marker_was_not_finished_may_be_filled(tmp_path):
    """As a kill leaves it while the marker, the first file of the folder, is written."""
    (tmp_path / "out" / f".{MARKER}.abc123.partial").mkdir(parents=True)
    check_destination(tmp_path / "out", marker=MARKER)
    (tmp_path / "out" / ".thesis.txt.partial").write_text("three years of work")
    with pytest.raises(ConfigurationError, match="holds other files"):
        check_destination(tmp_path / "out", marker=MARKER, overwrite=True)


@pytest.mark.parametrize("kind", ["file", "link to a folder", "dangling link"])
def test_what_is_no_folder_is_refused(tmp_path, kind):
    output = tmp_path / "out"
    if kind == "file":
        output.write_text("")
    else:
        target = tmp_path / "target"
        if kind == "link to a folder":
            target.mkdir()
        output.symlink_to(target)
    with pytest.raises(ConfigurationError, match="not a folder"):
        check_destination(output, marker=MARKER, overwrite=True)


def test_a_parent_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_output(tmp_path / "file" / "out", "one")


def test_a_name_that_is_too_long_is_a_clear_error(tmp_path):
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_text(tmp_path / ("x" * 300), "one")


def test_killed_while_writing_the_output_is_absent_and_can_be_written_again(tmp_path):
    code = """
import os, signal, sys
from evenhand.data.files import new_folder
with new_folder(sys.argv[1], marker="manifest.json") as folder:
    (folder / "manifest.json").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, tmp_path / "out"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    write_output(tmp_path / "out", "whole")
    assert (tmp_path / "out" / MARKER).read_text() == "whole"


def test_a_folder_that_another_process_is_just_removing_is_not_written_to(tmp_path, monkeypatch):
    make_folder = tempfile.mkdtemp
    taken = []

    def make_and_lose(**where):
        name = make_folder(**where)
        if where["suffix"] == ".partial" and not taken:
            taken.append((name, os.open(name, os.O_RDONLY)))
            fcntl.flock(taken[0][1], fcntl.LOCK_EX)
        return name

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_lose)
    with new_folder(tmp_path / "out", marker=MARKER) as work:
        name, lock = taken[0]
        assert str(work) != name
        shutil.rmtree(name)
        os.close(lock)
        (work / MARKER).write_text("one")
    assert (tmp_path / "out" / MARKER).read_text() == "one"


def test_a_new_file_replaces_the_old_one_only_when_it_is_whole(tmp_path):
    path = tmp_path / "report.json"
    write_text(path, "one")
    with pytest.raises(ZeroDivisionError), new_file(path) as work:
        work.write_text("half")
        _ = 1 / 0
    assert path.read_text() == "one"
    write_text(path, "two")
    assert path.read_text() == "two"
    assert leftovers(tmp_path) == []


def test_text_that_utf8_cannot_hold_is_written_as_an_escape(tmp_path):
    write_text(tmp_path / "out.md", "lone \ud83d")
    assert (tmp_path / "out.md").read_bytes() == b"lone \\ud83d"


def test_sha256_is_that_of_the_bytes(tmp_path):
    content = bytes(range(256)) * 5000  # more than one block
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()
