"""What the trainings of one technique, with several seeds, come to."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evenhand.remediation.comparing.named_techniques import NamedTechnique
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.techniques.untrained import Untrained


@dataclass(frozen=True)
class Run:
    """One training of a technique, as measured on test data.

    Attributes:
        seed: Its seed.
        kept_epoch: The epoch that its model is from; 0 if none kept the limits on the held-out
            examples, so that the training kept the baseline.
        seconds: How long the training took, by the clock; None if it was interrupted.
        metrics: See `evenhand.remediation.comparing.test_set.Measured`. They are the technique's
            own: where the baseline was kept, those of the model that the technique makes without
            training, and none if it trains.
        false_positive_rates: See there.
        threshold: The threshold of its model, as in train.json; None for 0.5, which nobody chose.
        label_thresholds: Those of several labels, likewise, by the label's name.
        beyond: Which limit is broken, and by what, where the baseline was kept.
    """

    seed: int
    kept_epoch: int
    seconds: float | None
    metrics: Metrics
    false_positive_rates: dict[str, float]
    threshold: dict[str, Any] | None = None
    beyond: str = ""
    label_thresholds: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """A technique in a comparison.

    Attributes:
        name: As it was asked for: ``"clp:loss_weight=3"``.
        technique: The name of the technique.
        options: Its options.
        runs: The trainings, in the order of their seeds.
        mean: Mean over the measured runs of each metric that all of them have, and of ``seconds``.
        deviation: Standard deviations between these runs, if there are several.
        half_width: Half the width of the 95 % interval of each mean, by Student's t, if there are
            several.
        false_positive_rates: Means over the measured runs, by group.
        takes_out_terms: Whether its model takes the terms of lexicons out of texts, held-out ones
            among them.
        on_front: Whether it is on the Pareto front: no other technique is at least as good in flip
            rate and task metric, and better in one.
    """

    name: str
    technique: str
    options: dict[str, Any]
    runs: tuple[Run, ...]
    mean: Metrics
    deviation: Metrics
    half_width: Metrics
    false_positive_rates: dict[str, float]
    takes_out_terms: bool = False
    on_front: bool = False

    @property
    def measured(self) -> list[Run]:
        """The runs with metrics of the technique's own, not of a kept baseline."""
        return [run for run in self.runs if run.metrics]

    @property
    def beyond_limits(self) -> list[Run]:
        """The runs without a model within the limits on the held-out examples."""
        return [run for run in self.runs if not run.kept_epoch]


def summary(named: NamedTechnique, runs: Sequence[Run]) -> Compared:
    """Return what one or more runs of a technique come to."""
    measured = [run for run in runs if run.metrics]
    rows = [
        run.metrics if run.seconds is None else {**run.metrics, "seconds": run.seconds}
        for run in measured
    ]
    shared = [key for key in rows[0] if all(key in row for row in rows)] if rows else []
    values = {key: [float(row[key]) for row in rows] for key in shared}
    deviation = {}
    factor = 0.0
    if len(rows) > 1:
        from scipy.special import stdtrit

        deviation = {key: statistics.stdev(each) for key, each in values.items()}
        factor = float(stdtrit(len(rows) - 1, 0.975)) / math.sqrt(len(rows))
    groups = measured[0].false_positive_rates if measured else ()
    return Compared(
        name=named.name,
        technique=named.technique.name,
        options=named.options,
        runs=tuple(runs),
        mean={key: statistics.fmean(each) for key, each in values.items()},
        deviation=deviation,
        half_width={key: factor * each for key, each in deviation.items()},
        false_positive_rates={
            group: statistics.fmean(run.false_positive_rates[group] for run in measured)
            for group in groups
        },
        takes_out_terms=isinstance(named.technique, Untrained),
    )
