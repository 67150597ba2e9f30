"""What `evenhand data check` shows and writes: a table of what was found, and examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evenhand.cli.results.data_tables import difference_of
from evenhand.cli.terminal import console
from evenhand.data.support.markdown_text import escape_markdown, markdown_table

if TYPE_CHECKING:
    from evenhand.data.checking.check_pairs import PairCheckResult
    from evenhand.data.checking.pair_tally import CheckedPair

_CHARACTERS_WRITTEN = 300  # of a text, in Markdown


def show_pair_check(result: PairCheckResult) -> None:
    """Print what was found, and examples as differences."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Quality of pairs", title_justify="left")
    for column in ("check", "finds pairs with"):
        table.add_column(column)
    for column in ("pairs", "share"):
        table.add_column(column, justify="right")
    for name, definition, pairs, share in _rows(result):
        table.add_row(Text(name), Text(definition), pairs, share)
    console.show(table)
    for line in _sentences(result):
        console.write_stdout(line)
    _show_examples(result)


def render_pair_check(result: PairCheckResult) -> str:
    """Return what was found as Markdown."""
    rows = [[*map(escape_markdown, row[:2]), *row[2:]] for row in _rows(result)]
    lines = ["# Quality of pairs", ""]
    lines += markdown_table(("check", "finds pairs with", "pairs", "share"), rows, text_columns=2)
    lines += ["", *(f"{escape_markdown(line)}  " for line in _sentences(result))]
    shown = [
        [name, f"{pair.row}", escape_markdown(pair.id or ""), *map(_cut, _texts(pair))]
        for name, pairs in result.examples.items()
        for pair in pairs
    ]
    if shown:
        header = ("check", "row", "id", "original", "counterfactual")
        lines += ["", "## Examples", "", *markdown_table(header, shown, text_columns=5)]
    return "\n".join(lines) + "\n"


def _rows(result: PairCheckResult) -> Iterator[tuple[str, str, str, str]]:
    from evenhand.data.checking.pair_checks import CHECKS

    quality = result.quality
    definition = "at least one fault of grammar that the edit brought: those marked * below"
    yield "grammar errors", definition, *_counted(quality.grammar_errors, quality.checked)
    for name, count in quality.faults.items():
        check = CHECKS[name]
        mark = " *" if check.is_grammar else ""
        yield f"{name}{mark}", check.definition, *_counted(count, quality.checked)


def _counted(count: int, of: int) -> tuple[str, str]:
    return f"{count:,}", f"{count / of:.2%}"


def _sentences(result: PairCheckResult) -> Iterator[str]:
    quality = result.quality
    yield f"{quality.checked:,} pairs checked, with the lexicons {', '.join(result.lexicons)}."
    ratios = quality.length_ratios
    if ratios is not None:
        yield (
            f"Length of the counterfactual over that of its original: {ratios.median:.2f} in the "
            f"median, {ratios.p5:.2f} to {ratios.p95:.2f} for 90 % of the pairs; below 0.5 or "
            f"above 2 for {ratios.outside:.2%}."
        )
    if result.compared is not None:
        yield f"Compared for the model: {result.compared}."
    if result.fluency is not None:
        yield (
            f"Fluency changes by {result.fluency.mean:+.4g} on average; less_fluent counts losses "
            f"of more than {result.fluency.loss:g}."
        )
    for reason, rows in result.skipped.items():
        yield f"Left out: {reason} ({rows:,})."


def _show_examples(result: PairCheckResult) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Examples", title_justify="left", show_lines=True)
    for column in ("check", "row", "difference"):
        table.add_column(column)
    has_marks = not console.shows_colour()
    for name, pairs in result.examples.items():
        for pair in pairs:
            difference = difference_of(pair.original, pair.counterfactual, has_marks=has_marks)
            table.add_row(Text(name), str(pair.row), difference)
    if table.row_count:
        console.show(table)


def _texts(pair: CheckedPair) -> tuple[str, str]:
    return pair.original, pair.counterfactual


def _cut(text: str) -> str:
    shown = text if len(text) <= _CHARACTERS_WRITTEN else f"{text[:_CHARACTERS_WRITTEN]}…"
    return escape_markdown(shown)
