"""Confidence intervals of rates if rows differ in weight or several rows come from one text.

They are score intervals (`score_intervals`) for the effective number of rows: the number of equal,
independent rows with the same information. It is the smaller of two numbers:

- Kish's effective number of rows, (Σw)² / Σw², from the weights alone (Kish 1965);
- the number of rows divided by the design effect: p(1 - p) over the variance of the rate, for which
  the unit is a text with all of its rows. It is small if a text's rows flip together, or if heavy
  texts flip.

If few rows flip, neither number shows how the rows of a text depend on each other. So no interval
is narrower than the interval of no flips among as many rows as there are texts. And fewer flips
never give a higher upper end: it is the highest of the ends that the heaviest flips alone would
have. With equal weights and one row per text the results are Wilson's and Tango's own intervals,
and nearly equal weights change them very little.
"""

from __future__ import annotations

import math

import numpy as np

from evenhand.data.support.arrays import Floats
from evenhand.evaluation.measures.score_intervals import (
    Interval,
    newcombe,
    tango,
    wilson,
)
from evenhand.remediation.judging.effective_size import Texts, effective_size
from evenhand.remediation.judging.wilson import wilson_uppers

# From this effective number of counted texts on, no part of them has a higher end than all of them:
# if rates are low, k texts that weigh s on average have the end s(k + z²/2 + z√(k + z²/4)), and
# the weights of a part add up to at most sk, their squares to at most s²k.
_MANY = 25
_ROUNDING = 1e-12


def rate_interval(values: Floats, weights: Floats, texts: Texts) -> Interval:
    """Return the interval of a rate.

    Args:
        values: From 0 to 1, shape (m,).
        weights: At least 0 and not all 0, shape (m,).
        texts: The text that each row comes from.
    """
    weights = weights / weights.max()
    rows = effective_size(weights)
    total, counted = texts.sums(weights), texts.sums(weights * values)
    weighs = total > 0
    total, counted = total[weighs], np.clip(counted[weighs], 0, total[weighs])
    return Interval(
        1 - _upper_end(total - counted, total, rows), _upper_end(counted, total, rows), "wilson"
    )


def paired_difference_interval(
    first: Floats, second: Floats, weights: Floats, texts: Texts
) -> Interval:
    """Return the interval of the difference of two rates over the same rows.

    Args:
        first: The rows' values of the first rate, from 0 to 1, shape (m,).
        second: The rows' values of the second rate, from 0 to 1, shape (m,).
        weights: The rows' weights, at least 0 and not all 0, shape (m,).
        texts: The text that each row comes from.
    """
    weights = weights / weights.max()
    shares = weights / weights.sum()
    change = first - second
    up, down = float(shares @ np.maximum(change, 0)), float(shares @ np.maximum(-change, 0))
    difference = up - down
    variance = float((texts.sums(shares * (change - difference)) ** 2).sum())
    spread = up + down - difference**2
    size = effective_size(weights)
    if spread > _ROUNDING and variance > _ROUNDING * spread:
        size = min(size, spread / variance)
    found = tango(up * size, down * size, size)
    # each side at least as long as if no row differed, scaled so that it stays within -1 and 1
    least = tango(0, 0, effective_size(texts.sums(weights))).upper * (1 - abs(difference))
    lower, upper = min(found.lower, difference - least), max(found.upper, difference + least)
    return Interval(max(-1.0, lower), min(1.0, upper), "tango")


def difference_interval(
    first: tuple[Floats, Floats], second: tuple[Floats, Floats], texts: Texts
) -> Interval:
    """Return the interval of the difference of two rates over different rows, such as precisions.

    Args:
        first: The first rate's values and weights for all rows, weight 0 for rows it is not over.
        second: The second rate's values and weights, likewise.
        texts: The text that each row comes from.
    """
    rates, intervals, influences = [], [], []
    for values, weights in (first, second):
        shares = weights / weights.max()
        shares = shares / shares.sum()
        rates.append(float(shares @ values))
        intervals.append(rate_interval(values, weights, texts))
        influences.append(texts.sums(shares * (values - rates[-1])))
    norms = math.sqrt(float((influences[0] ** 2).sum() * (influences[1] ** 2).sum()))
    correlation = float(influences[0] @ influences[1]) / norms if norms > 0 else 0.0
    return newcombe(rates[0], intervals[0], rates[1], intervals[1], correlation)


def _upper_end(counted: Floats, total: Floats, rows: float) -> float:
    """Return the upper end of the interval of a rate.

    Args:
        counted: Weight of the rows of each text that the rate counts, shape (k,).
        total: Weight of all rows of each text, above 0, shape (k,).
        rows: Effective number of rows.
    """
    least = wilson(0, effective_size(total)).upper
    some = counted > 0
    if not some.any():
        return least
    counted, own = counted[some], total[some]
    weight, squares = float(total.sum()), float(total @ total)
    rate = float(counted.sum()) / weight
    if rate > 1 - _ROUNDING:
        return 1.0
    # first all texts, then the one that raises the variance most, the two that do, and so on
    parts = [np.array([[counted.sum()], [counted @ counted], [counted @ own]])]
    if counted.sum() ** 2 < _MANY * (counted @ counted):
        for key in (counted, counted - 2 * rate * own):
            order = np.argsort(-key, kind="stable")
            first, of = counted[order], own[order]
            parts.append(np.cumsum([first, first**2, first * of], axis=1))
    count, second, products = np.concatenate(parts, axis=1)
    rates = count / weight
    variance = (second - 2 * rates * products + rates**2 * squares) / weight**2
    size = np.full(len(rates), rows)
    varies = variance > _ROUNDING * rates
    size[varies] = np.minimum(rows, (rates * (1 - rates))[varies] / variance[varies])
    return min(1.0, max(least, float(wilson_uppers(rates, size).max())))
