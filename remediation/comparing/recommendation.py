"""Which of the compared techniques to use, and why; or that none is needed, or none helps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenhand.remediation.comparing.summary import Compared
from evenhand.remediation.judging.metric_labels import IN_SENTENCES
from evenhand.remediation.judging.p_values import mcnemar
from evenhand.remediation.judging.several_labels import by_label, pairs_in_words
from evenhand.remediation.judging.trade_off import Metrics, TradeOff, share_metric, task_metric
from evenhand.remediation.judging.warning_signs import RARER_DECISION
from evenhand.remediation.judging.wilson import wilson_uppers
from evenhand.remediation.judging.wording import counted, percent

Decision = Literal["recommended", "no remedy needed", "none of these helps"]

_SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Recommendation:
    """What to do.

    Attributes:
        decision: What was decided.
        picked: Index of the recommended technique; None for the other two decisions.
        reason: Why: sentences.
    """

    decision: Decision
    picked: int | None
    reason: str


def recommended(
    compared: Sequence[Compared], baseline: Metrics, rule: TradeOff, enough: float
) -> Recommendation:
    """Return what to do, judged on test data.

    The baseline needs no remedy if the upper end of its flip rate's 95 % interval (Wilson, at the
    effective number of pairs) is below `enough`, and it does not decide nearly all texts alike.
    Otherwise the rule of
    `evenhand.remediation.judging.trade_off` picks among the techniques, by their means over seeds.
    Those without a model within the limits on the held-out examples, with any seed, are left out.
    The one picked has to have fewer flips than the baseline: more pairs mended than newly flipped,
    by more than chance (an exact McNemar test at 5 %), and a mean below the baseline's by more than
    the seeds explain.

    Args:
        compared: The techniques.
        baseline: The baseline's metrics on the same data.
        rule: What a repair may cost.
        enough: The flip rate that is low enough.
    """
    flips = f"{counted(int(baseline['n_flips']), 'flip')} in {pairs_in_words(baseline)}"
    n = baseline["effective_pairs"]
    upper = float(wilson_uppers(np.array([baseline["flip_rate"]]), np.array([n]))[0]) if n else 1.0
    if upper < enough:
        return _without_remedy(baseline, flips, upper)
    within = [each for each in compared if not each.beyond_limits]
    left_out = _left_out([each.name for each in compared if each.beyond_limits])
    means, names = [_counted(each.mean) for each in within], [each.name for each in within]
    picked = rule.best(means, baseline)
    if picked is None:
        why = rule.reason(means, baseline, names) if within else "nothing keeps the limits"
        reason = f"None of these helps: {why}.{left_out}"
        return Recommendation("none of these helps", None, reason)
    best = within[picked]
    if not _has_fewer_flips(best, baseline):
        reason = (
            "None of these helps: none that keeps the limits has fewer flips than the baseline "
            f"({flips}) by more than chance and the seeds explain.{left_out}"
        )
        return Recommendation("none of these helps", None, reason)
    reason = f"Use {best.name}: {rule.reason(means, baseline, names)}.{left_out}"
    sentences = [reason, *_doubts(best, within, baseline)]
    return Recommendation("recommended", compared.index(best), " ".join(sentences))


def _left_out(names: Sequence[str]) -> str:
    """Return a sentence, after a space, on techniques that break a limit before they are tested."""
    if not names:
        return ""
    return f" Left out, as they break a limit on the held-out examples: {', '.join(names)}."


def _without_remedy(baseline: Metrics, flips: str, upper: float) -> Recommendation:
    rarer = max(map(_rarer, by_label(baseline).values()))
    if rarer < RARER_DECISION:
        reason = (
            f"None of these helps: the baseline decides {percent(1 - rarer)} of the texts alike, "
            "and so cannot flip, whatever it has learnt."
        )
        return Recommendation("none of these helps", None, reason)
    reason = (
        f"No remedy needed: the baseline has {flips}, a rate of at most {percent(upper)} at 95 % "
        "confidence."
    )
    return Recommendation("no remedy needed", None, reason)


def _rarer(metrics: Metrics) -> float:
    """Return the share of a label's rarer decision, 1 if it is not known."""
    share = share_metric(metrics)
    return 1.0 if share is None else min(metrics[share], 1 - metrics[share])


def _counted(mean: Metrics) -> Metrics:
    """Return means with whole numbers of flips and pairs, for sentences."""
    return {**mean, **{name: round(mean[name]) for name in ("n_flips", "n_pairs")}}


def _has_fewer_flips(each: Compared, baseline: Metrics) -> bool:
    fewer = baseline["flip_rate"] - each.mean["flip_rate"]
    if fewer <= each.half_width.get("flip_rate", 0.0):
        return False
    informed = min(baseline["effective_pairs"] / baseline["n_pairs"], 1.0)
    mended, new = (round(each.mean[f"n_flips_{way}"] * informed) for way in ("mended", "new"))
    return mended > new and mcnemar(mended, new) <= _SIGNIFICANCE


def _doubts(best: Compared, compared: Sequence[Compared], baseline: Metrics) -> list[str]:
    """Return sentences on how sure the choice is."""
    task = task_metric(baseline)
    alike = [
        each.name
        for each in compared
        if each is not best
        and not any(_differ(each, best, metric) for metric in ("flip_rate", task))
    ]
    sentences = []
    if alike:
        sentences.append(
            f"By flip rate and {IN_SENTENCES[task]}, the seeds do not tell it from "
            f"{' and '.join(alike)}."
        )
    if len(best.runs) == 1:
        sentences.append("It was trained once: how much chance is in this, only more seeds tell.")
    return sentences


def _differ(one: Compared, other: Compared, metric: str) -> bool:
    """Return whether the means of two techniques differ by more than their seeds explain."""
    spread = math.hypot(one.half_width.get(metric, 0.0), other.half_width.get(metric, 0.0))
    return abs(one.mean[metric] - other.mean[metric]) > spread
