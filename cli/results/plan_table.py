"""What `evenhand evaluate plan` shows: the pairs that a rule needs, and what it then decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.cli.terminal import console

if TYPE_CHECKING:
    from evenhand.evaluation.planning.plan import PairPlan

_NONE = "-"


def show_plan(plan: PairPlan) -> None:
    """Print a plan: the rule, the numbers of pairs it needs, and a row for each number asked of."""
    rule = f"flip_rate max = {plan.max:g}, bound = {plan.bound}"
    interval = "" if plan.bound == "value" else f" ({100 * plan.level:g} % interval)"
    console.write_stdout(f"Rule: {rule}{interval}")
    console.write_stdout(f"Fewest pairs that can pass, without a flip: {plan.fewest_pairs:,}")
    console.write_stdout(_needed(plan))
    if plan.sizes:
        console.write_stdout("")
        _show_sizes(plan)


def _needed(plan: PairPlan) -> str:
    words = (
        f"Pairs for a chance of {_power(plan)} % to {plan.wanted} at a true rate of {plan.rate:g}: "
    )
    if plan.rate == plan.max:
        return f"{words}none; a rate at the limit is decided by chance, however many there are"
    if plan.pairs_needed is None:
        return f"{words}millions; the rate is too close to the limit"
    if plan.pairs_at_best == plan.pairs_needed:
        return f"{words}{plan.pairs_needed:,}"
    return f"{words}{plan.pairs_needed:,} or any more ({plan.pairs_at_best:,} at best)"


def _show_sizes(plan: PairPlan) -> None:
    """Print what the rule decides with each number of pairs."""
    of_data = any(size.slice is not None for size in plan.sizes)
    headings = (
        *(("slice",) if of_data else ()),
        "pairs",
        *(("effective",) if of_data else ()),
        "flips allowed",
        f"passes at {plan.rate:g}",
        "passes up to",
        "fails from",
    )
    rows = []
    for size in plan.sizes:
        numbers = [_NONE] * 4
        if size.most_flips is not None:
            rates = (size.passes_up_to, size.fails_from)
            numbers = [f"{size.most_flips:,}", f"{size.pass_chance:.1%}"]
            numbers += [_NONE if rate is None else f"{rate:.3%}" for rate in rates]
        beside = [size.slice or "", f"{size.pairs:,}", f"{size.effective_pairs:,.0f}"]
        rows.append([*(beside if of_data else beside[1:2]), *numbers])
    console.show_plain_table(headings, rows)
    console.write_stdout(
        f"Passes up to, and fails from: these true rates, with a chance of {_power(plan)} %."
    )
    if any(size.most_flips is None for size in plan.sizes):
        console.write_stdout(f"{_NONE}: too few pairs; the rule cannot pass, even without a flip.")
    if of_data:
        console.write_stdout(
            "Pairs of one text count as one here, as they may flip together (effective)."
        )


def _power(plan: PairPlan) -> str:
    return f"{100 * plan.power:.10g}"
