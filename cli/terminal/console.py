"""Writes to the terminal: errors and progress to stderr, tables and results to stdout.

With `--json` a command prints one JSON document on stdout through `write_json`, and nothing else
there. Text from data is always printed through `rich.text.Text` or `rich.markup.escape`, never as
markup.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from evenhand.cli.terminal.interrupts import interrupts
from evenhand.data.errors import EvenhandError
from evenhand.data.progress import Progress
from evenhand.data.support.printable import printable
from evenhand.data.urls import as_named

_FILE_WIDTH = 160  # columns that a table may take in a file or a pipe
_REDRAW_SECONDS = 30.0  # between progress lines if stderr is not a terminal


# Characters that a terminal acts on instead of showing them
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_loading_is_shown = False


def write_stdout(text: str) -> None:
    """Write a line of plain text to stdout."""
    _write(sys.stdout, text)


def write_stderr(text: str) -> None:
    """Write a line of plain text to stderr."""
    _write(sys.stderr, text)


def write_json(document: Any) -> None:
    """Write a command's result to stdout as one JSON document."""
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)
    # GitHub's runner reads "##[" anywhere in a line as a command. JSON has it in strings only.
    write_stdout(text.replace("##[", "##\\u005b"))


def show(renderable: Any) -> None:
    """Write a rich renderable, such as a Table, to stdout."""
    from rich.console import Console

    Console(file=sys.stdout, width=table_width()).print(_WithoutControls(renderable))


def table_width() -> int:
    """Return the width of `show` in characters: the terminal's, or more in a file or a pipe."""
    from rich.console import Console

    return Console(file=sys.stdout).width if sys.stdout.isatty() else _FILE_WIDTH


def show_text(text: Any) -> None:
    """Write a `rich.text.Text` to stdout, with colours if possible; in a file it is not wrapped."""
    from rich.console import Console

    soft = not sys.stdout.isatty()
    Console(file=sys.stdout).print(_WithoutControls(text), soft_wrap=soft)


class _WithoutControls:
    """Shows a renderable without control characters, which rich would print."""

    def __init__(self, renderable: Any) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from rich.segment import Segment

        for text, style, control in console.render(self._renderable, options):
            shown = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", printable(as_named(text)))
            yield Segment(shown, style, control)


def show_plain_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table to stdout as plain text in columns, without loading rich.

    It is for the gate, which must start fast. Characters that a terminal cannot show are replaced,
    so that a cell is always one line.
    """
    lines = [tuple(headings)] + [tuple(one_line(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        write_stdout("  ".join(cells).rstrip())


def one_line(text: str) -> str:
    """Return text with line ends, and other characters that a terminal cannot show, replaced."""
    return re.sub("[\t-\r]", "\N{REPLACEMENT CHARACTER}", printable(text))


def shows_colour() -> bool:
    """Return whether `show` prints colours."""
    from rich.console import Console

    console = Console(file=sys.stdout)
    return console.color_system is not None and not console.no_color


def show_error(lines: Sequence[str]) -> None:
    """Write an error to stderr: one to four lines, what happened first."""
    write_stderr("Error: " + "\n".join(lines))


def show_internal_error(error: Exception) -> None:
    """Write a defect of evenhand itself to stderr."""
    shown = EvenhandError(
        f"evenhand failed because of an unexpected error ({type(error).__name__}: {error})",
        remedy="run again with `evenhand --debug ...` and report what it prints",
    )
    show_error(shown.lines())


def tell_loading(what: str = "TensorFlow") -> None:
    """Say on a terminal what is being loaded, where that takes a second or more.

    The line gives way to whatever is shown next.
    """
    global _loading_is_shown
    if sys.stderr.isatty():
        clear_loading()
        sys.stderr.write(f"loading {what}")
        sys.stderr.flush()
        _loading_is_shown = True


def clear_loading() -> None:
    """Take the line that tells of loading away, before a line that goes past this module."""
    global _loading_is_shown
    if _loading_is_shown:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
        _loading_is_shown = False


@contextlib.contextmanager
def progress_bars() -> Iterator[Progress]:
    """Give a `Progress` that draws bars on stderr or, without a terminal, prints some lines."""
    if sys.stderr.isatty():
        with _terminal_bars() as report:
            yield report
    else:
        yield _PlainProgress()


@contextlib.contextmanager
def _terminal_bars() -> Iterator[Progress]:
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(bar_width=None),
        bars.TextColumn("{task.fields[count]}", markup=False),
        bars.TimeElapsedColumn(),
        bars.TimeRemainingColumn(),
        bars.TextColumn("{task.fields[note]}", markup=False),
    )
    drawn = bars.Progress(*columns, console=Console(file=sys.stderr))
    tasks: dict[str, bars.TaskID] = {}

    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        interrupts.raise_if_lost()
        if stage not in tasks:
            clear_loading()
            drawn.start()  # no earlier: its thread should not exist yet when other code forks
            tasks[stage] = drawn.add_task(stage, total=None, count="", note="")
        count = f"{done:,.0f}/{total:,.0f}" if total else f"{done:,.0f}"
        # As a share of 1: if the total changes, rich forgets the speed, and so the time left.
        completed, of = (done / total, 1.0) if total else (done, None)
        drawn.update(tasks[stage], completed=completed, total=of, count=count, note=note)

    try:
        yield report
    finally:
        drawn.stop()


class _PlainProgress:
    """Progress as lines of text: each stage's first and last report, and one every half minute."""

    def __init__(self) -> None:
        self._stage = ""
        self._shown_at = 0.0

    def __call__(self, stage: str, done: float, total: float | None = None, note: str = "") -> None:
        interrupts.raise_if_lost()
        finished = total is not None and done >= total
        now = time.monotonic()
        if stage == self._stage and not finished and now - self._shown_at < _REDRAW_SECONDS:
            return
        self._stage, self._shown_at = stage, now
        amount = f"{done:g}" if total is None else f"{done:g} of {total:g}"
        write_stderr(f"{stage}: {amount}{' ' + note if note else ''}")


def _write(stream: Any, text: str) -> None:
    clear_loading()
    text = as_named(text)
    text = printable(_CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text))
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding) + "\n")
    stream.flush()
