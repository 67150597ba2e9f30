"""Several reports side by side: the models of all of them, by slice and metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.data.support.option_checks import as_list
from evenhand.data.support.suggest import did_you_mean
from evenhand.evaluation.findings.one_decision import decided
from evenhand.evaluation.findings.presentation import format_interval, format_number
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import (
    OVERALL,
    MetricValue,
    ModelReport,
    Report,
    Role,
    name_of,
)


@dataclass(frozen=True)
class ComparedModel:
    """One model of one report on one slice.

    Attributes:
        report: The name that the report was given.
        role: The model's role in it.
        model: The model's name.
        slice: The slice's name.
        n_pairs: Pairs in the slice.
        metrics: Values by metric name, undefined if the report lacks the metric.
    """

    report: str
    role: Role
    model: str
    slice: str
    n_pairs: int
    metrics: Mapping[str, MetricValue]


@dataclass(frozen=True)
class ReportComparison:
    """The models of several reports.

    Attributes:
        metrics: Specs of the metrics that are compared, by name.
        models: One entry for each slice and model, slice by slice.
        same_data: Whether all reports are about the same data.
        same_threshold: Whether all models are decided at the same threshold.
        no_evidence: For each model whose flips are no evidence, a sentence that says why.
    """

    metrics: Mapping[str, MetricSpec]
    models: tuple[ComparedModel, ...]
    same_data: bool
    same_threshold: bool
    no_evidence: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """Reasons why the numbers may not be comparable, as sentences."""
        found = list(self.no_evidence)
        if not self.same_data:
            found.append("The reports are about different data.")
        if not self.same_threshold:
            found.append("The models are decided at different thresholds.")
        return found


def compare_reports(
    reports: Mapping[str, Report],
    *,
    slices: Sequence[str] = (OVERALL,),
    metrics: Sequence[str] | None = None,
) -> ReportComparison:
    """Put the models of several reports side by side.

    If several reports on the same data share a baseline, it is listed once. Each of a report's
    several labels counts as a report.

    Args:
        reports: Reports by the names to show for them, in order.
        slices: Slices to compare. A slice's rows leave out reports that lack it.
        metrics: Metrics to compare, or None for those at the top of a report.

    Raises:
        ConfigurationError: No report has one of the slices or metrics.
    """
    reports = {
        f"{name}, {name_of(each)}" if report.other_labels else name: each
        for name, report in reports.items()
        for each in report.by_label
    }
    known = {
        name: None
        for report in reports.values()
        for name in report.candidate.overall.metrics  # every slice has the same metrics
    }
    first = (
        spec.name
        for report in reports.values()
        for spec in report.specs
        if "cards" in spec.shown and spec.name in known
    )
    chosen = tuple(as_list("metrics", metrics) if metrics else dict.fromkeys(first))
    for name in chosen:
        if name not in known:
            raise ConfigurationError(
                f"no report has the metric {name!r}",
                where="`metrics`",
                expected=f"one of: {', '.join(known)}",
                remedy=did_you_mean(name, known),
            )
    models = list(_distinct_models(reports))
    found = [
        entry
        for name in as_list("slices", slices)
        for entry in _compare_slice(models, name, chosen)
    ]
    return ReportComparison(
        {name: _spec(name, list(reports.values())) for name in chosen},
        tuple(found),
        same_data=len({report.data.sha256 for report in reports.values()}) == 1,
        same_threshold=len({reports[label].threshold_of(model) for label, model in models}) == 1,
        no_evidence=tuple(
            f"No evidence: in {label}, {model.name} ({model.role}) {each.describe()}, so it "
            "cannot flip."
            for label, model in models
            if (each := decided(reports[label], model)) is not None and each.is_alike
        ),
    )


def render_comparison(comparison: ReportComparison) -> str:
    """Return a comparison as GitHub-flavoured Markdown; text from data is escaped."""
    header = ["report", "model", "slice", "pairs"]
    for name in comparison.metrics:
        header += [name, "interval"]
    rows = []
    for entry in comparison.models:
        row = [escape_markdown(entry.report), escape_markdown(f"{entry.model} ({entry.role})")]
        row += [escape_markdown(entry.slice), f"{entry.n_pairs:,}"]
        for name, value in entry.metrics.items():
            spec = comparison.metrics[name]
            row += [format_number(spec, value.value), format_interval(spec, value)]
        rows.append(row)
    lines = ["## Flip-rate reports compared", ""]
    for warning in comparison.warnings:
        lines += [f"**{escape_markdown(warning)}**", ""]
    lines += markdown_table(header, rows)
    return "\n".join(lines) + "\n"


def _spec(metric: str, reports: Sequence[Report]) -> MetricSpec:
    """Return a metric's spec from the first report that has the metric."""
    return next(
        report.spec(metric) for report in reports if metric in report.candidate.overall.metrics
    )


def _distinct_models(reports: Mapping[str, Report]) -> Iterator[tuple[str, ModelReport]]:
    seen = set()
    for label, report in reports.items():
        for model in reversed(report.models):
            threshold = report.threshold_of(model)
            identity = (model.sha256, report.data.sha256, name_of(report), threshold)
            if model.role == "baseline" and model.sha256 is not None and identity in seen:
                continue
            seen.add(identity)
            yield label, model


def _compare_slice(
    models: Sequence[tuple[str, ModelReport]], name: str, metrics: Sequence[str]
) -> list[ComparedModel]:
    undefined = MetricValue(value=None)
    found = [
        ComparedModel(
            label,
            model.role,
            model.name,
            name,
            slice_.n_pairs,
            {metric: slice_.metrics.get(metric, undefined) for metric in metrics},
        )
        for label, model in models
        if (slice_ := model.find_slice(name)) is not None
    ]
    if not found:
        raise ConfigurationError(
            f"no report has the slice {name!r}",
            where="`slices`",
            expected="a slice such as overall or group=female",
        )
    return found
