"""Group fairness: how far the rates of a column's groups lie apart.

Counterfactual fairness asks what a model decides about the same text with another identity. Group
fairness asks how often it decides positive about the texts of one group and of another, which may
differ in much else. The definitions and names are those of Fairlearn:

- demographic parity: the groups' rates of positive decisions (`flagged_rate`) are the same;
- equal opportunity: their true positive rates are;
- equalized odds: their true positive rates and their false positive rates are (Hardt et al. 2016,
  "Equality of Opportunity in Supervised Learning").

Each has the difference of the largest and the smallest rate, the ratio of the smallest to the
largest, and the p-value of a chi-square test of whether the rates are the same (`spread_test`). Of
equalized odds they are the larger difference, the smaller ratio, and the p-value of both tests
together, which are of different examples.

The interval of a difference comes from Newcombe's interval (1998) of each two groups, that of a
ratio from the intervals of Donner and Zou (2012, "Closed-form confidence intervals for functions
of the normal mean and standard deviation"), which are their counterpart for ratios; both are made
of the groups' Wilson intervals. The true difference is that of two of the groups, whichever these
are. So the highest of the upper ends is an upper end for it. The highest of the lower ends is a
lower end if all of them hold together, for which they are adjusted by Bonferroni's method. Of two
groups it is the interval of their difference, without its sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from evenhand.data.support.arrays import Flags, Floats
from evenhand.evaluation.derived.effective_rows import effective_rows
from evenhand.evaluation.derived.spread_test import ChiSquare, chi_square_of_rates
from evenhand.evaluation.reports.metric_specs import COLUMN_METRICS, FAIRNESS_RATES
from evenhand.evaluation.reports.report import ColumnReport, Method, MetricValue, SliceReport
from evenhand.remediation.judging.wilson import LEVEL, QUANTILE, wilson_uppers


def column_reports(
    slices: Sequence[SliceReport],
    columns: Sequence[str],
    suffixes: Sequence[str],
    least_examples: int,
) -> tuple[ColumnReport, ...]:
    """Return the group fairness of one model in each column that has slices.

    Args:
        slices: The model's slices, with the rates of `FAIRNESS_RATES`.
        columns: The columns.
        suffixes: The suffixes of metric names for the report's thresholds.
        least_examples: Groups with fewer examples are left out.
    """
    found = []
    for column in columns:
        groups = [each for each in slices if each.slice.startswith(f"{column}=")]
        if not groups:
            continue
        compared = [each for each in groups if each.n_examples >= least_examples]
        found.append(
            ColumnReport(
                column=column,
                groups=tuple(each.slice.partition("=")[2] for each in compared),
                left_out=tuple(
                    each.slice.partition("=")[2] for each in groups if each not in compared
                ),
                n_examples=sum(each.n_examples for each in compared),
                n_pairs=sum(each.n_pairs for each in compared),
                metrics=dict(_metrics(compared, suffixes)),
            )
        )
    return tuple(found)


class _Rate(NamedTuple):
    """One rate of several groups, each above nothing; shapes (k,)."""

    values: Floats
    sizes: Floats

    @classmethod
    def of(cls, groups: Sequence[SliceReport], name: str) -> _Rate:
        known = []
        for group in groups:
            metric = group.metrics.get(name)
            size = None if metric is None else effective_rows(metric, QUANTILE)
            if metric is not None and metric.value is not None and size is not None:
                known.append((metric.value, float(size)))
        values, sizes = np.array(known, dtype=np.float64).reshape(-1, 2).T
        return cls(values, sizes)

    @property
    def pairs(self) -> int:
        """The number of pairs of groups."""
        return len(self.values) * (len(self.values) - 1) // 2

    @property
    def others(self) -> Flags:
        """Which of all (group, group) are two different groups, shape (k, k)."""
        return np.asarray(np.eye(len(self.values)) == 0)

    def chi_square(self) -> ChiSquare:
        return chi_square_of_rates(self.values.tolist(), self.sizes.tolist())

    def ends(self, quantile: float) -> tuple[Floats, Floats]:
        """Return both ends of the groups' Wilson intervals."""
        lowers = 1 - wilson_uppers(1 - self.values, self.sizes, quantile)
        uppers = wilson_uppers(self.values, self.sizes, quantile)
        return np.where(self.values > 0, lowers, 0), np.where(self.values < 1, uppers, 1)

    def difference(self) -> float:
        return float(self.values.max() - self.values.min())

    def difference_ends(self, quantile: float) -> tuple[float, float]:
        """Return the highest lower and the highest upper end of two groups' differences."""
        lowers, uppers = self.ends(quantile)
        down, up = self.values - lowers, uppers - self.values
        differences = self.values[:, None] - self.values
        lower = (differences - np.hypot(down[:, None], up))[self.others]
        upper = (differences + np.hypot(up[:, None], down))[self.others]
        return max(0.0, float(lower.max())), min(1.0, float(upper.max()))

    def ratio(self) -> float | None:
        most = self.values.max()
        return float(self.values.min() / most) if most > 0 else None

    def ratio_ends(self, quantile: float) -> tuple[float, float]:
        """Return the lowest lower and the lowest upper end of two groups' ratios."""
        lowers, uppers = self.ends(quantile)
        of_lower, of_upper = (end * (2 * self.values - end) for end in (lowers, uppers))
        product = self.values[:, None] * self.values

        def root(above: Floats, below: Floats) -> Floats:
            return np.asarray(np.sqrt(np.maximum(product**2 - above[:, None] * below, 0)))

        with np.errstate(divide="ignore", invalid="ignore"):
            lower = of_lower[:, None] / (product + root(of_lower, of_upper))
            upper = (product + root(of_upper, of_lower)) / of_lower
        # 0 / 0: a rate of 0 over one of anything is at least 0, and over one of 0 may be anything
        lower = np.nan_to_num(lower, nan=0.0)[self.others]
        upper = np.nan_to_num(upper, nan=np.inf)[self.others]
        return max(0.0, float(lower.min())), min(1.0, float(upper.min()))


