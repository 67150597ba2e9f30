"""What `evenhand try` shows: each text with its counterfactuals, scores and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.cli.results.data_tables import difference_of
from evenhand.cli.terminal import console

if TYPE_CHECKING:
    from evenhand.evaluation.tried_texts import Decided, TriedText, TriedTexts


def show_tried(tried: TriedTexts) -> None:
    """Print a table for each text, and what came of all."""
    for each in tried.texts:
        _show_text(each, tried.method, has_scores=tried.model is not None)
    pairs = "1 pair" if tried.pairs == 1 else f"{tried.pairs} pairs"
    if tried.model is None:
        is_other = any(each.pairs and each.reason for each in tried.texts)
        console.write_stdout(f"{pairs}." if is_other else f"{pairs} by the method {tried.method}.")
        return
    verb = "flips" if 1 in (tried.flips, tried.pairs) else "flip"
    at = "" if tried.threshold is None else f" at the threshold {tried.threshold:g}"
    console.write_stdout(f"{tried.flips} of {pairs} {verb}{at}.")
    console.write_stdout(f"Model: {tried.model}, outputs read as {tried.outputs}")


def _show_text(tried: TriedText, method: str, *, has_scores: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "text"):
        table.add_column(column)
    if has_scores:
        table.add_column("score", justify="right")
        table.add_column("decision")
    table.add_column("groups")
    table.add_row("original", Text(tried.text), *_said(tried.decided), "")
    for pair in tried.pairs:
        shown = difference_of(tried.text, pair.counterfactual, has_marks=not console.shows_colour())
        table.add_row(
            Text("flips", style="bold red") if pair.flips else "pair",
            shown,
            *_said(pair.decided),
            Text(", ".join(pair.groups)),
        )
    console.show(table)
    by = " or ".join(tried.paired_by)
    if tried.reason is not None and tried.pairs:
        console.write_stdout(
            f"Paired by {tried.paired_by[0]}: the method {method} makes no pair ({tried.reason})."
        )
    elif tried.reason is not None:
        console.write_stdout(f"No pair: {tried.reason}." + (f" Try --method {by}." if by else ""))
    console.write_stdout("")


def _said(decided: Decided | None) -> tuple[str, ...]:
    return () if decided is None else (f"{decided.score:.3f}", decided.decision)
