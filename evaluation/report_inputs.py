"""What a report was made from, by name and digest, for the files that are made from the report."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.evaluation.report import Report


@dataclass(frozen=True)
class ReportInput:
    """A model or the data of a report.

    Attributes:
        what: ``data`` or a model's role, with a prefix for another report's.
        name: Its name.
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
    return (*models, ReportInput(f"{prefix}data", report.data.name, report.data.sha256))
