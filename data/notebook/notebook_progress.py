"""Bars of progress under the cell of a notebook, without widgets or extensions."""

from __future__ import annotations

import time
from typing import Any

from markupsafe import Markup

from evenhand.data.errors import UnavailableError
from evenhand.data.support.printable import printable

_SECONDS = 0.2  # between two drawings


class NotebookProgress:
    """A `evenhand.data.Progress` that draws a bar for each stage where the cell's output is.

    Give a new one to each call, in the cell that makes it: ``train(..., progress=
    NotebookProgress())``. In IPython without a browser the bars are lines of text.

    Raises:
        UnavailableError: IPython is not installed.
    """

    def __init__(self) -> None:
        try:
            from IPython.display import display
        except ImportError as error:
            raise UnavailableError(
                "bars in a notebook need IPython",
                where="NotebookProgress",
                remedy="install ipython, or give no progress",
            ) from error
        self._display: Any = display
        self._stages: dict[str, tuple[float, float | None, str]] = {}
        self._handle: Any = None
        self._drawn_at = 0.0

    def __call__(self, stage: str, done: float, total: float | None = None, note: str = "") -> None:
        """Draw what is done; see `evenhand.data.Progress`."""
        is_new = stage not in self._stages
        self._stages[stage] = (done, total, note)
        is_done = total is not None and done >= total
        now = time.monotonic()
        if not (is_new or is_done) and now - self._drawn_at < _SECONDS:
            return
        self._drawn_at = now
        if self._handle is None:
            self._handle = self._display(self, display_id=True)
        else:
            self._handle.update(self)

    def _repr_html_(self) -> str:
        row = Markup("<tr><td>{}</td><td>{}</td><td>{} {}</td></tr>")
        rows = [
            row.format(printable(stage), _bar(done, total), _amount(done, total), printable(note))
            for stage, (done, total, note) in self._stages.items()
        ]
        return Markup('<table class="tex2jax_ignore mathjax_ignore">{}</table>').format(
            Markup("").join(rows)
        )

    def __repr__(self) -> str:
        return "\n".join(
            printable(f"{stage}: {_amount(done, total)} {note}".rstrip())
            for stage, (done, total, note) in self._stages.items()
        )


def _bar(done: float, total: float | None) -> Markup:
    if not total:
        return Markup("<progress></progress>")
    return Markup('<progress max="1" value="{}"></progress>').format(f"{done / total:.4f}")


def _amount(done: float, total: float | None) -> str:
    return f"{done:,.0f}" if total is None else f"{done:,.0f} of {total:,.0f}"
