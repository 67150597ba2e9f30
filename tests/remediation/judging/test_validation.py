"""Training's own metrics, against a library and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from evenhand.remediation.batches.training_data import TrainingData
from evenhand.remediation.judging.validation import (
    Validation,
    area_under_curve,
    error_of_area,
    validate,
)
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.predictor import Heads, Inputs
from evenhand.remediation.outputs.margins import margins
from evenhand.remediation.outputs.meaning import NO_EVIDENCE, Evidence, Reading
from evenhand.remediation.runtime.texts import encode_texts


class Lengths:
    """Gives a text the score of a tenth of its length, or logits of several classes that tell it.

    With a scale, the score's logit is multiplied.
    """

    takes_strings = True

    def __init__(self, classes: int, shift: float, scale: float) -> None:
        self._classes, self._shift, self._scale = classes, shift, scale

    def __call__(self, inputs: Inputs) -> Heads:
        assert isinstance(inputs, np.ndarray)
        length = np.array([max(len(text) + self._shift, 0) for text in inputs])
        if self._classes == 1:
            odds = (length / (10 - length)) ** self._scale
            return {"score": odds / (1 + odds)}
        far = [-np.abs(length - center) for center in (2, 5, 8)]
        return {"score": self._scale * np.stack(far, axis=1)}

    def evidence(self, head: str) -> Evidence:
        return NO_EVIDENCE


def lengths(classes: int = 1, shift: float = 0, scale: float = 1) -> Classifier:
    return Classifier(
        "lengths",
        None,
        Lengths(classes, shift, scale),
        None,
        {"score": (classes,)},
        "score",
        classes,
        0 if classes == 1 else None,
        Reading(classes > 1, True, "logits" if classes > 1 else "probabilities"),
    )


def held_out(weight: list[float], pair_weight: list[float]) -> TrainingData:
    """Texts of scores 0.2, 0.4, 0.7 and 0.9, the last two with label 1 and a pair."""
    return TrainingData(
        encode_texts(["a" * n for n in (2, 4, 7, 9)]),
        np.array([0, 0, 1, 1], np.float32),
        np.array(weight, np.float32),
        np.array([2, 3]),
        encode_texts(["a", "aaaaaaaa"]),
        np.array(pair_weight, np.float32),
    )


def metrics_of(weight: list[float], pair_weight: list[float]) -> dict[str, float]:
    return validate(lengths(), held_out(weight, pair_weight))


def test_what_weighs_nothing_is_as_if_it_were_not_there() -> None:
    logits = np.log(np.array([0.2, 0.4, 0.7, 0.9]) / np.array([0.8, 0.6, 0.3, 0.1]))
    gap = abs(logits[2:] - np.log([0.1 / 0.9, 0.8 / 0.2])).mean()
    of_all = {
        "accuracy": 1.0,
        "auc": 1.0,
        "auc_error": 0.0,
        "positive_rate": 0.5,
        "label_positive_rate": 0.5,
        "logit_spread": pytest.approx(logits.std()),
        "flip_rate": 0.5,
        "ctf_gap": pytest.approx(0.35),
        "standardized_ctf_gap": pytest.approx(gap / logits.std()),
        "n_flips": 1,
        "n_pairs": 2,
        "effective_pairs": 2.0,
        "flip_rate_examples": 0.25,
    }
    assert metrics_of([1, 1, 1, 1], [1, 1]) == of_all
    of_positives = {
        **of_all,
        "positive_rate": 1.0,
        "label_positive_rate": 1.0,
        "logit_spread": pytest.approx(logits[2:].std()),
        "standardized_ctf_gap": pytest.approx(gap / logits[2:].std()),
        "flip_rate_examples": 0.5,
    }
    del of_positives["auc"], of_positives["auc_error"]
    assert metrics_of([0, 0, 1, 1], [1, 1]) == of_positives
    of_examples = list(of_all)[:6]
    assert metrics_of([1, 1, 1, 1], [0, 0]) == {name: of_all[name] for name in of_examples}
    assert metrics_of([0, 0, 0, 0], [1, 1]) == {}


def test_pairs_of_one_text_and_of_unequal_weight_tell_less_than_as_many_others() -> None:
    def effective(example: list[int], weight: list[float]) -> float:
        pairs = replace(
            held_out([1, 1, 1, 1], [1, 1]),
            example=np.array(example),
            counterfactual=encode_texts(["a"] * len(example)),
            pair_weight=np.array(weight, np.float32),
        )
        return validate(lengths(), pairs)["effective_pairs"]

    assert effective([0, 1, 2, 3], [1, 1, 1, 1]) == pytest.approx(4)
    assert effective([0, 0, 1, 1], [1, 1, 1, 1]) == pytest.approx(2)
    assert effective([0, 1, 2], [3, 1, 0]) == pytest.approx(1.6)


def test_what_a_model_does_otherwise_than_its_baseline_is_counted() -> None:
    data = held_out([1, 1, 1, 1], [1, 1])
    validation = Validation.of_baseline(lengths(), data)
    before = validation.baseline_metrics
    assert before["n_newly_right"] == before["n_newly_wrong"] == before["n_flips_new"] == 0
    shorter = replace(validation, classifier=lengths(shift=-3))  # 0.7 and 0.8 fall below a half
    after = shorter.metrics()
    assert (after["n_newly_right"], after["n_newly_wrong"]) == (0, 1)
    assert (after["n_flips_mended"], after["n_flips_new"]) == (1, 1)  # 0.6 beside 0.5
    unlabelled = replace(data, label=np.full(4, np.nan, np.float32))
    of_unlabelled = Validation.of_baseline(lengths(), unlabelled)
    assert of_unlabelled.baseline_metrics["agreement"] == 1.0
    assert replace(of_unlabelled, classifier=lengths(shift=-3)).metrics()["agreement"] == 0.75


def test_a_blind_teacher_wants_the_decisions_without_terms() -> None:
    data = held_out([1, 1, 1, 1], [1, 1])
    unlabelled = replace(data, label=np.full(4, np.nan, np.float32))
    plain = Validation.of_baseline(lengths(), unlabelled)
    taught = Validation.of_baseline(lengths(), unlabelled, has_blind_teacher=True)
    said = plain.labels[""].baseline
    wanted = said.examples.copy()
    wanted[unlabelled.example] = said.counterfactuals
    expected = np.mean((wanted > 0.5) == (said.examples > 0.5))
    assert taught.baseline_metrics["agreement"] == expected < 1
    assert taught.baseline_metrics["taught_positive_rate"] == np.mean(wanted > 0.5)
    blind = taught.blind_metrics
    assert blind is not None and blind["agreement"] == 1.0
    labelled = Validation.of_baseline(lengths(), data, has_blind_teacher=True).baseline_metrics
    assert "agreement" not in labelled, "labels say what is right"
    assert "taught_positive_rate" not in labelled


def test_blind_is_the_baseline_on_texts_without_their_terms() -> None:
    data = held_out([1, 1, 1, 1], [1, 1])  # 0.7 and 0.9 without their terms: 0.1 and 0.8
    blind = Validation.of_baseline(lengths(), data).blind_metrics
    assert blind is not None
    assert (blind["accuracy"], blind["flip_rate"], blind["ctf_gap"]) == (0.75, 0.0, 0.0)
    assert (blind["n_flips_mended"], blind["positive_rate"]) == (1, 0.25)
    twice = replace(data, example=np.array([2, 2]))
    assert Validation.of_baseline(lengths(), twice).blind_metrics is None
    assert Validation.of_baseline(lengths(), data, replace(data)).blind_metrics is None


@pytest.mark.parametrize("of_classes", [False, True])
def test_logits_that_shrink_shrink_the_gap_and_not_the_standardized_one(of_classes: bool) -> None:
    data = held_out([1, 1, 1, 1], [1, 1])
    wide, narrow = (
        validate(lengths(classes=3 if of_classes else 1, scale=scale), data) for scale in (1, 0.25)
    )
    assert narrow["ctf_gap"] < 0.6 * wide["ctf_gap"]
    assert narrow["logit_spread"] == pytest.approx(0.25 * wide["logit_spread"])
    assert narrow["standardized_ctf_gap"] == pytest.approx(wide["standardized_ctf_gap"])
    assert narrow["flip_rate"] == wide["flip_rate"]
    assert ("largest_class_share" in wide) == of_classes
    assert ("positive_rate" in wide) == (not of_classes)


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


def test_the_error_of_an_area_is_that_of_its_published_example() -> None:
    # Hanley and McNeil 1982: an area of 0.893 over 51 abnormal and 58 normal cases
    assert error_of_area(0.893, np.ones(51), np.ones(58)) == pytest.approx(0.032, abs=0.0008)
    assert error_of_area(0.893, np.full(51, 3.0), np.append(np.ones(58), 0)) == pytest.approx(
        error_of_area(0.893, np.ones(51), np.ones(58))
    )
