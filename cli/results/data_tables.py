"""What `evenhand data build` shows: coverage, pairs as differences, rows that were left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evenhand.cli.terminal import console
from evenhand.data.support.word_changes import word_changes

if TYPE_CHECKING:
    from rich.text import Text

    from evenhand.data.dataset.manifest import Counts, Manifest

_TERMS_SHOWN = 20  # in the coverage table; the manifest and the card hold all
_BAD_ROWS_SHOWN = 10
_CHARACTERS_SHOWN = 600  # of a text, which may be a megabyte long
_REMOVED, _ADDED = "red strike", "green"


def show_coverage(counts: Counts) -> None:
    """Print the numbers of examples and pairs, by group and by term, and what was left out."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Coverage", title_justify="left")
    table.add_column("what")
    table.add_column("rows", justify="right")
    table.add_column("share", justify="right")

    def add(what: str, rows: int, of: int) -> None:
        table.add_row(Text(what), f"{rows:,}", f"{rows / of:.1%}" if of else "")

    add("examples", counts.examples, counts.examples)
    each = f"{counts.pairs / counts.examples:.2f} an example" if counts.examples else ""
    table.add_row(Text("pairs"), f"{counts.pairs:,}", each)
    table.add_section()
    for group, pairs in counts.by_group.items():
        add(f"pairs of group {group}", pairs, counts.pairs)
    table.add_section()
    for term, pairs in list(counts.by_term.items())[:_TERMS_SHOWN]:
        add(f"pairs with {term!r}", pairs, counts.pairs)
    if len(counts.by_term) > _TERMS_SHOWN:
        table.add_row(Text(f"and {len(counts.by_term) - _TERMS_SHOWN} more terms"), "", "")
    if counts.skipped:
        table.add_section()
    for reason, rows in counts.skipped.items():
        add(f"left out: {reason}", rows, 0)
    console.show(table)


def show_controls(manifest: Manifest) -> None:
    """Print how many control pairs there are, and why some pairs have none; nothing without any."""
    controls = manifest.controls
    if controls is None:
        return
    console.write_stdout(f"Control pairs: {controls.pairs:,} of {manifest.counts.pairs:,} pairs")
    for reason, pairs in controls.missing.items():
        console.write_stdout(f"Without a control: {pairs:,}: {reason}")


def show_pairs(pairs: list[dict[str, Any]]) -> None:
    """Print pairs as differences: words that are only in the original, then what replaces them.

    With colours they are red and green, without colours ``[-she-]`` and ``{+he+}``.
    """
    from rich.table import Table
    from rich.text import Text

    if not pairs:
        return
    has_marks = not console.shows_colour()
    table = Table(title="First pairs", title_justify="left", show_lines=True)
    table.add_column("id", overflow="fold")
    table.add_column("difference")
    table.add_column("terms")
    for pair in pairs:
        difference = difference_of(pair["original"], pair["counterfactual"], has_marks=has_marks)
        table.add_row(Text(pair["id"]), difference, Text(", ".join(pair["terms"])))
    console.show(table)


def warn_of_bad_rows(manifest: Manifest) -> None:
    """Write the first rows that could not be used to stderr."""
    warn_of_rows(manifest.bad_rows, counted="; the manifest counts them")


def warn_of_rows(rows: Sequence[str], *, counted: str = "") -> None:
    """Write the first of these rows to stderr, and that there are more."""
    for line in rows[:_BAD_ROWS_SHOWN]:
        console.write_stderr(f"Left out: {line}")
    if len(rows) > _BAD_ROWS_SHOWN:
        console.write_stderr(f"Left out: more rows{counted}")


def difference_of(original: str, counterfactual: str, *, has_marks: bool) -> Text:
    """Return both texts as one, with their differences by word; long texts are cut."""
    from rich.text import Text

    shown = Text()
    texts = (text[:_CHARACTERS_SHOWN] for text in (original, counterfactual))
    for removed, added in word_changes(*texts):
        if removed == added:
            shown.append(removed)
            continue
        if removed:
            shown.append(f"[-{removed}-]" if has_marks else removed, style=_REMOVED)
        if added:
            shown.append(f"{{+{added}+}}" if has_marks else added, style=_ADDED)
    if len(original) > _CHARACTERS_SHOWN or len(counterfactual) > _CHARACTERS_SHOWN:
        shown.append(" …")
    return shown
