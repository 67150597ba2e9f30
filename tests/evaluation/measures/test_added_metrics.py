"""Flip metrics of other packages: their values, their intervals, and what they may not be."""

from __future__ import annotations

import math
import re
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from evenhand.data.errors import InputError
from evenhand.evaluation.flip_metric import FlipMetric
from evenhand.evaluation.inputs.tables import EvaluationData, Examples, ModelScores, Pairs
from evenhand.evaluation.measures.slices import SliceMeasurer
from evenhand.evaluation.reports.metric_specs import METRICS, MetricSpec
from evenhand.evaluation.reports.report import DataSummary


def metric(compute, kind="rate", **options):
    spec = MetricSpec(
        name="own",
        label="own",
        kind=kind,
        worse=None,
        definition="one's own",
        vacuous_if=None,
        **options,
    )
    return FlipMetric(spec, compute)


def data_of(size, weights=None, example=None):
    """Examples with a pair each, or with the pairs of the example numbers given."""
    example = np.arange(size) if example is None else np.asarray(example)
    weights = np.ones(size) if weights is None else np.asarray(weights, dtype=float)
    summary = DataSummary(
        name="d",
        sha256="0" * 64,
        examples=size,
        labelled=0,
        pairs=len(example),
        weighted=bool((weights != 1).any()),
    )
    return EvaluationData(Examples(np.full(size, np.nan), weights, {}), Pairs(example), summary)


def measures(added, originals, counterfactuals, data=None, thresholds=(0.5,)):
    originals, counterfactuals = np.asarray(originals), np.asarray(counterfactuals)
    data = data_of(len(originals)) if data is None else data
    first = np.searchsorted(data.pairs.example, np.arange(len(data.examples.weights)))
    first = np.minimum(first, len(originals) - 1)
    scores = ModelScores("m", None, originals[first], originals, counterfactuals)
    [overall] = data.slices()
    return SliceMeasurer(data, scores, thresholds, [added]).measure(overall)


def interval(found, name="own"):
    return found.intervals(found.values()).get(name)


RANDOM = np.random.default_rng(0)
SIDES = RANDOM.uniform(0, 1, (2, 90)).round(3)
EXAMPLE = np.sort(RANDOM.integers(0, 60, 90))
DATA = data_of(60, RANDOM.integers(1, 5, 60), EXAMPLE)


def test_values_of_pairs_give_what_the_same_metric_of_evenhand_s_own_has():
    found = measures(metric(lambda pairs: pairs.flips), *SIDES, DATA)
    assert found.values()["own"] == pytest.approx(found.values()["flip_rate"])
    assert interval(found) == interval(found, "flip_rate")
    gap = metric(lambda pairs: np.abs(pairs.originals - pairs.counterfactuals), "gap")
    found = measures(gap, *SIDES, DATA)
    assert interval(found) == interval(found, "ctf_gap")


def test_a_number_has_the_interval_that_the_same_mean_has():
    def gap(pairs):
        return np.average(np.abs(pairs.originals - pairs.counterfactuals), weights=pairs.weights)

    found = measures(metric(gap, "gap"), *SIDES, DATA)
    own, other = interval(found), interval(found, "ctf_gap")
    assert found.values()["own"] == pytest.approx(found.values()["ctf_gap"])
    assert (own.lower, own.upper, own.method) == pytest.approx(
        (other.lower, other.upper, "bootstrap")
    )


@pytest.mark.parametrize("size", [201, 400, 500])
def test_of_many_texts_groups_are_left_out(size):
    random = np.random.default_rng(size)
    sides = random.uniform(0, 1, (2, size))
    calls = []

    def shift(pairs):
        calls.append(len(pairs.weights))
        return np.mean(pairs.originals - pairs.counterfactuals)

    found = interval(measures(metric(shift, "shift"), *sides))
    value = np.mean(sides[0] - sides[1])
    assert len(calls) == 201
    assert found.lower < value < found.upper
    spread = np.std(sides[0] - sides[1]) / math.sqrt(size)
    assert 2.5 < (found.upper - found.lower) / spread < 6