def _metrics(
    groups: Sequence[SliceReport], suffixes: Sequence[str]
) -> Iterator[tuple[str, MetricValue]]:
    """Yield the metrics of a column by name."""
    for suffix in suffixes:
        for criterion, names in FAIRNESS_RATES.items():
            rates = [_Rate.of(groups, name + suffix) for name in names]
            for name, value in _of_criterion(criterion, rates).items():
                yield name + suffix, value


def _of_criterion(criterion: str, rates: Sequence[_Rate]) -> Mapping[str, MetricValue]:
    """Return the metrics of one criterion, which is kept if the groups agree in these rates."""
    names = [name for name in COLUMN_METRICS if name.startswith(criterion)]
    if any(len(rate.values) < 2 for rate in rates):
        return dict.fromkeys(names, MetricValue(value=None))
    tail = (1 - LEVEL) / 2 / sum(rate.pairs for rate in rates)
    adjusted = NormalDist().inv_cdf(1 - tail)
    tests = [rate.chi_square() for rate in rates]
    together = ChiSquare(sum(each.statistic for each in tests), sum(each.freedom for each in tests))
    ratios = [rate.ratio() for rate in rates]
    known = [ratio for ratio in ratios if ratio is not None]
    return {
        f"{criterion}_difference": _value(
            max(rate.difference() for rate in rates),
            max(rate.difference_ends(adjusted)[0] for rate in rates),
            max(rate.difference_ends(QUANTILE)[1] for rate in rates),
            "newcombe",
        ),
        f"{criterion}_ratio": _value(
            min(known),
            min(rate.ratio_ends(QUANTILE)[0] for rate in rates),
            min(rate.ratio_ends(adjusted)[1] for rate in rates),
            "donner_zou",
        )
        if known
        else MetricValue(value=None),
        f"{criterion}_p": MetricValue(value=together.p_value),
    }


def _value(value: float, lower: float, upper: float, method: Method) -> MetricValue:
    return MetricValue(
        value=value, lower=min(lower, value), upper=max(upper, value), interval=method
    )
