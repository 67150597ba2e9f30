"""Counterfactual fairness metrics for TFMA: FlipRate, FlipCount, CtfGap and ScoreShift.

Importing this module registers them, so that any EvalConfig can name them by class name:

    metrics_specs {metrics {
        class_name: "FlipRate"
        config: '{"counterfactual_prediction_key": "counterfactual_prediction",
                  "thresholds": [0.5]}'}}

A row holds the prediction on the original text, as TFMA's predictions, and the predictions on its
counterfactuals as a feature. It may have one counterfactual (a row is a pair), none (the text holds
no identity term) or several.

FlipRate and FlipCount take the place of the two that TFMA had in `addons.fairness` up to version
0.46, with the same names, and give the same values for one counterfactual a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import metric_types

from evenhand.evaluation.metric_computations import change_computations, flip_computations
from evenhand.evaluation.tables import COUNTERFACTUAL_PREDICTION, Floats

DEFAULT_THRESHOLDS = (0.5,)


class FlipRate(metric_types.Metric):  # type: ignore[misc]
    """Weight of the rows whose decision flips, over the weight of all rows.

    A row flips at threshold t when ``prediction > t`` differs from ``counterfactual > t`` for any
    of its counterfactuals. The values are ``flip_rate/overall@t``,
    ``flip_rate/positive_to_negative@t`` and ``flip_rate/negative_to_positive@t``; each is divided
    by all rows of the slice, those without a counterfactual included, and is NaN over no weight.
    """

    def __init__(
        self,
        counterfactual_prediction_key: str = COUNTERFACTUAL_PREDICTION,
        name: str = "flip_rate",
        thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    ) -> None:
        super().__init__(
            flip_computations(_rates),
            counterfactual_prediction_key=counterfactual_prediction_key,
            name=name,
            thresholds=thresholds,
        )


class FlipCount(metric_types.Metric):  # type: ignore[misc]
    """Weight of the rows whose decision flips, as `FlipRate` defines a flip.

    The values are ``flip_count/overall@t``, ``flip_count/positive_to_negative@t`` and
    ``flip_count/negative_to_positive@t``, and the weight of the rows on each side of the threshold:
    ``flip_count/positive_examples_count@t`` and ``flip_count/negative_examples_count@t``.
    """

    def __init__(
        self,
        counterfactual_prediction_key: str = COUNTERFACTUAL_PREDICTION,
        name: str = "flip_count",
        thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    ) -> None:
        super().__init__(
            flip_computations(_counts),
            counterfactual_prediction_key=counterfactual_prediction_key,
            name=name,
            thresholds=thresholds,
        )


class CtfGap(metric_types.Metric):  # type: ignore[misc]
    """Weighted mean over pairs of ``|prediction - counterfactual|``.

    The counterfactual token fairness gap of Garg et al. 2019 (arXiv 1809.10610), on scores.
    Every counterfactual of a row makes one pair; NaN over no weight.
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

    Positive where identity terms raise the score. Every counterfactual of a row makes one pair; NaN
    over no weight.
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
