"""Which of several models to keep, when a lower flip rate costs some of the task metric.

The rule, for the epochs of a training and the models of a sweep alike: of those whose AUC on the
validation split is at most `max_auc_drop` below the baseline's, the one with the lowest flip rate;
of equals the one with the lowest CTF gap, then the one with the highest AUC. If none keeps its AUC,
the one that loses least. Where the split has no AUC, having one class only, accuracy stands in, and
where it has no labels the agreement with the baseline's decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from evenhand.data.errors import ConfigurationError

Metrics = dict[str, float]
Measure = Literal["flip_rate", "ctf_gap"]

# The metrics that say how well the task is done, each taken where those before it are missing.
TASK_METRICS = {"auc": "AUC", "accuracy": "accuracy", "agreement": "agreement"}
MAX_AUC_DROP = 0.005  # what the sample text's repair stays well within


@dataclass(frozen=True)
class TradeOff:
    """What to make low, and what it may cost.

    Attributes:
        max_auc_drop: The most that AUC may be below the baseline's.
        measure: What is to be low: ``"flip_rate"`` or ``"ctf_gap"``.

    Raises:
        ConfigurationError: The drop is no number from 0 to 1, or the measure is unknown.
    """

    max_auc_drop: float = MAX_AUC_DROP
    measure: Measure = "flip_rate"

    def __post_init__(self) -> None:
        if not 0 <= self.max_auc_drop <= 1:
            raise ConfigurationError(
                f"--max-auc-drop is {self.max_auc_drop}",
                where="--max-auc-drop",
                expected="a number from 0 to 1, such as 0.005",
            )
        if self.measure not in get_args(Measure):
            raise ConfigurationError(
                f"unknown measure {self.measure!r}", expected=" or ".join(get_args(Measure))
            )

    def drop(self, metrics: Metrics, baseline: Metrics) -> float:
        """Return how far the task metric is below the baseline's; negative if it is above."""
        name = task_metric(baseline)
        return baseline[name] - metrics[name]

    def keeps(self, metrics: Metrics, baseline: Metrics) -> bool:
        """Return whether the task metric drops no further than allowed."""
        return self.drop(metrics, baseline) <= self.max_auc_drop

    def best(self, candidates: Sequence[Metrics], baseline: Metrics) -> int:
        """Return which of the candidates to keep: the first of equals.

        Args:
            candidates: Validation metrics of one or more models; see
                `evenhand.remediation.validation.validate`.
            baseline: The baseline's, on the same examples and pairs.
        """
        return min(range(len(candidates)), key=lambda i: self._rank(candidates[i], baseline))

    def reason(self, kept: Metrics, candidates: Sequence[Metrics], baseline: Metrics) -> str:
        """Return a sentence on why `kept` is the best of the candidates."""
        name = TASK_METRICS[task_metric(baseline)]
        within = sum(self.keeps(metrics, baseline) for metrics in candidates)
        drop = self.drop(kept, baseline)
        if not within:
            return (
                f"none keeps its {name} within {self.max_auc_drop:g} of the baseline's; this one "
                f"loses least, {drop:.4f}"
            )
        change = f"drops by {drop:.4f}" if drop > 0 else f"rises by {-drop:.4f}"
        return (
            f"its {self.measure.replace('_', ' ')} of {kept[self.measure]:.4f} is the lowest among "
            f"the {within} of {len(candidates)} whose {name} drops by at most "
            f"{self.max_auc_drop:g}; its own {change}"
        )

    def _rank(self, metrics: Metrics, baseline: Metrics) -> tuple[float, ...]:
        drop = self.drop(metrics, baseline)
        low = (metrics[self.measure], metrics["ctf_gap"]) if self.measure in metrics else ()
        if self.keeps(metrics, baseline):
            return (0, *low, drop)
        return (1, drop, *low)


def task_metric(metrics: Metrics) -> str:
    """Return the name of the metric that says how well the task is done."""
    return next(name for name in TASK_METRICS if name in metrics)


def pareto_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Tell which points no other one beats: (to make low, to make high) pairs of numbers.

    A point is beaten by one that is at least as good in both and better in one.
    """
    return [
        not any(
            low <= point[0] and high >= point[1] and (low, high) != point for low, high in points
        )
        for point in points
    ]
