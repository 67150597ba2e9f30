"""Scores kept on disk: the same scores without asking the model, and never a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.errors import UnavailableError
from evenhand.remediation import score_cache
from evenhand.remediation.classifier import Classifier
from evenhand.remediation.models.predictor import Heads, Inputs
from evenhand.remediation.output_reading import NO_EVIDENCE, Evidence, Reading
from evenhand.remediation.score_cache import ScoreCache, default_folder, keys_of
from evenhand.remediation.texts import encode_texts


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
    read_as = Reading(False, True, "probabilities")
    made = Classifier("m", None, predictor, None, heads, "output", 1, 0, read_as, identity)
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


def test_a_file_cut_short_or_damaged_loses_only_what_is_damaged(tmp_path: Path) -> None:
    texts = ["a", "bb", "ccc"]
    classifier()[0].score(texts, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[16:24] = np.float64(7).tobytes()  # no score of a probability
    file.write_bytes(content[:-3])
    model, predictor = classifier()
    wanted = classifier()[0].score(texts)
    np.testing.assert_array_equal(model.score(texts, cache=tmp_path), wanted)
    assert predictor.asked == 2
    model, predictor = classifier()
    np.testing.assert_array_equal(model.score(texts, cache=tmp_path), wanted)
    assert predictor.asked == 0


def test_models_longest_unused_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_cache, "_LARGEST", 24)
    key = keys_of(encode_texts(["text"]))
    for name in ("old", "new"):
        ScoreCache(tmp_path, name).keep(key, np.array([0.5]))
    ScoreCache(tmp_path, "newest")
    assert sorted(file.stem for file in tmp_path.iterdir()) == ["new", "newest"]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        classifier()[0].score(["a"], cache=tmp_path / "file")


def test_the_users_cache_folder(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "evenhand" / "scores"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert default_folder() is None
