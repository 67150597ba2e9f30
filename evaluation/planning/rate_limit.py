"""How many pairs a limit on a rate needs, and what it decides with how many: exact binomial counts.

Pairs are independent and weigh the same. The limit compares the rate, or an end of its Wilson
interval, as the gate does. For each number of pairs there is a greatest number of flips that keep
the limit. It rises in steps, so the chance of keeping the limit rises and falls like a saw's teeth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc, betaincinv, rel_entr

from evenhand.evaluation.reports.bounds import Bound
from evenhand.remediation.judging.wilson import QUANTILE, wilson_uppers

MOST_PAIRS = 10_000_000  # more are not looked for: nobody reads or scores that many


_TEETH = 1024  # that are looked at together
_STEP = 1.25  # factor by which a sufficient number of pairs is looked for
_SIDE = {"value": 0, "upper": -1, "lower": 1}


@dataclass(frozen=True)
class RateLimit:
    """A limit that a rate, or an end of its interval, may reach but not exceed.

    Attributes:
        max: The limit, above 0 and below 1.
        bound: What is compared with it: the rate itself ("value"), or the "upper" or "lower" end of
            its Wilson interval.
    """

    max: float
    bound: Bound = "value"

    def is_kept(self, flips: npt.NDArray[Any], pairs: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Return whether these numbers of flips in these numbers of pairs keep the limit."""
        rate = flips / pairs
        if self.bound == "upper":
            return np.asarray(wilson_uppers(rate, pairs) <= self.max)
        if self.bound == "lower":
            return np.asarray((flips == 0) | (1 - wilson_uppers(1 - rate, pairs) <= self.max))
        return np.asarray(rate <= self.max)

    def most_flips(self, pairs: int) -> int:
        """Return the greatest number of flips that keep it; -1 if even none breaks it."""
        if pairs < 1:
            return -1
        near = math.floor(pairs * self._greatest_rate(pairs))
        tried = np.arange(max(0, near - 2), max(0, min(pairs, near + 2)) + 1)
        kept = tried[self.is_kept(tried, np.array(pairs))]
        return int(kept[-1]) if len(kept) else -1

    def fewest_pairs(self, flips: npt.ArrayLike = 0) -> npt.NDArray[np.int64]:
        """Return the fewest pairs with which so many flips keep it; the same shape."""
        flips = np.asarray(flips, np.int64)
        root = (-self._reach + np.sqrt(self._reach**2 + 4 * self.max * flips)) / (2 * self.max)
        pairs = np.maximum(np.maximum(1, flips), np.ceil(root**2)).astype(np.int64)
        fewer = np.maximum(np.maximum(1, flips), pairs - 1)
        # rounding may have put the root just above or below a whole number
        pairs = np.where(self.is_kept(flips, fewer), fewer, pairs)
        return np.where(self.is_kept(flips, pairs), pairs, pairs + 1)

    def pass_chance(self, pairs: int, rate: float) -> float:
        """Return the chance that it is kept, if each pair flips with the chance `rate`."""
        flips = self.most_flips(pairs)
        return 0.0 if flips < 0 else float(bdtr(flips, pairs, rate))

    def passes_up_to(self, pairs: int, power: float) -> float | None:
        """Return the highest true rate at which it is kept with the chance `power`, if any."""
        flips = self.most_flips(pairs)
        if flips >= pairs > 0:
            return 1.0
        return None if flips < 0 else float(betaincinv(flips + 1, pairs - flips, 1 - power))

    def fails_from(self, pairs: int, power: float) -> float | None:
        """Return the lowest true rate at which it is broken with the chance `power`, if any."""
        flips = self.most_flips(pairs)
        if flips >= pairs > 0:
            return None
        return 0.0 if flips < 0 else float(betaincinv(flips + 1, pairs - flips, power))

    def pairs_needed(self, rate: float, power: float) -> int | None:
        """Return the fewest pairs from which on any number of them decides rightly.

        To decide rightly is to keep the limit at a true rate below it, and to break it at one above
        it, with a chance of at least `power`. A smaller number may do so, too, at the point of a
        saw's tooth; but then a few pairs more do not.

        Args:
            rate: The true rate, from 0 to 1.
            power: The chance, above 0 and below 1.

        Returns:
            None if the rate is the limit, or if `MOST_PAIRS` might not be enough.
        """
        enough = self._sufficient_pairs(rate, power)
        if enough is None:
            return None
        # the last tooth that falls below the power; the next tooth starts where one ends
        for stop in range(self.most_flips(enough) + 1, 0, -_TEETH):
            flips = np.arange(max(0, stop - _TEETH), stop)
            starts, ends = self.fewest_pairs(flips), self.fewest_pairs(flips + 1)
            lowest = np.maximum(ends - 1, flips) if rate < self.max else starts
            chance = (bdtr if rate < self.max else bdtrc)(flips, lowest, rate)
            low = np.flatnonzero((starts < ends) & ~(chance >= power))
            if len(low) and rate < self.max:
                return int(ends[low[-1]])
            if len(low):
                return self._in_tooth(int(flips[low[-1]]), enough, rate, power)
        return int(self.fewest_pairs()) if rate < self.max else 1

    def first_pairs(self, rate: float, power: float) -> int | None:
        """Return the fewest pairs that decide rightly, although a few more may not.

        See `pairs_needed`, than which it is never more, for what that is and when it is None.
        """
        needed = self.pairs_needed(rate, power)
        if needed is None or (rate > self.max and self.most_flips(1) < 0):
            return None if needed is None else 1
        for start in range(0, self.most_flips(needed) + 1, _TEETH):
            flips = np.arange(start, start + _TEETH)
            starts, ends = self.fewest_pairs(flips), self.fewest_pairs(flips + 1)
            highest = starts if rate < self.max else np.maximum(ends - 1, flips)
            chance = (bdtr if rate < self.max else bdtrc)(flips, highest, rate)
            high = np.flatnonzero((starts < ends) & (chance >= power))
            if len(high) and rate < self.max:
                return int(starts[high[0]])
            if len(high):
                return self._in_tooth(int(flips[high[0]]), needed, rate, power)
        return needed

    def _in_tooth(self, flips: int, enough: int, rate: float, power: float) -> int:
        """Return the fewest pairs of which more than `flips` flip with the chance `power`.

        No fewer than keep the limit with as many flips, and no more than one beyond these.
        """
        start, end = (int(self.fewest_pairs(each)) for each in (flips, flips + 1))
        tooth = np.arange(start, min(end, enough))
        return start + int(np.searchsorted(bdtrc(flips, tooth, rate), power))

    @property
    def _reach(self) -> float:
        """By what the greatest rate differs from the limit, times the root of the pairs."""
        return _SIDE[self.bound] * QUANTILE * math.sqrt(self.max * (1 - self.max))

    def _greatest_rate(self, pairs: float) -> float:
        """Return the greatest rate that keeps it: a Wilson interval is what a score test keeps."""
        return self.max + self._reach / math.sqrt(pairs)

    def _sufficient_pairs(self, rate: float, power: float) -> int | None:
        """Return a number of pairs that surely is enough, as is any greater one, or None.

        The chance that a share of flips is on the other side of `of` than the rate is at most
        exp(-pairs * divergence of `of` from the rate) (Chernoff 1952), and the divergence grows
        with the pairs.
        """
        pairs = 1
        while pairs <= MOST_PAIRS:
            ends = (self.max, self._greatest_rate(pairs))
            of = min(ends) if rate < self.max else max(ends)
            if (rate < of) if rate < self.max else (of < rate):
                divergence = float(rel_entr(of, rate) + rel_entr(1 - of, 1 - rate))
                if pairs * divergence >= -math.log1p(-power):
                    return self._fewer(pairs, rate, power)
            pairs = math.ceil(_STEP * pairs)
        return None

    def _fewer(self, pairs: int, rate: float, power: float) -> int:
        """Return fewer sufficient pairs, found in steps that are sufficient as a whole."""
        while pairs > 1:
            fewer = pairs - max(1, math.isqrt(pairs) // 4)
            if rate < self.max:
                flips = self.most_flips(fewer)
                least = bdtr(flips, pairs, rate) if flips >= 0 else 0
            else:
                flips = self.most_flips(pairs)
                least = bdtrc(flips, fewer, rate) if flips <= fewer else 0
            if not least >= power:
                break
            pairs = fewer
        return pairs
