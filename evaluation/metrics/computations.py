"""How the counterfactual metrics are computed: TFMA computations, and the sums that they share.

Metrics that need the same sums share one computation: TFMA runs computations with equal keys once.
`flipped_ids` handles the ids of the rows that flip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import apache_beam as beam
import numpy as np
from tensorflow_model_analysis.metrics import metric_types, metric_util

from evenhand.data.support.arrays import Floats
from evenhand.evaluation.metrics.flipped_ids import IdLists, join_ids, keep_first, read_ids
from evenhand.remediation.outputs.decisions import decisions, flips

Values = dict[metric_types.MetricKey, Any]


class FinishIds(Protocol):
    """Turns the ids of the rows that flip into arrays of ids, by name of the sub-metric."""

    def __call__(
        self, ids: IdLists, totals: Floats, count: int, *, example_weighted: bool
    ) -> dict[str, list[Any]]:
        """Return, for every name, an array for each threshold.

        Args:
            ids: The ids of the rows that flip, at most `count` in each list.
            totals: The sums that the metric is computed from, shape (4, thresholds).
            count: Maximum number of ids in an array.
            example_weighted: Whether the sums are weighted.
        """


def flip_computations(finish: Callable[[Floats], dict[str, Floats]], finish_ids: FinishIds) -> Any:
    """Return the function that makes the computations of a `tfma.metrics.Metric` on flips.

    Args:
        finish: Turns the sums, shape (4, thresholds), into values by name of the sub-metric, each
            of shape (thresholds,). The four sums are the weights of rows that are positive, are
            negative, flip from positive to negative, and flip from negative to positive.
        finish_ids: The same for the ids of the rows that flip, which are collected if the metric
            has an `example_id_key`.
    """

    # TFMA passes arguments by the names that it finds in the signature.
    def create(
        counterfactual_prediction_key: str,
        name: str,
        thresholds: Sequence[float],
        example_id_key: str | None,
        example_ids_count: int,
        eval_config: Any = None,
        model_name: str = "",
        output_name: str = "",
        example_weighted: bool = False,
    ) -> list[Any]:
        rows = _Rows(
            counterfactual_prediction_key, eval_config, model_name, output_name, example_weighted
        )
        totals_key = rows.key(
            metric_util.generate_private_name_from_arguments(
                "_flip_totals", key=rows.feature, thresholds=tuple(thresholds)
            )
        )
        suffixes = threshold_suffixes(thresholds)

        def by_key(parts: dict[str, Any]) -> Values:
            return {
                rows.key(f"{name}/{part}{suffix}"): value
                for part, values in parts.items()
                for suffix, value in zip(suffixes, values, strict=True)
            }

        def result(metrics: Values) -> Values:
            values = finish(metrics[totals_key])
            return by_key({part: floats.tolist() for part, floats in values.items()})

        nothing = np.zeros((4, len(thresholds)))
        computations = [
            rows.computation(totals_key, FlipTotals(rows, totals_key, thresholds)),
            metric_types.DerivedMetricComputation(
                keys=list(by_key(finish(nothing))), result=result
            ),
        ]
        if not example_id_key:
            return computations
        ids_key = rows.key(
            metric_util.generate_private_name_from_arguments(
                "_flipped_ids",
                key=rows.feature,
                thresholds=tuple(thresholds),
                id=example_id_key,
                count=example_ids_count,
            )
        )
        combiner = FlippedIds(rows, ids_key, thresholds, example_id_key, example_ids_count)

        def ids_by_key(ids: IdLists, totals: Floats) -> Values:
            return by_key(
                finish_ids(ids, totals, example_ids_count, example_weighted=example_weighted)
            )

        return [
            *computations,
            rows.computation(ids_key, combiner, features=[example_id_key]),
            metric_types.DerivedMetricComputation(
                keys=list(ids_by_key(combiner.create_accumulator(), nothing)),
                result=lambda metrics: ids_by_key(metrics[ids_key], metrics[totals_key]),
            ),
        ]

    return metric_util.merge_per_key_computations(create)


def change_computations(finish: Callable[[Floats], float]) -> Any:
    """Return the function that makes the computations of a `tfma.metrics.Metric` on score changes.

    Args:
        finish: Turns the sums, shape (3,), into the value. They are the weight of the pairs, and
            their weighted absolute and signed changes of score.
    """

    def create(
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
        totals_key = rows.key(
            metric_util.generate_private_name_from_arguments("_change_totals", key=rows.feature)
        )
        key = rows.key(name)

        def result(metrics: Values) -> Values:
            return {key: finish(metrics[totals_key])}

        return [
            rows.computation(totals_key, ChangeTotals(rows, totals_key)),
            metric_types.DerivedMetricComputation(keys=[key], result=result),
        ]

    return metric_util.merge_per_key_computations(create)


def threshold_suffixes(thresholds: Sequence[float]) -> list[str]:
    """Return what TFMA 0.46 and FairnessIndicators append to a metric's name for each threshold.

    All have as many decimals as the longest: 0.5 and 0.25 give ``@0.50`` and ``@0.25``.
    """
    digits = max([1, *(len(str(threshold)) - len("0.") for threshold in thresholds)])
    return [f"@{threshold:.{digits}f}" for threshold in thresholds]


class _Rows:
    """Reads prediction, counterfactual predictions and weight from TFMA's metric inputs."""

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

    def computation(self, key: Any, combiner: beam.CombineFn, features: Sequence[str] = ()) -> Any:
        return metric_types.MetricComputation(
            keys=[key],
            preprocessors=[
                metric_types.FeaturePreprocessor(feature_keys=[self.feature, *features])
            ],
            combiner=combiner,
        )

    def read(self, element: Any) -> Iterator[tuple[float, Floats, float]]:
        """Yield prediction, counterfactual predictions of shape (k,) and weight."""
        if self.feature not in element.features:
            raise ValueError(
                f"the feature {self.feature!r} with the counterfactual predictions is missing"
            )
        values = element.features[self.feature]
        # TFMA gives None if no row in the same batch has a counterfactual
        counterfactuals = np.asarray([] if values is None else values, dtype=np.float64).ravel()
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
    """Sums over rows, as one array; subclasses say what a row adds.

    Attributes:
        feature: The column with the counterfactual predictions.
    """

    def __init__(self, rows: _Rows, key: Any, shape: tuple[int, ...]) -> None:
        self._rows = rows
        self._key = key
        self._shape = shape
        self.feature = rows.feature

    def create_accumulator(self) -> Floats:
        return np.zeros(self._shape)

    def merge_accumulators(self, accumulators: Iterable[Floats]) -> Floats:
        return sum(accumulators, start=self.create_accumulator())

    def extract_output(self, accumulator: Floats) -> Values:
        return {self._key: accumulator}


