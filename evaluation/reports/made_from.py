"""What a report was made from, by name and digest, for the files that are made from the report."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.evaluation.reports.report import Report


@dataclass(frozen=True)
class ReportInput:
    """A model, the data or a lexicon of a report.

    Attributes:
        what: ``data``, a lexicon's name or a model's role, with a prefix for another report's.
        name: Its name; a lexicon's version.
        sha256: Digest of its content; None for scores that were made elsewhere.
    """

    what: str
    name: str
    sha256: str | None

    def describe(self) -> str:
        """Return its name and its digest."""
        return f"{self.name}, sha256 {self.sha256}" if self.sha256 else self.name


def inputs_of(report: Report, prefix: str = "") -> tuple[ReportInput, ...]:
    """Return what a report was made from."""
    models = (ReportInput(prefix + each.role, each.name, each.sha256) for each in report.models)
    lexicons = (
        ReportInput(f"{prefix}lexicon {each.name}", f"version {each.version}", each.sha256)
        for each in report.data.lexicons
    )
    data = ReportInput(f"{prefix}data", report.data.name, report.data.sha256)
    return (*models, data, *lexicons)
