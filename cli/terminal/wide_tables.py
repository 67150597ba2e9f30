"""Shows tables that may be wider than the terminal in parts, each with the columns of names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from evenhand.cli.terminal import console

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


class Column(NamedTuple):
    """A column of a table: its heading, and a cell for each row."""

    heading: str
    cells: Sequence[Text | str]
    justify: Literal["left", "right"] = "right"


def show_columns(
    keys: Sequence[Column],
    others: Sequence[Column],
    *,
    title: str | None = None,
    dim: Collection[int] = (),
) -> None:
    """Write a whole table to stdout: columns that do not fit follow below, in another part.

    Args:
        keys: The columns that say what a row is about; every part begins with them.
        others: The other columns, at least one.
        title: Shown above the first part.
        dim: Numbers of the rows to show dim.
    """
    for part in _parts(keys, others, console.table_width()):
        console.show(_table(keys, part, title, dim))
        title = None


def _parts(
    keys: Sequence[Column], others: Sequence[Column], width: int
) -> Iterator[Sequence[Column]]:
    """Yield as many columns at a time as fit beside the keys, but at least one.

    There is a space between columns and at both edges. A long key is folded.
    """
    left = width - 1 - sum(min(_width(key), 2 * width // 5) + 1 for key in keys)
    part: list[Column] = []
    for column in others:
        if part and sum(_width(beside) + 1 for beside in [*part, column]) > left:
            yield part
            part = []
        part.append(column)
    yield part


def _width(column: Column) -> int:
    """Return the width of a column whose cells are not wrapped."""
    from rich.cells import cell_len

    cells = (column.heading, *map(str, column.cells))
    return max(cell_len(line) for cell in cells for line in cell.split("\n"))


def _table(
    keys: Sequence[Column], others: Sequence[Column], title: str | None, dim: Collection[int]
) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, padding=0, collapse_padding=True)
    for column in keys:
        table.add_column(Text(column.heading), justify=column.justify, overflow="fold")
    for column in others:
        table.add_column(Text(column.heading), justify=column.justify, no_wrap=True)
    rows = zip(*(column.cells for column in (*keys, *others)), strict=True)
    for number, row in enumerate(rows):
        table.add_row(*row, style="dim" if number in dim else None)
    return table
