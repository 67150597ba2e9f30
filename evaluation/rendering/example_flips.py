"""The example flips of a report's page: in their order, with what they can be filtered by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from evenhand.data.support.printable import printable
from evenhand.evaluation.findings.edits import Pieces, mark_edits, shorten
from evenhand.evaluation.reports.report import Flip, Report
from evenhand.remediation.outputs.decisions import flips

MAX_FLIPS = 200  # on a page, which is to stay under 2 MB
MAX_TEXT = 600  # characters shown of each text of a pair
MAX_SLICES = 8  # of a pair

_ORDER = ("candidate", "both", "baseline")  # what flips under the candidate alone is a new harm


@dataclass(frozen=True)
class Example:
    """A pair that flips, ready to be shown.

    Attributes:
        flip: The pair.
        original: The text in pieces, or None if the report has only scores.
        counterfactual: The counterfactual in pieces, or None.
        under: Which models it flips under: `both`, or a role.
        label: Its label as text; empty if it has none.
        slices: The slices by column that it is in, at most `MAX_SLICES`.
    """

    flip: Flip
    original: Pieces | None
    counterfactual: Pieces | None
    under: str
    label: str
    slices: tuple[str, ...]


@dataclass(frozen=True)
class Examples:
    """The examples of a page, the worst new harms first.

    Attributes:
        rows: The examples: those that flip under the candidate alone, under both models, under the
            baseline alone; each part by the change of the candidate's score, or the baseline's.
        groups: Their groups with the number of examples, those with most first.
        terms: Their terms, likewise.
        new: Number of those that flip under the candidate and not under the baseline.
        total: Number of the report's examples, shown or not.
    """

    rows: Sequence[Example]
    groups: Sequence[tuple[str, int]]
    terms: Sequence[tuple[str, int]]
    new: int
    total: int


def examples_of(report: Report) -> Examples:
    """Return the examples that a report's page shows."""
    found = sorted((_rank(report, flip), place) for place, flip in enumerate(report.flips))
    chosen = [report.flips[place] for _, place in found[:MAX_FLIPS]]
    rows = [_example(flip, report) for flip in chosen]
    return Examples(
        rows,
        _counted(flip.groups for flip in chosen),
        _counted(flip.terms for flip in chosen),
        sum(row.under == "candidate" for row in rows) if report.baseline else 0,
        len(report.flips),
    )


def _rank(report: Report, flip: Flip) -> tuple[int, float]:
    under = _under(report, flip)
    scores = flip.scores["baseline" if under == "baseline" else "candidate"]
    return _ORDER.index(under), -abs(scores.original - scores.counterfactual)


def _under(report: Report, flip: Flip) -> str:
    """Return which models a pair flips under; one of a damaged report counts as the candidate's."""
    flipped = [
        model.role
        for model in report.models
        if flips(
            flip.scores[model.role].original,
            flip.scores[model.role].counterfactual,
            report.threshold_of(model),
        )
    ]
    return "both" if len(flipped) > 1 else flipped[0] if flipped else "candidate"


def _counted(names: Iterable[tuple[str, ...]]) -> list[tuple[str, int]]:
    counts = Counter(name for each in names for name in dict.fromkeys(map(printable, each)))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _example(flip: Flip, report: Report) -> Example:
    original = counterfactual = None
    if flip.original is not None and flip.counterfactual is not None:
        # escaped as a whole, as a character may be deceptive only beside certain others
        edits = mark_edits(printable(flip.original), printable(flip.counterfactual))
        original, counterfactual = map(_shown, edits)
    slices = flip.slices
    if len(slices) > MAX_SLICES:
        slices = (*slices[:MAX_SLICES], f"{len(slices) - MAX_SLICES} more")
    label = "" if flip.label is None else f"{flip.label:.4g}"
    return Example(flip, original, counterfactual, _under(report, flip), label, slices)


def _shown(pieces: Pieces) -> Pieces:
    """Return pieces of printable text as `Markup`, so that `render_page` leaves them so."""
    return [(escape(text), edited) for text, edited in shorten(pieces, MAX_TEXT)]
