"""A model of several labels is judged by all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.cli.results.training_words import show_metrics, verdict
from evenhand.remediation.batches.training_data import TrainingData
from evenhand.remediation.judging.several_labels import by_label, joined, label_table
from evenhand.remediation.judging.threshold_rule import ThresholdRule
from evenhand.remediation.judging.trade_off import Metrics, TradeOff
from evenhand.remediation.judging.validation import Validation, validate
from evenhand.remediation.judging.warning_signs import signs_of_destruction
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.predictor import Heads, Inputs
from evenhand.remediation.outputs.meaning import NO_EVIDENCE, Evidence, Reading
from evenhand.remediation.runtime.texts import encode_texts

OF_ONE: Metrics = {
    "accuracy": 0.9,
    "auc": 0.95,
    "auc_error": 0.001,
    "n_newly_right": 0,
    "n_newly_wrong": 0,
    "positive_rate": 0.3,
    "label_positive_rate": 0.3,
    "logit_spread": 2.0,
    "flip_rate": 0.1,
    "n_flips": 40,
    "n_pairs": 400,
    "effective_pairs": 400.0,
    "n_flips_mended": 0,
    "n_flips_new": 0,
    "ctf_gap": 0.1,
    "standardized_ctf_gap": 0.3,
}
BASELINE = joined({"toxic": OF_ONE, "insult": OF_ONE})


def of_labels(toxic: int, insult: int, **of_insult: float) -> Metrics:
    """Return metrics with these flips, and others of the second label."""
    return joined(
        {
            label: {
                **OF_ONE,
                "n_flips": flips,
                "flip_rate": flips / 400,
                "n_flips_mended": 40 - flips,
                "ctf_gap": 0.01,
                "standardized_ctf_gap": 0.05,
                **more,
            }
            for label, flips, more in (("toxic", toxic, {}), ("insult", insult, of_insult))
        }
    )


def test_all_labels_together_are_means_and_flips_are_counted() -> None:
    metrics = of_labels(10, 30, auc=0.91, threshold=0.4)
    assert metrics["flip_rate"] == pytest.approx(0.05)
    assert metrics["auc"] == pytest.approx(0.93)
    assert (metrics["n_flips"], metrics["n_pairs"]) == (40, 800)
    assert metrics["effective_pairs"] == 400.0  # a text with two labels is one text
    assert not {"threshold", "positive_rate", "logit_spread"} & metrics.keys()
    assert list(by_label(metrics)) == ["toxic", "insult"]
    assert joined(by_label(metrics)) == metrics
    assert metrics["insult/threshold"] == 0.4 and "toxic/threshold" not in metrics


def test_one_label_is_as_it_was() -> None:
    assert joined({"": OF_ONE}) == joined({"toxic": OF_ONE}) == OF_ONE
    assert by_label(OF_ONE) == {"": OF_ONE}
    assert label_table(OF_ONE, OF_ONE) == ([], [])


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"auc": 0.94}, "loses 0.0100 of the AUC, more than 0.005 (insult)"),
        ({"accuracy": 0.88}, "loses 0.0200 of the accuracy, more than 0.01 (insult)"),
        ({"positive_rate": 0.34}, "brings the share of texts flagged to 34.00%"),
    ],
)
def test_a_limit_holds_for_every_label(broken: Metrics, words: str) -> None:
    rule, worse, good = TradeOff(), of_labels(0, 0, **broken), of_labels(10, 10)
    assert rule.best([worse], BASELINE) is None
    assert rule.best([worse, good], BASELINE) == 1
    reason = rule.reason([worse, good], BASELINE, ["epoch 1", "epoch 2"])
    assert f"epoch 1 {words}" in reason and reason.count("(insult)") == 1


def test_the_flips_of_all_labels_decide_and_not_those_of_the_first() -> None:
    first_alone, both = of_labels(0, 40), of_labels(4, 4)
    assert TradeOff().best([first_alone, both], BASELINE) == 1
    reason = TradeOff().reason([first_alone, both], BASELINE, ["epoch 1", "epoch 2"])
    assert "the fewest flips (8 flips of 800)" in reason


def test_many_broken_limits_are_counted() -> None:
    many = {str(number): OF_ONE for number in range(6)}
    low = {name: {**each, "auc": 0.8, "accuracy": 0.8} for name, each in many.items()}
    reason = TradeOff().reason([joined(low)], joined(many), ["epoch 1"])
    assert reason.endswith("and is beyond 8 more limits")


def test_warnings_and_the_verdict_name_the_label(capsys: pytest.CaptureFixture[str]) -> None:
    shrunk = of_labels(0, 0, logit_spread=0.5, auc=0.93)
    [sign] = signs_of_destruction(shrunk, BASELINE)
    assert sign.startswith("insult: the logits shrank")
    said = verdict(shrunk, BASELINE)
    assert said[0] == "No flips are left: 0 flips in 400 pairs × 2 labels, and 80 before."
    assert said[-1] == "It costs: insult: AUC 0.0200 lower (0.9500 → 0.9300)."
    show_metrics(BASELINE, {}, {"CLP": shrunk})
    printed = capsys.readouterr().out
    assert "means over 2 labels" in printed and "By label, baseline → CLP" in printed
    rows = [line.split() for line in printed.splitlines()]
    assert ["insult", "10.00%", "→", "0.00%", "0.1000", "→", "0.0100"] in [row[:7] for row in rows]


class TwoLabels:
    """Scores a text by its number of letters a, and by its number of letters b."""

    takes_strings = True

    def __call__(self, inputs: Inputs) -> Heads:
        assert isinstance(inputs, np.ndarray)
        return {"out": np.array([[each.count(b"a"), each.count(b"b")] for each in inputs]) / 10}

    def evidence(self, head: str) -> Evidence:
        return NO_EVIDENCE


def classifier(*labels: str) -> Classifier:
    numbers = {"a": 0, "b": 1}
    return Classifier(
        "two",
        None,
        TwoLabels(),
        None,
        {"out": (2,)},
        "out",
        2,
        numbers[labels[0]],
        Reading(False, False, "probabilities"),
        label_outputs={name: numbers[name] for name in labels},
    )


NONE = np.float32(np.nan)
DATA = TrainingData(
    encode_texts(["a" * 7, "a" * 3 + "b" * 6, "b" * 2, "a" * 6 + "b" * 8]),
    np.array([1, 0, 0, 1], np.float32),
    np.ones(4, np.float32),
    np.array([0, 1, 3]),
    encode_texts(["a" * 2, "b" * 6, "a" * 6 + "b"]),
    np.ones(3, np.float32),
    others=np.array([[NONE], [1], [0], [0]], np.float32),
)


@pytest.mark.parametrize("rules", [{}, {"a": ThresholdRule(given=0.25), "b": ThresholdRule()}])
def test_each_label_is_measured_as_it_would_be_alone(rules: dict[str, ThresholdRule]) -> None:
    found = Validation.of_baseline(classifier("a", "b"), DATA, rules=rules)
    for number, name in enumerate(("a", "b")):
        alone = Validation.of_baseline(
            classifier(name),
            DATA.of_label(number),
            rules={"": rules[name]} if rules else {},
        )
        assert by_label(found.metrics())[name] == alone.metrics()
        assert by_label(found.baseline_metrics)[name] == alone.baseline_metrics
        assert by_label(found.blind_metrics or {})[name] == alone.blind_metrics
        assert found.judged()[1].get(name) == alone.judged()[1].get("")
    assert by_label(found.metrics())["b"]["accuracy"] == pytest.approx(2 / 3)  # of three labelled
    assert validate(classifier("a", "b"), DATA)["a/flip_rate"] == pytest.approx(1 / 3)


def test_pairs_of_other_data_are_measured_by_label_too() -> None:
    others = replace(DATA, text=DATA.text[::-1].copy(), others=None)
    found = Validation.of_baseline(classifier("a", "b"), DATA, others).metrics()
    alone = Validation.of_baseline(classifier("b"), DATA.of_label(1), others).metrics()
    assert by_label(found)["b"] == alone
