"""Do two models flip equally often? McNemar's test overall, and by slice with adjustment."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import betaincinv

from evenhand.data.support.arrays import Flags, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.reports.report import OVERALL, MetricValue, PairedTest
from evenhand.remediation.judging.p_values import Adjustment, adjusted, mcnemar
from evenhand.remediation.judging.wilson import LEVEL
from evenhand.remediation.outputs.decisions import flips


class ScoredLabel(NamedTuple):
    """What is tested: two models' scores for one label, or for the only one.

    Attributes:
        data: The examples and pairs.
        candidate: The candidate's scores.
        baseline: The baseline's scores.
        thresholds: The candidate's decision threshold, and the baseline's.
    """

    data: EvaluationData
    candidate: ModelScores
    baseline: ModelScores
    thresholds: tuple[float, float]


def paired_tests(
    labels: Sequence[ScoredLabel], *, min_pairs: int, adjust: Adjustment = "holm"
) -> list[tuple[PairedTest, ...]]:
    """Return McNemar's test of every slice that has a pair, for each label.

    Args:
        labels: What is tested.
        min_pairs: Slices with fewer pairs are tested, but not counted in the adjustment. That is
            valid, because the number of pairs does not depend on the scores.
        adjust: How the p-values of slices are adjusted for their number.

    The test over all pairs answers whether the models differ at all, and is adjusted for the number
    of labels alone. The tests of slices answer where they differ, and are adjusted for their
    number, over all labels. Slices with the same pairs count as one test, if of the same label.
    """
    tests: list[list[PairedTest]] = [[] for _ in labels]
    of_overall: dict[object, list[tuple[int, int]]] = {}
    of_slices: dict[object, list[tuple[int, int]]] = {}
    for number, tested in enumerate(labels):
        found = tests[number]
        for slice_ in tested.data.evidence():
            if len(slice_.pairs) >= max(min_pairs, 1):
                # overall is not adjusted with the slices, even if a slice has the same pairs
                family = of_overall if slice_.name == OVERALL else of_slices
                key = number, hashlib.sha256(slice_.pairs.tobytes()).digest()
                family.setdefault(key, []).append((number, len(found)))
            if len(slice_.pairs):
                found.append(_paired_test(slice_, tested))
    for family in (of_overall, of_slices):
        p_values = [tests[i][j].p_value for (i, j), *_ in family.values()]
        for same, p_value in zip(family.values(), adjusted(p_values, adjust), strict=True):
            for i, j in same:
                tests[i][j] = tests[i][j].model_copy(update={"p_adjusted": p_value})
    return [tuple(each) for each in tests]


class FlipsCompared(NamedTuple):
    """The numbers of units that flip on both sides, on one side alone, and on neither."""

    unit: Literal["pair", "example"]
    both: int
    only_first: int
    only_second: int
    neither: int


def flips_compared(first: Flags, second: Flags, example: Rows) -> FlipsCompared:
    """Count which of the same rows flip on each of two sides, such as under two models.

    If an example has several rows, they are not independent, and examples are counted: an example
    flips if any of its rows does.

    Args:
        first: Whether each row flips on one side, shape (m,).
        second: Whether each row flips on the other side, shape (m,).
        example: The example that each row is of, ascending, shape (m,), m > 0.
    """
    starts = np.flatnonzero(np.diff(example, prepend=-1))
    ours, theirs = (np.logical_or.reduceat(side, starts) for side in (first, second))
    return FlipsCompared(
        "pair" if len(starts) == len(example) else "example",
        int((ours & theirs).sum()),
        int((ours & ~theirs).sum()),
        int((theirs & ~ours).sum()),
        int((~ours & ~theirs).sum()),
    )


def _paired_test(slice_: Slice, tested: ScoredLabel) -> PairedTest:
    models = tested.candidate, tested.baseline
    ours, theirs = (
        flips(scores.originals[slice_.pairs], scores.counterfactuals[slice_.pairs], threshold)
        for scores, threshold in zip(models, tested.thresholds, strict=True)
    )
    unit, both, only_candidate, only_baseline, neither = flips_compared(
        ours, theirs, tested.data.pairs.example[slice_.pairs]
    )
    return PairedTest(
        slice=slice_.name,
        unit=unit,
        both=both,
        only_candidate=only_candidate,
        only_baseline=only_baseline,
        neither=neither,
        odds_ratio=_odds_ratio(only_candidate, only_baseline),
        p_value=mcnemar(only_candidate, only_baseline),
    )


def _odds_ratio(only_first: int, only_second: int) -> MetricValue:
    """Return the odds ratio of matched pairs, with an interval from the exact one of a share.

    That of the share is Clopper and Pearson's.
    """
    discordant = only_first + only_second
    if not discordant:
        return MetricValue(value=None)
    tail = (1 - LEVEL) / 2
    low = betaincinv(only_first, only_second + 1, tail) if only_first else 0.0
    high = betaincinv(only_first + 1, only_second, 1 - tail) if only_second else 1.0
    return MetricValue(
        value=_odds(only_first / discordant),
        lower=_odds(float(low)),
        upper=_odds(float(high)),
        interval="exact",
    )


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf
