"""How many pairs a gate's rule on the flip rate needs, from numbers or for a dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import takes
from evenhand.data.remote.arguments import takes_urls
from evenhand.evaluation.planning.rate_limit import RateLimit
from evenhand.evaluation.report_options import PlanOptions
from evenhand.evaluation.reports.bounds import Bound
from evenhand.remediation.judging.wilson import LEVEL

if TYPE_CHECKING:
    from evenhand.data.dataset.on_disk import CounterfactualDataset


@dataclass(frozen=True)
class PlannedSize:
    """What the rule decides with a number of pairs.

    Attributes:
        slice: The slice of the dataset, or None if the number was given.
        pairs: Number of pairs.
        effective_pairs: Effective number of texts that they come from, as in reports; `pairs` if
            the number was given. What follows is for the whole number below it.
        most_flips: The most flips with which the rule is met; None if none is too many.
        pass_chance: Chance that it is met at the true rate.
        passes_up_to: The highest true rate at which it is met with the wanted chance, if any.
        fails_from: The lowest true rate at which it is not met with that chance, if any: the
            smallest one that these pairs detect.
    """

    slice: str | None
    pairs: int
    effective_pairs: float
    most_flips: int | None
    pass_chance: float
    passes_up_to: float | None
    fails_from: float | None


@dataclass(frozen=True)
class PairPlan:
    """How many pairs a rule needs, and what it decides with those that there are.

    Attributes:
        max: The rule's limit.
        bound: What it compares: the flip rate's "value", or an "upper" or "lower" end.
        rate: The true flip rate that is planned for.
        power: The wanted chance of deciding rightly.
        level: Confidence level of the interval.
        fewest_pairs: The fewest pairs with which the rule can be met at all, by no flip.
        wanted: What is right at the true rate: to "pass" if it is below the limit, else to "fail".
        pairs_at_best: The fewest pairs with which the chance of that is at least `power`, although
            with a few more it may be lower again, as the most flips allowed are a whole number.
        pairs_needed: The fewest pairs from which on the chance of that is at least `power` with
            any number of pairs; None if the rate is the limit, or more than ten million might be
            needed; then `pairs_at_best` is None, too.
        sizes: What the rule decides with the numbers of pairs that were given, or in each slice of
            the dataset, or with `pairs_needed`.
    """

    max: float
    bound: Bound
    rate: float
    power: float
    level: float
    fewest_pairs: int
    wanted: Literal["pass", "fail"]
    pairs_at_best: int | None
    pairs_needed: int | None
    sizes: tuple[PlannedSize, ...]

    def as_document(self) -> dict[str, Any]:
        """Return it in a form that JSON takes."""
        return asdict(self)


@takes_urls()
@takes(PlanOptions)
def plan_pairs(data: str | Path | CounterfactualDataset | None = None, **options: Any) -> PairPlan:
    """Return how many pairs a gate's rule on the flip rate needs, and what it then decides.

    Counts are exact binomial ones for independent pairs of equal weight, with the Wilson interval
    that reports have for these. Several pairs of one text, which may flip together, count as one.
    A report's interval may be narrower than that, if they do not flip together, but it is never
    narrower than for as many texts without a flip.

    Args:
        data: A folder that `evenhand data build` wrote, or the opened dataset: its numbers of
            pairs, overall, by slice column and by group.
        **options: See `evenhand.evaluation.report_options.PlanOptions`; `max` has to be given.

    Raises:
        ConfigurationError: A number is out of range, or both `data` and `pairs` are given.
        InputError: The dataset is damaged or has no pairs.
    """
    chosen = PlanOptions(**options)
    if data is not None and chosen.pairs:
        raise ConfigurationError(
            "`data` and `pairs` both say how many pairs there are", remedy="give one of them"
        )
    limit = RateLimit(chosen.max, chosen.bound)
    rate = chosen.max / 2 if chosen.rate is None else chosen.rate
    needed = limit.pairs_needed(rate, chosen.power)
    sizes: list[tuple[str | None, int, float]]
    if data is not None:
        sizes = list(_sizes_of(data))
    else:
        given = chosen.pairs or ([] if needed is None else [needed])
        sizes = [(None, pairs, float(pairs)) for pairs in given]
    return PairPlan(
        max=chosen.max,
        bound=chosen.bound,
        rate=rate,
        power=chosen.power,
        level=LEVEL,
        fewest_pairs=int(limit.fewest_pairs()),
        wanted="pass" if rate <= chosen.max else "fail",
        pairs_at_best=limit.first_pairs(rate, chosen.power),
        pairs_needed=needed,
        sizes=tuple(_planned(limit, rate, chosen.power, *size) for size in sizes),
    )


def _planned(
    limit: RateLimit, rate: float, power: float, slice_: str | None, pairs: int, effective: float
) -> PlannedSize:
    whole = math.floor(effective)
    flips = limit.most_flips(whole)
    return PlannedSize(
        slice=slice_,
        pairs=pairs,
        effective_pairs=effective,
        most_flips=flips if flips >= 0 else None,
        pass_chance=limit.pass_chance(whole, rate),
        passes_up_to=limit.passes_up_to(whole, power),
        fails_from=limit.fails_from(whole, power),
    )


def _sizes_of(data: str | Path | CounterfactualDataset) -> Iterator[tuple[str, int, float]]:
    """Yield each slice of a dataset with its pairs and their effective number, but no terms'."""
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.evaluation.inputs.dataset import read_dataset
    from evenhand.evaluation.inputs.tables import TERM
    from evenhand.remediation.judging.effective_size import Texts, effective_size

    found = read_dataset(CounterfactualDataset.opened(data))
    for slice_ in found.evidence():
        if slice_.name.startswith(f"{TERM}="):
            continue
        example = found.pairs.example[slice_.pairs]
        weights = found.examples.weights[example]
        effective = effective_size(Texts(example).sums(weights)) if len(example) else 0.0
        # sums of squares may lie beside the whole number by rounding
        yield slice_.name, len(example), round(effective, 6)
