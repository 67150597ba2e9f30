"""How long work reports its progress to its caller, without printing anything itself."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called from time to time while work goes on; `evenhand.cli.terminal.console` draws it as a
    bar.

    Calls may come at any rate: the receiver limits how often it draws.
    """

    def __call__(self, stage: str, done: float, total: float | None = None, note: str = "") -> None:
        """Report progress.

        Args:
            stage: What is being done, for instance ``"scoring"``; one bar a stage.
            done: Units done so far in this stage.
            total: Units in all, or None if that is not known.
            note: Short text to show beside the bar, such as the present loss.
        """


def ignore_progress(stage: str, done: float, total: float | None = None, note: str = "") -> None:
    """Take progress reports and do nothing: the default of every function that reports."""


def within(progress: Progress, name: str) -> Progress:
    """Return a progress whose stages are notes of one stage of `progress`, such as a trial."""

    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(name, done, total, f"{stage}  {note}")

    return report
