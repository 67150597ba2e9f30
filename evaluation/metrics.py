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

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import numpy.typing as npt
from tensorflow_model_analysis.metrics import metric_types, metric_util

from evenhand.evaluation.tables import COUNTERFACTUAL_PREDICTION

DEFAULT_THRESHOLDS = (0.5,)

Values = dict[metric_types.MetricKey, Any]


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
            metric_util.merge_per_key_computations(_flip_rate),
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
            metric_util.merge_per_key_computations(_flip_count),
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
            metric_util.merge_per_key_computations(_ctf_gap),
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
            metric_util.merge_per_key_computations(_score_shift),
            counterfactual_prediction_key=counterfactual_prediction_key,
            name=name,
        )


for _metric in (FlipRate, FlipCount, CtfGap, ScoreShift):
    metric_types.register_metric(_metric)


def threshold_suffixes(thresholds: Sequence[float]) -> list[str]:
    """Return what TFMA 0.46 and FairnessIndicators append to a name for each threshold.

    All have as many decimals as the longest: 0.5 and 0.25 give ``@0.50`` and ``@0.25``.
    """
    digits = max(1, *(len(str(threshold)) - len("0.") for threshold in thresholds))
    return [f"@{threshold:.{digits}f}" for threshold in thresholds]


# The functions below build TFMA computations. TFMA passes arguments by the names that it finds in
# their signatures.


