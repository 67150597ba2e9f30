"""Which of several models to keep, when fewer flips cost some accuracy.

The rule, for the epochs of a training and the trials of a sweep alike, on the same validation data:

1. A model has to keep three limits. The first two say how far AUC and accuracy may be below the
   baseline's. Without labels, the limit of accuracy is the share of the baseline's decisions that
   the model may change, not counting texts that flip under the baseline, with what chance adds in
   so many texts; where texts are to be scored as the baseline does without their terms, it is about
   decisions other than those. The third says how far the share of texts that it flags may lie
   outside of the range between the baseline's share and the labels', or that without terms. Of
   several labels, each has to keep them; flips, AUC and gap are then means over labels, see
   `evenhand.remediation.judging.several_labels`.
2. Models that keep the limits count as equal in flips if they have the fewest flips, or no more
   above the fewest than chance explains: the standard error of a difference of two counts,
   sqrt(a + b). This is the one standard error rule of Breiman et al., *Classification and
   Regression Trees*, 1984.
3. Of these the one with the highest AUC is kept. AUCs count as equal if they are less than a
   standard error, and less than 0.0025, below the highest. Then the lowest CTF gap in standard
   deviations decides, which tells models apart even if flips are few; then the fewest flips; then
   the order. Without AUC, accuracy decides; without labels agreement with the baseline, which
   counts as equal where the decisions that differ are no more than chance explains, as for flips.

If no model keeps the limits, the baseline stays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from evenhand.data.support.option_checks import check_choice, check_number
from evenhand.remediation.defaults import (
    MAX_ACCURACY_DROP,
    MAX_AUC_DROP,
    MAX_POSITIVE_RATE_CHANGE,
)
from evenhand.remediation.judging.metric_labels import (
    IN_SENTENCES,
    SHARE_METRICS,
    TASK_METRICS,
)
from evenhand.remediation.judging.several_labels import by_label, n_labels
from evenhand.remediation.judging.wording import counted, percent
from evenhand.remediation.literals import Measure

Metrics = dict[str, float]

RESOLUTION = 0.0005  # of the task metric, if its standard error is not known
BASELINE_KEPT = "nothing keeps the limits, and so the baseline is kept: "
"""How the reason begins that `TradeOff.reason` gives if no model keeps the limits."""

_MOST_NAMED = 4  # in a sentence
_ROUNDING = 1e-9  # 0.9 - 0.895 is a little more than 0.005


@dataclass(frozen=True)
class Limit:
    """A limit that a model does not keep.

    Attributes:
        excess: How far beyond the limit the model is.
        finding: What the model does, as the rest of a sentence that begins with the model.
    """

    excess: float
    finding: str


@dataclass(frozen=True)
class TradeOff:
    """What to lower, and what that may cost.

    Attributes:
        max_auc_drop: How far AUC may be below the baseline's.
        max_accuracy_drop: How far accuracy may be below the baseline's.
        max_positive_rate_change: How far the share of texts that are decided for the positive class
            may lie outside of the range between the baseline's share and the labels'. Without a
            positive class it is the share of the class most often decided for.
        measure: What to lower: ``"flip_rate"``, or ``"ctf_gap"``, whose values are compared without
            allowing for chance.

    Raises:
        OptionError: A limit is not a number from 0 to 1, or the measure is unknown.
    """

    max_auc_drop: float = MAX_AUC_DROP
    max_accuracy_drop: float = MAX_ACCURACY_DROP
    max_positive_rate_change: float = MAX_POSITIVE_RATE_CHANGE
    measure: Measure = "flip_rate"

    def __post_init__(self) -> None:
        for limit in ("max_auc_drop", "max_accuracy_drop", "max_positive_rate_change"):
            check_number(limit, getattr(self, limit), least=0, most=1)
        check_choice("measure", self.measure, get_args(Measure))

    def broken(self, metrics: Metrics, baseline: Metrics) -> list[Limit]:
        """Return the limits that a model does not keep.

        Args:
            metrics: Its validation metrics; see `evenhand.remediation.judging.validation.validate`.
            baseline: The baseline's, on the same examples and pairs.
        """
        after = by_label(metrics)
        limits = [
            replace(limit, finding=f"{limit.finding} ({label})") if label else limit
            for label, before in by_label(baseline).items()
            for limit in self._limits(after.get(label, {}), before)
        ]
        return [limit for limit in limits if not limit.excess <= _ROUNDING]

    def _limits(self, metrics: Metrics, baseline: Metrics) -> Iterator[Limit]:
        """Yield the limits of one label, kept or not."""
        most = self.max_positive_rate_change
        yield from self._drops(metrics, baseline)
        for change in change_of_share(metrics, baseline, most):
            yield Limit(change.excess, f"{change.finding}, with {100 * most:g} points of room")

    def allowed_drop(self, baseline: Metrics) -> float:
        """Return how far the task metric may be below the baseline's."""
        name = task_metric(baseline)
        # A repair has to change the decisions that flip.
        flips = baseline.get("flip_rate_examples", 0.0) if name == "agreement" else 0.0
        return flips + (self.max_auc_drop if name == "auc" else self.max_accuracy_drop)

    def _drops(self, metrics: Metrics, baseline: Metrics) -> Iterator[Limit]:
        for name, most in (("auc", self.max_auc_drop), ("accuracy", self.max_accuracy_drop)):
            if name in baseline:
                drop = baseline[name] - metrics.get(name, math.nan)
                finding = f"loses {drop:.4f} of the {IN_SENTENCES[name]}, more than {most:.4g}"
                yield Limit(drop - most, finding)
        if "agreement" in baseline:
            most = self.allowed_drop(baseline)
            changed = 1 - metrics.get("agreement", math.nan)
            taught = any(f"taught_{name}" in baseline for name in SHARE_METRICS)
            what = (
                f"decides {percent(changed)} of texts otherwise than the baseline without terms"
                if taught
                else f"changes {percent(changed)} of the baseline's decisions"
            )
            # In counts the standard error of their difference, sqrt(a + b), as for flips.
            room = math.sqrt((changed + most) / baseline.get("effective_examples", math.inf))
            beyond = " and what chance explains" if room else ""
            yield Limit(changed - most - room, f"{what}, more than {percent(most)}{beyond}")

    def keeps(self, metrics: Metrics, baseline: Metrics) -> bool:
        """Return whether a model keeps all limits."""
        return not self.broken(metrics, baseline)

    def best(self, candidates: Sequence[Metrics], baseline: Metrics) -> int | None:
        """Return which of the candidates to keep, or None if none keeps the limits.

        Args:
            candidates: Validation metrics of any number of models.
            baseline: The baseline's, on the same examples and pairs.
        """
        finalists = self._finalists(candidates, baseline)
        return min(finalists, key=lambda i: self._order(candidates[i], i), default=None)

    def contenders(self, candidates: Sequence[Metrics], baseline: Metrics) -> list[int]:
        """Return the candidates that are, or may become, the best one when more candidates follow.

        They are those that no other candidate beats in flips, in the task metric and in what
        decides among equals. A later candidate with fewer flips or a higher AUC changes which
        candidates count as equal, so that an earlier one can become the best.
        """
        kept = [i for i, metrics in enumerate(candidates) if self.keeps(metrics, baseline)]

        def is_beaten(i: int) -> bool:
            low, task = self._low(candidates[i]), _task(candidates[i])
            order = self._order(candidates[i], i)
            return any(
                self._low(candidates[j]) <= low
                and _task(candidates[j]) >= task
                and self._order(candidates[j], j) < order
                for j in kept
            )

        return [i for i in kept if not is_beaten(i)]

    def closest(self, candidates: Sequence[Metrics], baseline: Metrics) -> int:
        """Return which of one or more candidates is closest to keeping the limits."""

        def furthest(i: int) -> float:
            excess = [limit.excess for limit in self.broken(candidates[i], baseline)]
            return max((each if math.isfinite(each) else math.inf for each in excess), default=0.0)

        return min(range(len(candidates)), key=furthest)

    def reason(self, candidates: Sequence[Metrics], baseline: Metrics, names: Sequence[str]) -> str:
        """Return why the best candidate, called "it", is kept: a sentence without its full stop.

        Args:
            candidates: As for `best`, one or more.
            baseline: As for `best`.
            names: What to call each candidate: "epoch 3".
        """
        best = self.best(candidates, baseline)
        if best is None:
            number = self.closest(candidates, baseline)
            which = f"{names[number]}, which comes closest," if len(names) > 1 else names[number]
            findings = self._findings(candidates[number], baseline)
            return f"{BASELINE_KEPT}{which} {findings}"
        equals = self._equals(candidates, baseline)
        kept = sum(self.keeps(metrics, baseline) for metrics in candidates)
        among = (
            "" if len(candidates) == 1 else f", of the {kept} of {len(candidates)} within limits"
        )
        reason = self._why(best, equals, candidates, baseline) + among
        others = [i for i in range(len(candidates)) if not self.keeps(candidates[i], baseline)]
        if others:
            first, *more = (names[i] for i in others)
            reason += f"; {first} {self._findings(candidates[others[0]], baseline)}"
            if more:
                said = " and ".join(more) if len(more) <= _MOST_NAMED else f"{len(more)} more"
                reason += f", and {said} {'is' if len(more) == 1 else 'are'} beyond a limit"
        return reason

    def _why(
        self,
        best: int,
        equals: Sequence[int],
        candidates: Sequence[Metrics],
        baseline: Metrics,
    ) -> str:
        task = task_metric(baseline)
        name = ("mean " if n_labels(baseline) > 1 else "") + IN_SENTENCES[task]
        highest = f"the highest {name}, {candidates[best][task]:.4f}"
        if candidates[best][task] < max(_task(candidates[i]) for i in equals):
            but = "chance" if task == "agreement" else f"{_noise(baseline):.4f}"
            highest = (
                f"the lowest CTF gap where {name} is the highest but for {but}, "
                f"{candidates[best][task]:.4f}"
            )
        if self.measure not in baseline:
            return f"it has {highest}, and there are no pairs to count flips of"
        if self.measure == "ctf_gap":
            return f"it has the lowest CTF gap, {candidates[best]['ctf_gap']:.4f}"
        rates = sorted({candidates[i]["flip_rate"] for i in equals})
        n_pairs = candidates[best].get("n_pairs")
        if n_pairs is None:
            fewest = percent(candidates[best]["flip_rate"])
        else:
            fewest = f"{counted(int(candidates[best]['n_flips']), 'flip')} of {n_pairs:,}"
        if len(equals) == 1:
            return f"it has the fewest flips ({fewest})"
        if len(rates) == 1:
            return f"{len(equals)} have the fewest flips ({fewest}), and of these it has {highest}"
        return (
            f"with {fewest} it is one of {len(equals)} whose flips differ by no more than chance, "
            f"and of these it has {highest}"
        )

    def _findings(self, metrics: Metrics, baseline: Metrics) -> str:
        broken = self.broken(metrics, baseline)
        shown = [limit.finding for limit in broken[:_MOST_NAMED]]
        more = len(broken) - len(shown)
        return " and ".join([*shown, *([f"is beyond {more} more limits"] if more else [])])

    def _equals(self, candidates: Sequence[Metrics], baseline: Metrics) -> list[int]:
        """Return those that keep the limits and whose flips count as equal to the fewest."""
        kept = [i for i, metrics in enumerate(candidates) if self.keeps(metrics, baseline)]
        fewest = min((self._low(candidates[i]) for i in kept), default=math.inf)
        return [i for i in kept if self._is_equal(candidates[i], fewest)]

    def _finalists(self, candidates: Sequence[Metrics], baseline: Metrics) -> list[int]:
        """Return those of the equals whose task metric counts as equal to the highest."""
        equals = self._equals(candidates, baseline)
        highest = max((_task(candidates[i]) for i in equals), default=-math.inf)
        return [
            i
            for i in equals
            if (task := _task(candidates[i])) == highest
            or task > highest - _noise(baseline)
            or _agrees_alike(candidates[i], highest)
        ]

    def _is_equal(self, metrics: Metrics, fewest: float) -> bool:
        low = self._low(metrics)
        if low == fewest:
            return True
        pairs = metrics.get("effective_pairs")
        if self.measure != "flip_rate" or pairs is None or not math.isfinite(low):
            return False
        return _differ_by_chance(low * pairs, fewest * pairs)

    def _low(self, metrics: Metrics) -> float:
        return metrics.get(self.measure, math.inf)

    def _order(self, metrics: Metrics, place: int) -> tuple[float, float, float, int]:
        gap = metrics.get("standardized_ctf_gap", metrics.get("ctf_gap", math.inf))
        return gap, self._low(metrics), -_task(metrics), place


