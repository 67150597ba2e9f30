"""Names and digests of what a report was made from, to be shown in files made from the report."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.evaluation.reports.report import Report


@dataclass(frozen=True)
class ReportInput:
    """A model, the data or a lexicon of a report.

    Attributes:
        what: ``data``, a lexicon's name or a model's role, with a prefix if of another report.
        name: The name of the model or the data, or the lexicon's version.
        sha256: Digest of the content; None for scores that were made elsewhere.
    """

    what: str
    name: str
    sha256: str | None

    def describe(self) -> str:
        """Return name and digest, such as ``"data, sha256 9f…"``."""
        return f"{self.name}, sha256 {self.sha256}" if self.sha256 else self.name


def inputs_of(report: Report, prefix: str = "") -> tuple[ReportInput, ...]:
    """Return what a report was made from; `prefix` goes before each `what`."""
    models = (ReportInput(prefix + each.role, each.name, each.sha256) for each in report.models)
    lexicons = (
        ReportInput(f"{prefix}lexicon {each.name}", f"version {each.version}", each.sha256)
        for each in report.data.lexicons
    )
    data = ReportInput(f"{prefix}data", report.data.name, report.data.sha256)
    return (*models, data, *lexicons)
