"""Counterfactual fairness metrics for TFMA: FlipRate, FlipCount, CtfGap and ScoreShift.

Importing this module registers them, so that any EvalConfig can name them by class name:

    metrics_specs {metrics {
        class_name: "FlipRate"
        config: '{"counterfactual_prediction_key": "counterfactual_prediction",
                  "thresholds": [0.5]}'}}

A row holds the prediction for the original text, as TFMA's prediction, and the predictions for its
counterfactuals as a feature. It may have one counterfactual (the row is a pair), none (the text
holds no identity term) or several.

FlipRate and FlipCount replace the metrics of these names that TFMA had in `addons.fairness` up to
version 0.46. They have the same options, and the same values for one counterfactual per row. Two
things differ: `example_id_key` may be left out, and ids are always stored as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import metric_types

from evenhand.data.support.arrays import Floats
from evenhand.evaluation.inputs.tables import COUNTERFACTUAL_PREDICTION
from evenhand.evaluation.metrics.computations import change_computations, flip_computations
from evenhand.evaluation.metrics.flipped_ids import DEFAULT_IDS_COUNT, IdLists, id_array, sample_ids

DEFAULT_THRESHOLDS = (0.5,)


class FlipRate(metric_types.Metric):  # type: ignore[misc]
    """Weight of the rows whose decision flips, over the weight of all rows.

    A row flips at threshold t when ``prediction > t`` differs from ``counterfactual > t`` for any
    of its counterfactuals. The values are ``flip_rate/overall@t``,
    ``flip_rate/positive_to_negative@t`` and ``flip_rate/negative_to_positive@t``; each is divided
    by all rows of the slice, with and without a counterfactual, and is NaN if they weigh 0.

    With an `example_id_key`, the column of the rows' ids, there are also arrays of at most
    `example_ids_count` ids, strings of shape (k, 1). The first rows that flip are in
    ``flip_rate/positive_to_negative_examples_ids@t`` and
    ``flip_rate/negative_to_positive_examples_ids@t``. If the metric is not weighted,
    ``flip_rate/sample_examples_ids@t`` is a random sample of both.
    """

    def __init__(
        self,
        counterfactual_prediction_key: str = COUNTERFACTUAL_PREDICTION,
        name: str = "flip_rate",
        thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
        example_id_key: str | None = None,
        example_ids_count: int = DEFAULT_IDS_COUNT,
    ) -> None:
        super().__init__(
            flip_computations(_rates, _ids_with_sample),
            counterfactual_prediction_key=counterfactual_prediction_key,
            name=name,
            thresholds=thresholds,
            example_id_key=example_id_key,
            example_ids_count=example_ids_count,
        )


class FlipCount(metric_types.Metric):  # type: ignore[misc]
    """Weight of the rows whose decision flips, as `FlipRate` defines a flip.

    The values are ``flip_count/overall@t``, ``flip_count/positive_to_negative@t`` and
    ``flip_count/negative_to_positive@t``, and the weight of the rows on each side of the threshold:
    ``flip_count/positive_examples_count@t`` and ``flip_count/negative_examples_count@t``. With an
    `example_id_key` there are the same ids as in `FlipRate`, except the sample.
    """

    def __init__(
        self,
        counterfactual_prediction_key: str = COUNTERFACTUAL_PREDICTION,
        example_id_key: str | None = None,
        example_ids_count: int = DEFAULT_IDS_COUNT,
        name: str = "flip_count",
        thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    ) -> None:
        super().__init__(
            flip_computations(_counts, _ids),
            counterfactual_prediction_key=counterfactual_prediction_key,
            example_id_key=example_id_key,
            example_ids_count=example_ids_count,
            name=name,
            thresholds=thresholds,
        )


class CtfGap(metric_types.Metric):  # type: ignore[misc]
    """Weighted mean over pairs of ``|prediction - counterfactual|``.

    The counterfactual token fairness gap of Garg et al. 2019 (arXiv 1809.10610), on scores.
    Every counterfactual of a row makes one pair; NaN if the pairs weigh 0.
    """

    def __init__(
        self,
        counterfactual_prediction_key: str = COUNTERFACTUAL_PREDICTION,
        name: str = "ctf_gap",
    ) -> None:
        super().__init__(
            change_computations(_mean_absolute_change),
            counterfactual_prediction_key=counterfactual_prediction_key,
            name=name,
        )


class ScoreShift(metric_types.Metric):  # type: ignore[misc]
    """Weighted mean over pairs of ``prediction - counterfactual``.

    Positive if identity terms raise the score. Every counterfactual of a row makes one pair; NaN if
    the pairs weigh 0.
    """

    def __init__(
        self,
        counterfactual_prediction_key: str = COUNTERFACTUAL_PREDICTION,
        name: str = "score_shift",
    ) -> None:
        super().__init__(
            change_computations(_mean_change),
            counterfactual_prediction_key=counterfactual_prediction_key,
            name=name,
        )


for _metric in (FlipRate, FlipCount, CtfGap, ScoreShift):
    metric_types.register_metric(_metric)


def _rates(totals: Floats) -> dict[str, Floats]:
    positive, negative, to_negative, to_positive = totals
    weight = positive + negative
    return {
        "overall": _ratio(to_negative + to_positive, weight),
        "positive_to_negative": _ratio(to_negative, weight),
        "negative_to_positive": _ratio(to_positive, weight),
    }


def _counts(totals: Floats) -> dict[str, Floats]:
    positive, negative, to_negative, to_positive = totals
    return {
        "overall": to_negative + to_positive,
        "positive_to_negative": to_negative,
        "negative_to_positive": to_positive,
        "positive_examples_count": positive,
        "negative_examples_count": negative,
    }


def _ids(
    ids: IdLists, totals: Floats, count: int, *, example_weighted: bool
) -> dict[str, list[Any]]:
    return {
        "positive_to_negative_examples_ids": [id_array(own) for own, _ in ids],
        "negative_to_positive_examples_ids": [id_array(own) for _, own in ids],
    }


def _ids_with_sample(
    ids: IdLists, totals: Floats, count: int, *, example_weighted: bool
) -> dict[str, list[Any]]:
    found = _ids(ids, totals, count, example_weighted=example_weighted)
    if not example_weighted:  # as in TFMA 0.46, which needs counts of rows to draw a fair sample
        found["sample_examples_ids"] = [
            id_array(sample_ids(*own, (to_negative, to_positive), count))
            for own, to_negative, to_positive in zip(ids, totals[2], totals[3], strict=True)
        ]
    return found


def _mean_absolute_change(totals: Floats) -> float:
    weight, absolute, _ = totals
    return float(_ratio(absolute, weight))


def _mean_change(totals: Floats) -> float:
    weight, _, signed = totals
    return float(_ratio(signed, weight))


def _ratio(numerator: Any, denominator: Any) -> Any:
    return np.divide(
        numerator, denominator, out=np.full_like(denominator, np.nan), where=denominator > 0
    )
