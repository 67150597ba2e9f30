"""Single texts tried before anything is built: their pairs, scores, decisions, and why not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from evenhand.data import ConfigurationError, InputError
from evenhand.data.methods.ablation import NOTHING_LEFT
from evenhand.evaluation import try_texts
from evenhand.evaluation.tried_texts import Decided


def score(texts: list[str]) -> list[float]:
    return [0.9 if "she" in text.lower().split() else 0.25 for text in texts]


def test_both_sides_of_a_pair_are_scored_and_decided() -> None:
    tried = try_texts(["She is late.", "He is late."], score, method="substitute", terms="gender")
    first, second = tried.texts
    assert first.decided == Decided(0.9, "positive")
    [pair] = first.pairs
    assert (pair.counterfactual, pair.groups) == ("He is late.", ("female",))
    assert (pair.decided, pair.flips) == (Decided(0.25, "negative"), True)
    assert second.pairs[0].decided == Decided(0.9, "positive")
    assert (tried.pairs, tried.flips, tried.threshold) == (2, 2, 0.5)
    at_a_higher = try_texts("She is late.", score, method="ablate", threshold=0.9)
    assert at_a_higher.flips == 0  # only a score above it is positive
    document = json.loads(json.dumps(tried.as_document()))
    assert document["texts"][0]["pairs"][0]["flips"] is True
    assert document["flips"] == 2


def test_the_most_probable_of_several_classes_decides() -> None:
    def classes(texts: list[str]) -> Any:
        return np.array([[0.2, 0.7, 0.1] if "she" in t.lower() else [0.5, 0.1, 0.4] for t in texts])

    tried = try_texts("she is late", classes, method="ablate")
    [text] = tried.texts
    assert text.decided == Decided(0.7, "1")
    assert (text.pairs[0].decided, text.pairs[0].flips) == (Decided(0.5, "0"), True)
    assert tried.threshold is None


@pytest.mark.parametrize(
    ("text", "options", "reason", "others"),
    [
        ("The bus is late.", {}, "it holds no term of any lexicon", ()),
        (
            "The Muslim is late.",
            {"terms": ["gender", "age"]},
            "it holds no term of gender, age, but 'Muslim' is one of the lexicon religion",
            (),
        ),
        (
            "white bread",
            {"terms": "race-ethnicity"},
            "it holds no term that is said of a person: what is spelled like one of white is left "
            "alone",
            (),
        ),
        ("She", {"terms": "gender"}, NOTHING_LEFT, ("substitute",)),
        (
            "I am a lesbian",
            {"method": "substitute"},
            "a term has no counterpart in the same form",
            ("ablate",),
        ),
        ("", {}, "it holds no term of any lexicon", ()),
    ],
)
def test_a_text_without_a_pair_says_why(
    text: str, options: dict[str, Any], reason: str, others: tuple[str, ...]
) -> None:
    [tried] = try_texts(text, score, **{"method": "ablate", **options}).texts
    assert (tried.pairs, tried.reason) == ((), reason)
    assert set(tried.paired_by) >= set(others)
    assert bool(tried.paired_by) == bool(others)
    for method in tried.paired_by:
        assert try_texts(text, **{**options, "method": method}).pairs


def test_what_the_default_leaves_out_is_paired_by_another_method() -> None:
    [tried] = try_texts("I am a lesbian", score).texts
    assert tried.reason == "the group is what the sentence is about"
    assert [pair.counterfactual for pair in tried.pairs] == ["I am a"]
    assert tried.paired_by[0] == "ablate" and tried.pairs[0].decided is not None
    [asked_for] = try_texts("I am a lesbian", score, method="neutral").texts
    assert asked_for.pairs == () and asked_for.paired_by == tried.paired_by


def test_pairs_are_made_without_a_model_and_without_tensorflow() -> None:
    code = """
import sys
from evenhand.evaluation import try_texts
tried = try_texts("she is late", method="ablate")
assert tried.texts[0].pairs[0].counterfactual == "is late"
assert tried.texts[0].decided is tried.texts[0].pairs[0].flips is tried.model is None
assert "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_cannot_be_tried_is_refused() -> None:
    with pytest.raises(InputError, match="a text must be a string, got int"):
        try_texts(["she", 3])  # type: ignore[list-item]
    with pytest.raises(ConfigurationError, match="threshold must be"):
        try_texts("she", threshold=1.0)
    with pytest.raises(ConfigurationError, match="threshold 1e-05 cannot be used"):
        try_texts("she", threshold=0.00001)

    def fails(texts: list[str]) -> list[float]:
        return [float("nan") if text == "she is" else 0.5 for text in texts]

    with pytest.raises(InputError, match=r"(?s)the score nan.*the text 'she is'"):
        try_texts(["a", "she is"], fails, method="ablate")