def change_of_share(metrics: Metrics, baseline: Metrics, most: float) -> list[Limit]:
    """Return how far beyond `most` a model changes the share of texts flagged, if that is known.

    Only the part outside of the range between the baseline's share and the labels' counts.
    """
    name = share_metric(baseline)
    if name is None:
        return []
    before, now = baseline[name], metrics.get(name, math.nan)
    others = f"{percent(before)} in the baseline"
    low = high = before
    for source, words in (("label", "by the labels"), ("taught", "without terms")):
        share = baseline.get(f"{source}_{name}")
        if share is not None:
            low, high = min(low, share), max(high, share)
            others += f", {percent(share)} {words}"
    outside = max(low - now, now - high)
    finding = f"brings the {IN_SENTENCES[name]} to {percent(now)} ({others})"
    return [Limit(outside - most, finding)]


def task_metric(metrics: Metrics) -> str:
    """Return the name of the metric that says how well the task is done."""
    return next(name for name in TASK_METRICS if name in metrics)


def share_metric(metrics: Metrics) -> str | None:
    """Return the name of the metric that says what share of the texts is flagged."""
    return _first(SHARE_METRICS, metrics)


def _task(metrics: Metrics) -> float:
    name = _first(TASK_METRICS, metrics)
    return -math.inf if name is None else metrics[name]


def _noise(baseline: Metrics) -> float:
    """Return how far below the highest task metric another one may be and still count as equal."""
    return min(max(baseline.get("auc_error", 0.0), RESOLUTION), MAX_AUC_DROP / 2)


def _agrees_alike(metrics: Metrics, highest: float) -> bool:
    """Tell whether agreement is as high as the highest up to chance."""
    texts = metrics.get("effective_examples")
    if texts is None or "agreement" not in metrics:
        return False
    return _differ_by_chance((1 - metrics["agreement"]) * texts, (1 - highest) * texts)


def _differ_by_chance(count: float, least: float) -> bool:
    """Tell whether a count is above the least by no more than their difference's standard error."""
    return count - least <= math.sqrt(count + least) + _ROUNDING


def _first(names: Sequence[str], metrics: Metrics) -> str | None:
    return next((name for name in names if name in metrics), None)


def pareto_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Return for each point whether no other point beats it.

    A point is a pair of numbers: the first should be low, the second high. A point beats another if
    it is at least as good in both and better in one.
    """
    return [
        not any(
            low <= point[0] and high >= point[1] and (low, high) != point for low, high in points
        )
        for point in points
    ]