class FlipTotals(_Totals):
    """Weights by threshold, shape (4, thresholds).

    Weights of rows that are positive, negative, flip to negative, flip to positive.
    """

    def __init__(self, rows: _Rows, key: Any, thresholds: Sequence[float]) -> None:
        super().__init__(rows, key, (4, len(thresholds)))
        self.thresholds = np.asarray(thresholds, dtype=np.float64)

    def add_input(self, accumulator: Floats, element: Any) -> Floats:
        """Return the sums with one more row."""
        for prediction, counterfactuals, weight in self._rows.read(element):
            positive, flipped = _decisions(prediction, counterfactuals, self.thresholds)
            accumulator += weight * np.stack(
                [positive, ~positive, positive & flipped, ~positive & flipped]
            )
        return accumulator


class FlippedIds(beam.CombineFn):  # type: ignore[misc]
    """The first ids of the rows that flip, whatever the rows weigh.

    Attributes:
        feature: The column with the counterfactual predictions.
        thresholds: Shape (thresholds,).
        id_feature: The column with the ids; rows without one are left out.
        count: Maximum number of ids that are kept for each direction and threshold.
    """

    def __init__(
        self, rows: _Rows, key: Any, thresholds: Sequence[float], id_feature: str, count: int
    ) -> None:
        self._rows = rows
        self._key = key
        self.feature = rows.feature
        self.thresholds = np.asarray(thresholds, dtype=np.float64)
        self.id_feature = id_feature
        self.count = count

    def create_accumulator(self) -> IdLists:
        """Return two lists for each threshold: positive to negative, and negative to positive."""
        return [([], []) for _ in self.thresholds]

    def add_input(self, accumulator: IdLists, element: Any) -> IdLists:
        """Return the ids with those of one more row, which is listed once in each direction."""
        own = read_ids(element.features.get(self.id_feature))
        if own is None:
            return accumulator
        flipping = np.zeros((2, len(self.thresholds)), dtype=bool)
        for prediction, counterfactuals, _ in self._rows.read(element):
            positive, flipped = _decisions(prediction, counterfactuals, self.thresholds)
            flipping |= [positive & flipped, ~positive & flipped]
        for direction, i in np.argwhere(flipping):
            keep_first(accumulator[i][direction], [own], self.count)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[IdLists]) -> IdLists:
        """Return the first ids of all lists."""
        return join_ids(self.create_accumulator(), accumulators, self.count)

    def extract_output(self, accumulator: IdLists) -> Values:
        """Return the ids by TFMA key."""
        return {self._key: accumulator}


def _decisions(prediction: float, counterfactuals: Floats, thresholds: Floats) -> tuple[Any, Any]:
    """Return, for each threshold, whether a prediction is positive and any decision differs."""
    flipped = [flips(prediction, counterfactuals, threshold).any() for threshold in thresholds]
    return decisions(prediction, thresholds), np.array(flipped)


class ChangeTotals(_Totals):
    """Weight of the pairs, weighted absolute change and weighted signed change, shape (3,)."""

    def __init__(self, rows: _Rows, key: Any) -> None:
        super().__init__(rows, key, (3,))

    def add_input(self, accumulator: Floats, element: Any) -> Floats:
        """Return the sums with one more row."""
        for prediction, counterfactuals, weight in self._rows.read(element):
            change = prediction - counterfactuals
            accumulator += weight * np.array([change.size, np.abs(change).sum(), change.sum()])
        return accumulator
