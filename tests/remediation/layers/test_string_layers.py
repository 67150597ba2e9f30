"""The layers of evenhand's own: terms are removed in a graph as pairs by ablation remove them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evenhand.data import TermMatcher, ablate, load_lexicon
from evenhand.remediation.layers.string_layers import LogitMean, TermRemoval

TERMS = ["she", "he", "woman", "step mother", "mother-in-law", "Ärztin"]
PIECES = ["she", "He", "WOMAN", "the", "step \t mother", "mother", "ärztin", "é", "1", "_", "-",
          "@", *" " * 8, "  ", "\n", "\r\n ", *",.:;!?)(\"'", "“", "”", "…", "#"]  # fmt: skip


def _removed(texts: list[str], terms: list[str] = TERMS) -> list[str]:
    import tensorflow as tf

    return [text.decode() for text in TermRemoval(terms)(tf.constant(texts)).numpy()]


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> TermMatcher:
    path = tmp_path_factory.mktemp("terms") / "own.txt"
    path.write_text("\n".join(TERMS), encoding="utf-8")
    return TermMatcher([load_lexicon(path)])


def test_what_is_left_is_what_ablation_leaves(matcher: TermMatcher) -> None:
    rng = random.Random(0)
    texts = ["".join(rng.choices(PIECES, k=rng.randint(1, 14))) for _ in range(2_000)]
    texts += ["", "she", "She told him, she said (she)", "nobody", "@she and shé"]
    left, pairs = _removed(texts), [ablate(text, matcher) for text in texts]
    wanted = [text if pair is None else pair.text for text, pair in zip(texts, pairs, strict=True)]
    assert sum(pair is not None for pair in pairs) > 500
    differ = [
        (text, found, should)
        for text, found, should in zip(texts, left, wanted, strict=True)
        if found != should
    ]
    assert len(differ) <= 10, differ
    assert left[-5:] == ["", "", "told him, said ()", "nobody", "@she and shé"]


def test_the_mean_is_that_of_the_logits() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(scale=3, size=(2, 20, 4)).astype(np.float32)
    mean = (first + second) / 2
    np.testing.assert_allclose(LogitMean("logits")(first, second), mean, rtol=1e-6)
    odds = np.exp(np.stack([first, second, mean]))
    sigmoids, softmaxes = odds / (1 + odds), odds / odds.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(LogitMean("sigmoid")(*sigmoids[:2]), sigmoids[2], atol=1e-5)
    np.testing.assert_allclose(LogitMean("softmax")(*softmaxes[:2]), softmaxes[2], atol=1e-5)
    sure = np.array([[0.0], [1.0]], np.float32)
    assert np.isfinite(LogitMean("sigmoid")(sure, sure)).all()