def test_pairs_that_do_not_count_are_nan_in_a_rate():
    def among_positives(pairs):
        return np.where(pairs.originals > pairs.threshold, pairs.flips, np.nan)

    found = measures(metric(among_positives), [0.9, 0.8, 0.7, 0.2], [0.9, 0.1, 0.7, 0.9])
    assert found.values()["own"] == pytest.approx(1 / 3)


def test_a_count_has_a_value_and_no_interval():
    found = measures(metric(lambda pairs: int(pairs.flips.sum()), "count"), *SIDES, DATA)
    assert found.values()["own"] == ((SIDES[0] > 0.5) != (SIDES[1] > 0.5)).sum()
    assert interval(found) is None
    assert found.why_none("own") is None


def test_a_metric_by_threshold_has_a_value_at_each():
    added = metric(lambda pairs: pairs.threshold, "number", by_threshold=True)
    values = measures(added, *SIDES, DATA, thresholds=(0.5, 0.7)).values()
    assert (values["own"], values["own@0.7"]) == (0.5, 0.7)
    once = metric(lambda pairs: pairs.threshold, "number")
    values = measures(once, *SIDES, DATA, thresholds=(0.5, 0.7)).values()
    assert values["own"] == 0.5
    assert "own@0.7" not in values


def test_what_is_undefined_is_nan_and_is_not_asked_for_without_pairs():
    assert math.isnan(measures(metric(lambda pairs: math.nan), *SIDES, DATA).values()["own"])
    nothing = data_of(2, example=np.zeros(0, dtype=np.int64))
    scores = ModelScores("m", None, np.zeros(2), np.zeros(0), np.zeros(0))
    added = metric(lambda pairs: 1 / 0)
    [overall] = nothing.slices()
    found = SliceMeasurer(nothing, scores, [0.5], [added]).measure(overall)
    assert math.isnan(found.values()["own"])


def test_without_some_texts_undefined_it_has_no_interval():
    def first(pairs):
        return 0.5 if pairs.originals[0] == SIDES[0, 0] else math.nan

    found = measures(metric(first), *SIDES)
    assert interval(found) is None
    assert found.why_none("own") == "no_variation"


@pytest.mark.parametrize(
    ("compute", "kind", "says"),
    [
        (lambda pairs: 1 / 0, "rate", "failed on overall .ZeroDivisionError"),
        (lambda pairs: pairs.nothing, "rate", "AttributeError"),
        (lambda pairs: pairs.weights.sort(), "rate", "read-only"),
        (lambda pairs: sys.exit(0), "rate", "SystemExit"),
        (lambda pairs: None, "rate", "gave object"),
        (lambda pairs: "0.5", "rate", "gave <U3"),
        (lambda pairs: 1j, "rate", "gave complex128"),
        (lambda pairs: pairs.originals[:3], "rate", "of shape .3,."),
        (lambda pairs: np.ones((90, 1)), "rate", "one for each pair"),
        (lambda pairs: 1.5, "rate", "gave 1.5 .*from 0 to 1"),
        (lambda pairs: -1, "amount", "gave -1 .*at least 0"),
        (lambda pairs: math.inf, "number", "gave inf"),
        (lambda pairs: pairs.originals * 3, "rate", "from 0 to 1"),
        (lambda pairs: np.full(90, np.nan), "gap", "no value for some pairs"),
        (lambda pairs: pairs.flips, "count", "a number, as it is a count"),
    ],
)
def test_what_a_metric_may_not_give_is_an_error_that_names_it(compute, kind, says):
    with pytest.raises(InputError) as caught:
        measures(metric(compute, kind), *SIDES, DATA)
    lines = " ".join(str(caught.value).split())
    assert re.search(says, lines)
    assert "the metric 'own'" in lines
    assert "entry point own (evenhand.metrics)" in lines


@pytest.mark.parametrize("change", [{"name": "Own Name"}, {"name": "a@b"}, {"kind": "percent"}])
def test_a_spec_that_no_report_could_hold_is_refused(change):
    with pytest.raises(ValidationError):
        MetricSpec(**METRICS["flip_rate"].model_dump() | change)
