"""Scores kept on disk: the same scores without asking the model, and never a wrong one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.storage.cache_folder import MARKER
from evenhand.remediation.models import score_cache
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.predictor import Heads, Inputs
from evenhand.remediation.models.score_cache import ScoreCache, default_folder, keys_of
from evenhand.remediation.outputs.meaning import NO_EVIDENCE, Evidence, Reading
from evenhand.remediation.runtime.texts import encode_texts

RECORD = 32  # bytes


class Counting:
    """Scores a text by its length, and counts the texts that it was asked for."""

    takes_strings = True

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, inputs: Inputs) -> Heads:
        assert isinstance(inputs, np.ndarray)
        self.asked += len(inputs)
        return {"output": np.array([len(text) % 101 / 101 for text in inputs])}

    def evidence(self, head: str) -> Evidence:
        return NO_EVIDENCE


def classifier(identity: str | None = "a" * 64) -> tuple[Classifier, Counting]:
    predictor = Counting()
    heads = {"output": (1,)}
    meaning = Reading(False, True, "probabilities")
    made = Classifier("m", None, predictor, None, heads, "output", 1, 0, meaning, identity)
    return made, predictor


@settings(max_examples=30, deadline=None)
@given(
    runs=st.lists(st.lists(st.text(max_size=6), max_size=20), max_size=4), batch=st.integers(1, 7)
)
def test_scores_are_the_models_however_much_is_kept(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[str]], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    seen: set[bytes] = set()
    for texts in runs:
        model, predictor = classifier()
        wanted, _ = classifier()
        scores = model.score(texts, batch_size=batch, cache=folder)
        np.testing.assert_array_equal(scores, wanted.score(texts))
        encoded = list(encode_texts(texts))
        assert predictor.asked == sum(text not in seen for text in encoded)
        seen.update(encoded)


def test_a_model_without_identity_and_another_model_ask_anew(tmp_path: Path) -> None:
    classifier()[0].score(["a", "b"], cache=tmp_path)
    for identity in (None, "b" * 64):
        model, predictor = classifier(identity)
        model.score(["a", "b"], cache=tmp_path)
        assert predictor.asked == 2


def entries_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.scores"))


def test_a_file_cut_short_or_damaged_loses_only_what_is_damaged(tmp_path: Path) -> None:
    texts = ["a", "bb", "ccc"]
    classifier()[0].score(texts, cache=tmp_path)
    (file,) = entries_of(tmp_path)
    content = bytearray(file.read_bytes())
    first_score = slice(RECORD + 16, RECORD + 24)  # behind the header
    content[first_score] = np.float64(7).tobytes()  # no score of a probability
    file.write_bytes(content[:-3])
    model, predictor = classifier()
    wanted = classifier()[0].score(texts)
    np.testing.assert_array_equal(model.score(texts, cache=tmp_path), wanted)
    assert predictor.asked == 2
    model, predictor = classifier()
    np.testing.assert_array_equal(model.score(texts, cache=tmp_path), wanted)
    assert predictor.asked == 0


def test_no_change_of_a_byte_changes_a_score(tmp_path: Path) -> None:
    texts = ["a", "bb"]
    wanted = classifier()[0].score(texts, cache=tmp_path)
    (file,) = entries_of(tmp_path)
    content = file.read_bytes()
    assert len(content) == 3 * RECORD
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        np.testing.assert_array_equal(classifier()[0].score(texts, cache=tmp_path), wanted)
        file.write_bytes(content)


def test_entries_of_another_model_or_folder_count_for_nothing(tmp_path: Path) -> None:
    texts = ["a", "bb"]
    here, there = tmp_path / "here", tmp_path / "there"
    classifier("a" * 64)[0].score(texts, cache=here)
    classifier("b" * 64)[0].score(["x"], cache=here)
    classifier("a" * 64)[0].score(["x"], cache=there)
    ours, others = entries_of(here)
    for source, target in ((ours, others), (ours, entries_of(there)[0])):
        header = target.read_bytes()[:RECORD]
        target.write_bytes(header + source.read_bytes()[RECORD:])
    for folder, identity in ((here, "b" * 64), (there, "a" * 64)):
        model, predictor = classifier(identity)
        model.score(texts, cache=folder)
        assert predictor.asked == 2


def test_models_longest_unused_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_cache, "_LARGEST", 2 * RECORD)
    key = keys_of(encode_texts(["text"]))
    for name in ("old", "new"):
        with contextlib.closing(ScoreCache(tmp_path, name)) as cache:
            cache.keep(key, np.array([0.5]))
    ScoreCache(tmp_path, "newest").close()
    assert [file.stem for file in entries_of(tmp_path)] == ["new", "newest"]


def test_files_of_others_stay_whatever_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_cache, "_LARGEST", 0)
    folder, elsewhere = tmp_path / "kept", tmp_path / "elsewhere"
    classifier()[0].score(["a"], cache=folder)
    elsewhere.write_bytes(b"precious")
    foreign = [folder / f"{name}.scores" for name in ("mine", "f" * 64)]
    for file in foreign:
        file.write_bytes(b"evenhand scores\n" + bytes(100))
        file.chmod(0o600)
    (folder / "link.scores").symlink_to(elsewhere)
    (folder / "folder.scores").mkdir()
    os.mkfifo(folder / "pipe.scores")
    before = sorted(folder.iterdir())
    classifier("b" * 64)[0].score(["a"], cache=folder)
    classifier("c" * 64)[0].score(["a"], cache=folder)
    left = {"a": False, "b": False, "c": True}
    assert [(folder / f"{name * 64}.scores").exists() for name in left] == [*left.values()]
    assert set(before) - set(folder.iterdir()) == {folder / f"{'a' * 64}.scores"}
    assert all(file.read_bytes() == b"evenhand scores\n" + bytes(100) for file in foreign)
    assert elsewhere.read_bytes() == b"precious"


def test_the_folder_and_its_files_are_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    before = os.umask(0)
    try:
        for folder in (tmp_path / "deep" / "kept", tmp_path / "empty"):
            (tmp_path / "empty").mkdir(mode=0o777, exist_ok=True)
            classifier()[0].score(["a"], cache=folder)
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            files = list(folder.iterdir())
            assert len(files) == 2
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    finally:
        os.umask(before)


def is_a_file(kept: Path) -> None:
    shutil.rmtree(kept)
    kept.write_bytes(b"precious")


def is_a_link(kept: Path) -> None:
    kept.rename(kept.with_name("elsewhere"))
    kept.symlink_to(kept.with_name("elsewhere"))


def is_a_link_that_leads_nowhere(kept: Path) -> None:
    shutil.rmtree(kept)
    kept.symlink_to(kept.with_name("nowhere"))


def is_a_pipe(kept: Path) -> None:
    shutil.rmtree(kept)
    os.mkfifo(kept)


def is_open_to_others(kept: Path) -> None:
    kept.chmod(0o755)


def is_another_users(kept: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives folders away")
    os.chown(kept, 12_345, -1)


def has_no_marker(kept: Path) -> None:
    (kept / MARKER).unlink()


def has_another_marker(kept: Path) -> None:
    marker = json.loads((kept / MARKER).read_text())
    (kept / MARKER).write_text(json.dumps(marker | {"kind": "something else"}))


def has_a_later_marker(kept: Path) -> None:
    marker = json.loads((kept / MARKER).read_text())
    (kept / MARKER).write_text(json.dumps(marker | {"schema_version": 2}))


def has_a_marker_of_nonsense(kept: Path) -> None:
    (kept / MARKER).write_text("[" * 100_000)


def has_a_marker_without_a_key(kept: Path) -> None:
    (kept / MARKER).write_text((kept / MARKER).read_text().replace("key", "lock"))


def has_an_open_marker(kept: Path) -> None:
    (kept / MARKER).chmod(0o644)


def has_a_pipe_for_a_marker(kept: Path) -> None:
    (kept / MARKER).unlink()
    os.mkfifo(kept / MARKER, 0o600)


def has_a_link_for_an_entry(kept: Path) -> None:
    (file,) = entries_of(kept)
    file.rename(kept.with_name("precious"))
    file.symlink_to(kept.with_name("precious"))


def has_an_empty_file_of_two_names_for_an_entry(kept: Path) -> None:
    (file,) = entries_of(kept)
    file.write_bytes(b"")
    kept.with_name("precious").hardlink_to(file)


def has_a_pipe_for_an_entry(kept: Path) -> None:
    (file,) = entries_of(kept)
    file.unlink()
    os.mkfifo(file, 0o600)


def has_a_folder_for_an_entry(kept: Path) -> None:
    (file,) = entries_of(kept)
    file.unlink()
    file.mkdir(0o700)


def has_an_open_entry(kept: Path) -> None:
    entries_of(kept)[0].chmod(0o644)


def has_an_entry_of_something_else(kept: Path) -> None:
    entries_of(kept)[0].write_bytes(b"precious")


def has_an_unreadable_entry(kept: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    entries_of(kept)[0].chmod(0)


BAD = (
    is_a_file,
    is_a_link,
    is_a_link_that_leads_nowhere,
    is_a_pipe,
    is_open_to_others,
    is_another_users,
    has_no_marker,
    has_another_marker,
    has_a_later_marker,
    has_a_marker_of_nonsense,
    has_a_marker_without_a_key,
    has_an_open_marker,
    has_a_pipe_for_a_marker,
    has_a_link_for_an_entry,
    has_an_empty_file_of_two_names_for_an_entry,
    has_a_pipe_for_an_entry,
    has_a_folder_for_an_entry,
    has_an_open_entry,
    has_an_entry_of_something_else,
    has_an_unreadable_entry,
)


def tree(folder: Path) -> dict[str, object]:
    """Return everything below a folder, with its kind, mode and content."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.is_file() and path.read_bytes())
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_a_bad_cache_is_no_cache(
    bad: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept, texts = tmp_path / "kept", ["a", "bb"]
    wanted = classifier()[0].score(texts, cache=kept)
    bad(kept)
    before = tree(tmp_path)
    for _ in range(2):
        model, predictor = classifier()
        np.testing.assert_array_equal(model.score(texts, cache=kept), wanted)
        assert predictor.asked == 2
    assert tree(tmp_path) == before
    assert [str(kept) in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
@pytest.mark.parametrize("options", ["size=64k", "size=64k,ro"])
def test_a_cache_on_a_disk_that_is_full_or_read_only(
    options: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", tmp_path]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        texts = [str(number) for number in range(5_000)]
        for _ in range(2):
            scores = classifier()[0].score(texts, cache=tmp_path / "kept")
            np.testing.assert_array_equal(scores, classifier()[0].score(texts))
        assert len(caplog.records) == 1
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)


def test_processes_that_make_one_cache_at_once_share_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from evenhand.data.storage.cache_folder import CacheFolder\n"
        "print(CacheFolder(Path(sys.argv[1])).key.hex())"
    )
    for attempt in range(3):
        command = [sys.executable, "-c", code, tmp_path / str(attempt)]
        made = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        keys = {process.communicate()[0] for process in made}
        assert len(keys) == 1 and len(keys.pop().strip()) == 64
        assert [file.name for file in (tmp_path / str(attempt)).iterdir()] == [MARKER]


def test_the_users_cache_folder(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "evenhand" / "scores"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert default_folder() is None
