"""Flip rates of rare terms, drawn towards the rate of all terms as far as chance asks for it.

Of a term that stands in five texts, of which one flips, the rate of 20 % says little; the other
terms say what to expect. Here the terms' true rates are taken for draws from one beta distribution.
Its mean is the rate of all terms together. How many pairs it counts as much as, so how strongly
terms are drawn together, is not known: sizes from one pair to as many as all terms have are tried,
with a prior that is even in 1/√size, and weighed by the beta-binomial likelihood of the terms' own
flips (Gelman et al. 2013, "Bayesian Data Analysis", chapter 5, on a grid). A term's pooled rate is
its mean given all that, and the interval the middle 95 %.

A pooled rate is an estimate for ranking terms and for expecting what is to come. What was counted
is the flip rate itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.data.support.arrays import Floats
from evenhand.evaluation.reports.metric_specs import POOLED_FLIP_RATE
from evenhand.evaluation.reports.report import MetricValue, SliceReport
from evenhand.remediation.judging.wilson import LEVEL

LEAST_TERMS = 3
_TERM = "term="
_GRID = 60  # sizes of the prior
_HALVINGS = 40  # of the interval from 0 to 1


def with_pooled_rates(slices: Sequence[SliceReport]) -> tuple[SliceReport, ...]:
    """Return a model's slices, those of terms with their pooled flip rates.

    There are none if fewer than `LEAST_TERMS` terms have a flip rate.
    """
    known = [
        each
        for each in slices
        if each.slice.startswith(_TERM) and each.metrics["flip_rate"].value is not None
    ]
    pairs = [each.effective_pairs or each.n_pairs for each in known]
    rates = [each.metrics["flip_rate"].value or 0.0 for each in known]
    if len(known) < LEAST_TERMS:
        return tuple(slices)
    pooled = dict(zip((each.slice for each in known), pooled_rates(rates, pairs), strict=True))
    return tuple(
        each.model_copy(update={"metrics": {**each.metrics, POOLED_FLIP_RATE: pooled[each.slice]}})
        if each.slice in pooled
        else each
        for each in slices
    )


def pooled_rates(rates: Sequence[float], sizes: Sequence[float]) -> list[MetricValue]:
    """Return the pooled rates of several terms, with intervals.

    Args:
        rates: Each term's rate, from 0 to 1.
        sizes: Its effective number of pairs, above 0.
    """
    import numpy as np
    from scipy.special import betainc, betaln

    pairs = np.asarray(sizes, dtype=np.float64)[:, None]
    flips = np.clip(np.asarray(rates)[:, None] * pairs, 0, pairs)
    total = pairs.sum()
    mean = (flips.sum() + 0.5) / (total + 1)  # never 0 or 1, about which nothing is sure
    prior = np.geomspace(1, max(total, 2), _GRID)
    a, b = mean * prior + flips, (1 - mean) * prior + pairs - flips  # a row for each term
    likelihood = (betaln(a, b) - betaln(mean * prior, (1 - mean) * prior)).sum(axis=0)
    likelihood -= np.log(prior) / 2  # even in 1/√size, on a grid that is even in log(size)
    weights = np.exp(likelihood - likelihood.max())
    weights /= weights.sum()
    values = (a / (a + b)) @ weights

    def end(share: float) -> Floats:
        """Return by bisection what the rate of each term is below with a probability."""
        low, high = np.zeros(len(values)), np.ones(len(values))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            above = betainc(a, b, middle[:, None]) @ weights >= share
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return high

    return [
        MetricValue(
            value=value,
            lower=min(lower, value),
            upper=max(upper, value),
            interval="beta_binomial",
        )
        for value, lower, upper in zip(
            values.tolist(),
            end((1 - LEVEL) / 2).tolist(),
            end((1 + LEVEL) / 2).tolist(),
            strict=True,
        )
    ]
