"""Bars under a notebook's cell: one for each stage, drawn in one place."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from evenhand.data import NotebookProgress


class Drawn:
    """What IPython's `display` was asked for."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, thing: Any, *, display_id: bool) -> Drawn:
        assert display_id  # so that it can be drawn again
        self.update(thing)
        return self

    def update(self, thing: Any) -> None:
        self.shown.append(thing._repr_html_())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    drawn = Drawn()
    monkeypatch.setattr("IPython.display.display", drawn.display)
    monkeypatch.setattr("evenhand.data.notebook.notebook_progress.time.monotonic", lambda: 0.0)
    return drawn


def test_a_stage_has_a_bar_that_fills(drawn: Drawn) -> None:
    progress = NotebookProgress()
    progress("scoring", 0, 4)
    progress("scoring", 1, 4)  # too soon to be drawn
    progress("evaluating", 1, note="<b>loss</b> 0.5")
    progress("scoring", 4, 4)
    assert len(drawn.shown) == 3
    first, _, last = map(html.fromstring, drawn.shown)
    assert [bar.get("value") for bar in first.iter("progress")] == ["0.0000"]
    assert [bar.get("value") for bar in last.iter("progress")] == ["1.0000", None]
    assert [cell.text for cell in last.iter("td")] == [
        *("scoring", None, "4 of 4 "),
        *("evaluating", None, "1 <b>loss</b> 0.5"),
    ]
    assert repr(progress) == "scoring: 4 of 4\nevaluating: 1 <b>loss</b> 0.5"


def test_a_stage_of_nothing_has_no_share(drawn: Drawn) -> None:
    NotebookProgress()("scoring", 0, 0)
    assert html.fromstring(drawn.shown[0]).find(".//progress").get("value") is None
