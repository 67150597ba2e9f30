"""Training's own metrics, against a library and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from evenhand.remediation.classifier import Classifier
from evenhand.remediation.margins import margins
from evenhand.remediation.models.predictor import Heads, Inputs
from evenhand.remediation.texts import encode_texts
from evenhand.remediation.training_data import TrainingData
from evenhand.remediation.validation import area_under_curve, validate


class Lengths:
    """Gives a text the score of a tenth of its length."""

    takes_strings = True

    def __call__(self, inputs: Inputs) -> Heads:
        assert isinstance(inputs, np.ndarray)
        return {"score": np.array([len(text) / 10 for text in inputs])}

    def gives_logits(self, head: str) -> bool:
        return False

    def classes_are_exclusive(self, head: str) -> bool:
        return True


def metrics_of(weight: list[float], pair_weight: list[float]) -> dict[str, float]:
    """Validate on texts of scores 0.2, 0.4, 0.7 and 0.9, the last two with label 1 and a pair."""
    classifier = Classifier("lengths", None, Lengths(), None, {"score": (1,)}, "score", 1, 0, False)
    data = TrainingData(
        encode_texts(["a" * n for n in (2, 4, 7, 9)]),
        np.array([0, 0, 1, 1], np.float32),
        np.array(weight, np.float32),
        np.array([2, 3]),
        encode_texts(["a", "aaaaaaaa"]),
        np.array(pair_weight, np.float32),
    )
    return validate(classifier, data)


def test_what_weighs_nothing_is_as_if_it_were_not_there() -> None:
    of_all = {"accuracy": 1.0, "auc": 1.0, "flip_rate": 0.5, "ctf_gap": pytest.approx(0.35)}
    assert metrics_of([1, 1, 1, 1], [1, 1]) == of_all
    assert metrics_of([0, 0, 1, 1], [1, 1]) == {k: v for k, v in of_all.items() if k != "auc"}
    assert metrics_of([1, 1, 1, 1], [0, 0]) == {"accuracy": 1.0, "auc": 1.0}
    assert metrics_of([0, 0, 0, 0], [1, 1]) == {}


@given(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=1))
def test_a_margin_is_above_a_half_where_its_class_is_decided_for(rows: list[list[int]]) -> None:
    shares = np.array(rows, dtype=np.float64).reshape(-1, 2, 3) + 0.1
    original, counterfactual = np.moveaxis(shares / shares.sum(axis=2, keepdims=True), 1, 0)
    decided = original.argmax(axis=1)
    assert (margins(original, decided) > 0.5).all()
    kept = counterfactual.argmax(axis=1) == decided
    np.testing.assert_array_equal(margins(counterfactual, decided) > 0.5, kept)


def test_area_under_curve_counts_couples_and_halves_ties() -> None:
    rng = np.random.default_rng(0)
    score = rng.integers(0, 20, 300) / 20
    positive = rng.random(300) < 0.3
    ones = np.ones(300)
    couples = positive.sum() * (~positive).sum()
    expected = mannwhitneyu(score[positive], score[~positive]).statistic / couples
    assert np.isclose(area_under_curve(score, positive, ones), expected)
    weight = rng.integers(1, 4, 300)
    repeated = area_under_curve(
        np.repeat(score, weight), np.repeat(positive, weight), np.ones(weight.sum())
    )
    assert np.isclose(area_under_curve(score, positive, weight), repeated)