def _flip_rate(
    counterfactual_prediction_key: str,
    name: str,
    thresholds: Sequence[float],
    eval_config: Any = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
) -> list[Any]:
    rows = _Rows(
        counterfactual_prediction_key, eval_config, model_name, output_name, example_weighted
    )

    def rates(totals: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        positive, negative, to_negative, to_positive = totals
        weight = positive + negative
        return {
            "overall": _ratio(to_negative + to_positive, weight),
            "positive_to_negative": _ratio(to_negative, weight),
            "negative_to_positive": _ratio(to_positive, weight),
        }

    return _flip_computations(rows, name, thresholds, rates)


def _flip_count(
    counterfactual_prediction_key: str,
    name: str,
    thresholds: Sequence[float],
    eval_config: Any = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
) -> list[Any]:
    rows = _Rows(
        counterfactual_prediction_key, eval_config, model_name, output_name, example_weighted
    )

    def counts(totals: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        positive, negative, to_negative, to_positive = totals
        return {
            "overall": to_negative + to_positive,
            "positive_to_negative": to_negative,
            "negative_to_positive": to_positive,
            "positive_examples_count": positive,
            "negative_examples_count": negative,
        }

    return _flip_computations(rows, name, thresholds, counts)


def _ctf_gap(
    counterfactual_prediction_key: str,
    name: str,
    eval_config: Any = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
) -> list[Any]:
    rows = _Rows(
        counterfactual_prediction_key, eval_config, model_name, output_name, example_weighted
    )
    return _change_computations(rows, name, lambda totals: _ratio(totals[1], totals[0]))


def _score_shift(
    counterfactual_prediction_key: str,
    name: str,
    eval_config: Any = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
) -> list[Any]:
    rows = _Rows(
        counterfactual_prediction_key, eval_config, model_name, output_name, example_weighted
    )
    return _change_computations(rows, name, lambda totals: _ratio(totals[2], totals[0]))


def _flip_computations(
    rows: _Rows,
    name: str,
    thresholds: Sequence[float],
    finish: Callable[[npt.NDArray[np.float64]], dict[str, npt.NDArray[np.float64]]],
) -> list[Any]:
    """Return the sums that FlipRate and FlipCount share, and `finish` applied to them."""
    totals_key = rows.key(
        metric_util.generate_private_name_from_arguments(
            "_flip_totals", key=rows.feature, thresholds=tuple(thresholds)
        )
    )
    suffixes = threshold_suffixes(thresholds)

    def result(metrics: Values) -> Values:
        return {
            rows.key(f"{name}/{part}{suffix}"): float(value)
            for part, values in finish(metrics[totals_key]).items()
            for suffix, value in zip(suffixes, values, strict=True)
        }

    names = finish(np.zeros((4, len(thresholds))))
    keys = [rows.key(f"{name}/{part}{suffix}") for part in names for suffix in suffixes]
    return [
        rows.computation(totals_key, _FlipTotals(rows, totals_key, thresholds)),
        metric_types.DerivedMetricComputation(keys=keys, result=result),
    ]


def _change_computations(
    rows: _Rows, name: str, finish: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
) -> list[Any]:
    """Return the sums that CtfGap and ScoreShift share, and `finish` applied to them."""
    totals_key = rows.key(
        metric_util.generate_private_name_from_arguments("_change_totals", key=rows.feature)
    )
    key = rows.key(name)

    def result(metrics: Values) -> Values:
        return {key: float(finish(metrics[totals_key]))}

    return [
        rows.computation(totals_key, _ChangeTotals(rows, totals_key)),
        metric_types.DerivedMetricComputation(keys=[key], result=result),
    ]


class _Rows:
    """Reads prediction, counterfactual predictions and weight out of TFMA's metric inputs."""

    def __init__(
        self,
        feature: str,
        eval_config: Any,
        model_name: str,
        output_name: str,
        example_weighted: bool,
    ) -> None:
        self.feature = feature
        self._eval_config = eval_config
        self._model_name = model_name
        self._output_name = output_name
        self._example_weighted = example_weighted

    def key(self, name: str) -> Any:
        return metric_types.MetricKey(
            name=name,
            model_name=self._model_name,
            output_name=self._output_name,
            example_weighted=self._example_weighted,
        )

    def computation(self, key: Any, combiner: beam.CombineFn) -> Any:
        return metric_types.MetricComputation(
            keys=[key],
            preprocessors=[metric_types.FeaturePreprocessor(feature_keys=[self.feature])],
            combiner=combiner,
        )

    def read(self, element: Any) -> Iterator[tuple[float, npt.NDArray[np.float64], float]]:
        """Yield prediction, counterfactual predictions of shape (k,) and weight."""
        if self.feature not in element.features:
            raise ValueError(
                f"the feature {self.feature!r} with the counterfactual predictions is missing"
            )
        counterfactuals = np.asarray(element.features[self.feature], dtype=np.float64).ravel()
        _, prediction, weight = next(
            metric_util.to_label_prediction_example_weight(
                element,
                eval_config=self._eval_config,
                model_name=self._model_name,
                output_name=self._output_name,
                example_weighted=self._example_weighted,
                flatten=False,
                allow_none=True,
                require_single_example_weight=True,
            )
        )
        if prediction.size == 1:
            yield float(prediction.item()), counterfactuals, float(weight.item())
            return
        if prediction.size != counterfactuals.size:
            raise ValueError(
                f"{prediction.size} predictions and {counterfactuals.size} counterfactual "
                "predictions in one row"
            )
        for index, value in enumerate(prediction.ravel()):
            yield float(value), counterfactuals[index : index + 1], float(weight.item())


class _Totals(beam.CombineFn):  # type: ignore[misc]
    """Sums over rows, as one array; subclasses say what a row adds."""

    def __init__(self, rows: _Rows, key: Any, shape: tuple[int, ...]) -> None:
        self._rows = rows
        self._key = key
        self._shape = shape

    def create_accumulator(self) -> npt.NDArray[np.float64]:
        return np.zeros(self._shape)

    def merge_accumulators(
        self, accumulators: Iterable[npt.NDArray[np.float64]]
    ) -> npt.NDArray[np.float64]:
        return sum(accumulators, start=self.create_accumulator())

    def extract_output(self, accumulator: npt.NDArray[np.float64]) -> Values:
        return {self._key: accumulator}


class _FlipTotals(_Totals):
    """Weight by threshold, shape (4, thresholds).

    The rows: positive, negative, positive to negative, negative to positive.
    """

    def __init__(self, rows: _Rows, key: Any, thresholds: Sequence[float]) -> None:
        super().__init__(rows, key, (4, len(thresholds)))
        self._thresholds = np.asarray(thresholds, dtype=np.float64)

    def add_input(
        self, accumulator: npt.NDArray[np.float64], element: Any
    ) -> npt.NDArray[np.float64]:
        for prediction, counterfactuals, weight in self._rows.read(element):
            positive = prediction > self._thresholds
            flips = ((counterfactuals[:, np.newaxis] > self._thresholds) != positive).any(axis=0)
            accumulator += weight * np.stack(
                [positive, ~positive, positive & flips, ~positive & flips]
            )
        return accumulator


class _ChangeTotals(_Totals):
    """Weight of the pairs, weighted absolute change and weighted signed change, shape (3,)."""

    def __init__(self, rows: _Rows, key: Any) -> None:
        super().__init__(rows, key, (3,))

    def add_input(
        self, accumulator: npt.NDArray[np.float64], element: Any
    ) -> npt.NDArray[np.float64]:
        for prediction, counterfactuals, weight in self._rows.read(element):
            change = prediction - counterfactuals
            accumulator += weight * np.array([change.size, np.abs(change).sum(), change.sum()])
        return accumulator


def _ratio(numerator: Any, denominator: Any) -> Any:
    return np.divide(
        numerator, denominator, out=np.full_like(denominator, np.nan), where=denominator > 0
    )
