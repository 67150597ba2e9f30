"""Counts what checks have found in pairs, and keeps the first pairs of each as examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from evenhand.data.dataset.quality import LengthRatios, PairQuality

_HUNDREDTHS = 100  # ratios of lengths are counted to two decimals
_LARGEST = 100_000  # and as one number beyond this


class CheckedPair(NamedTuple):
    """A pair and its place.

    Attributes:
        row: The number of the row in the file, or of the pair in the dataset, from 1.
        id: Its id; None where there are none.
        original: The original.
        counterfactual: The counterfactual.
    """

    row: int
    id: str | None
    original: str
    counterfactual: str


class PairTally:
    """What checks have found so far.

    Args:
        checks: The names of the checks that are made, in the order in which they are shown.
        grammar: Those of them that count as errors of grammar.
        examples: How many pairs to keep of each.
    """

    def __init__(self, checks: Iterable[str], *, grammar: Iterable[str], examples: int = 0) -> None:
        self._grammar = frozenset(grammar)
        self._most = examples
        self._checked = self._errors = self._outside = 0
        self._faults = dict.fromkeys(checks, 0)
        self._ratios: Counter[int] = Counter()
        self._examples: dict[str, list[CheckedPair]] = {name: [] for name in self._faults}

    def add(self, pair: CheckedPair, faults: Iterable[str]) -> None:
        """Count a pair with the names of the checks that found something in it."""
        self._checked += 1
        has_error = False
        for name in faults:
            self._faults[name] += 1
            has_error = has_error or name in self._grammar
            if len(self._examples[name]) < self._most:
                self._examples[name].append(pair)
        self._errors += has_error
        before, after = len(pair.original), len(pair.counterfactual)
        self._outside += after * 2 < before or after > before * 2
        ratio = after * _HUNDREDTHS / before if before else _LARGEST if after else _HUNDREDTHS
        self._ratios[min(round(ratio), _LARGEST)] += 1

    @property
    def examples(self) -> Mapping[str, tuple[CheckedPair, ...]]:
        """The first pairs that each check found something in, by its name."""
        return {name: tuple(pairs) for name, pairs in self._examples.items()}

    def quality(self) -> PairQuality:
        """Return the counts."""
        return PairQuality(
            checked=self._checked,
            grammar_errors=self._errors,
            faults=dict(self._faults),
            length_ratios=self._length_ratios() if self._checked else None,
        )

    def _length_ratios(self) -> LengthRatios:
        return LengthRatios(
            median=self._ratio_at(0.5),
            p5=self._ratio_at(0.05),
            p95=self._ratio_at(0.95),
            outside=self._outside / self._checked,
        )

    def _ratio_at(self, share: float) -> float:
        """Return the smallest ratio that this share of the pairs does not exceed."""
        seen = 0
        for ratio in sorted(self._ratios):
            seen += self._ratios[ratio]
            if seen >= share * self._checked:
                break
        return ratio / _HUNDREDTHS
