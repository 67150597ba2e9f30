"""A flip metric of another package: what has to be known of it, and how it is computed.

An entry point of the group `evenhand.metrics` names a `FlipMetric`. It is computed from the scores
of the pairs, without TFMA, in the same way for both engines. A TFMA result does not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.arrays import Flags, Floats
from evenhand.data.support.plugins import Plugins
from evenhand.evaluation.reports.metric_specs import METRICS, MetricSpec
from evenhand.remediation.outputs.decisions import flips

PLUGINS = Plugins("metric", "evenhand.metrics", builtin=METRICS)


@dataclass(frozen=True)
class ScoredPairs:
    """The pairs of one slice, at least one, with one model's scores for them.

    Attributes:
        originals: Scores of the originals, in [0, 1], shape (m,).
        counterfactuals: Scores of their counterfactuals, in [0, 1], shape (m,).
        weights: Weight of each pair, above 0, shape (m,).
        threshold: The decision threshold; a score above it is positive.
    """

    originals: Floats
    counterfactuals: Floats
    weights: Floats
    threshold: float

    @property
    def flips(self) -> Flags:
        """Whether each pair flips, shape (m,)."""
        return flips(self.originals, self.counterfactuals, self.threshold)


@dataclass(frozen=True)
class FlipMetric:
    """A metric of pairs.

    Attributes:
        spec: The metric's name, its meaning and where it is shown. Its name must be the entry
            point's.
        compute: Computes the metric from the pairs of a slice. Returns one of two forms.

            An array of shape (m,), a value for each pair: the metric is their weighted mean, and
            its interval is made as for evenhand's own means. NaN, in a ``rate`` only, means that a
            pair does not count.

            A number, NaN if it is undefined. Its interval is a bootstrap-t, for which the metric is
            computed up to 200 times again, each time without some of the texts. The interval is
            right for a metric that each text changes little, not for a largest value or a count.

    Examples:
        >>> import numpy as np
        >>> spec = MetricSpec(
        ...     name="large_shift_rate", label="large shifts", kind="rate", worse="higher",
        ...     definition="Pairs whose score moves by more than 0.2, over all pairs.",
        ...     vacuous_if="scores_alike",
        ... )
        >>> def is_large(pairs: ScoredPairs) -> Flags:
        ...     return np.abs(pairs.originals - pairs.counterfactuals) > 0.2
        >>> metric = FlipMetric(spec, is_large)
    """

    spec: MetricSpec
    compute: Callable[[ScoredPairs], npt.NDArray[Any] | float]


def load_flip_metrics() -> tuple[FlipMetric, ...]:
    """Return the metrics that other packages add, in alphabetical order.

    Raises:
        ConfigurationError: A metric cannot be loaded, is not a `FlipMetric`, or has a name that
            evenhand or another package uses.
    """
    found = PLUGINS.load_all()
    for name, metric in found.items():
        if not isinstance(metric, FlipMetric):
            raise ConfigurationError(
                f"the metric {name!r} cannot be used: it is of type {type(metric).__name__}",
                where=PLUGINS.place_of(name),
                expected="an evenhand.evaluation.FlipMetric",
            )
        if metric.spec.name != name:
            raise ConfigurationError(
                f"the metric {name!r} calls itself {metric.spec.name!r}",
                where=PLUGINS.place_of(name),
                expected="an entry point of the metric's own name",
            )
    return tuple(found.values())


def names_of(metrics: Sequence[FlipMetric], suffixes: Sequence[str]) -> list[str]:
    """Return the names under which a report has the values of metrics.

    Args:
        metrics: The metrics.
        suffixes: The suffix of a name for each threshold; empty for the first.
    """
    return [
        metric.spec.name + at
        for metric in metrics
        for at in (suffixes if metric.spec.by_threshold else suffixes[:1])
    ]
