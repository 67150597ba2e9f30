"""Files are complete or absent."""

from __future__ import annotations

import hashlib

import pytest

from evenhand.data.errors import UnavailableError
from evenhand.data.storage.files import new_file, sha256_of, write_text


def test_a_name_that_is_too_long_is_a_clear_error(tmp_path):
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_text(tmp_path / ("x" * 300), "one")


def test_a_new_file_replaces_the_old_one_only_when_it_is_whole(tmp_path):
    path = tmp_path / "report.json"
    write_text(path, "one")
    with pytest.raises(ZeroDivisionError), new_file(path) as work:
        work.write_text("half")
        _ = 1 / 0
    assert path.read_text() == "one"
    write_text(path, "two")
    assert path.read_text() == "two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


def test_text_that_utf8_cannot_hold_is_written_as_an_escape(tmp_path):
    write_text(tmp_path / "out.md", "lone \ud83d")
    assert (tmp_path / "out.md").read_bytes() == b"lone \\ud83d"


def test_sha256_is_that_of_the_bytes(tmp_path):
    content = bytes(range(256)) * 5000  # more than one block
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()
