"""What experiment trackers are told of a report."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evenhand.evaluation.report_options import ReportOptions
from evenhand.evaluation.reports.report import (
    FILE_NAME,
    PAGE_NAME,
    MetricValue,
    Report,
    Role,
    name_of,
)
from evenhand.remediation.tracking.trackers import TrackedRun, track

_FILES = (FILE_NAME, PAGE_NAME, "report.md")
_GROUP = "group"
_RATE = "flip_rate"
_MARKS: tuple[tuple[Role, str, float], ...] = (  # colour, and how far above its row
    ("baseline", "tab:gray", 0.12),
    ("candidate", "tab:blue", 0.0),
)


def track_report(report: Report, options: ReportOptions, output: str | Path | None) -> None:
    """Tell trackers of a report: values of all texts, flip rates by group, and its files."""
    if not options.trackers:
        return
    models: dict[str, Any] = {each.role: each.name for each in report.models}
    of_all = [(_prefix(report, each), each) for each in report.by_label]
    shown = of_all if "tensorboard" in options.trackers else []
    run = TrackedRun(
        f"flip-rate {models['candidate']}",
        {**options.as_keywords(), **models, "data": report.data.name},
        {f"{prefix}{name}": value for prefix, each in of_all for name, value in _values(each)},
        files=[] if output is None else [Path(output) / name for name in _FILES],
        texts={f"{prefix}report": _in_words(each) for prefix, each in shown},
        pictures={
            f"{prefix}flip rate by group": _picture(rates)
            for prefix, each in shown
            if (rates := _rates_by_group(each))
        },
        log_folder=options.tensorboard,
    )
    track(options.trackers, run)


def _prefix(report: Report, of_label: Report) -> str:
    return f"{name_of(of_label)}/" if report.other_labels else ""


def _values(report: Report) -> Iterator[tuple[str, float]]:
    """Yield all values of a report on one label, by the names that trackers show."""
    for model in report.models:
        prefix = "" if model.role == "candidate" else f"{model.role}/"
        for name, metric in model.overall.metrics.items():
            if metric.value is not None:
                yield f"{prefix}{name}", metric.value
    for group, rates in _rates_by_group(report).items():
        for role, rate in rates.items():
            prefix = "" if role == "candidate" else f"{role}/"
            # No name is another's folder, where MLflow keeps metrics as files
            for end, last in (("value", ""), ("lower", "_lower"), ("upper", "_upper")):
                if (number := getattr(rate, end)) is not None:
                    yield f"{prefix}{_GROUP}={group}/{_RATE}{last}", number


def _rates_by_group(report: Report) -> dict[str, dict[Role, MetricValue]]:
    """Return the flip rates of each group, of those models that have one."""
    found: dict[str, dict[Role, MetricValue]] = {}
    for model in report.models:
        for slice_ in model.slices:
            column, _, group = slice_.slice.partition("=")
            rate = slice_.metrics.get(_RATE)
            if column == _GROUP and rate is not None and rate.value is not None:
                found.setdefault(group, {})[model.role] = rate
    return found


def _in_words(report: Report) -> str:
    """Return the main tables as Markdown without HTML, which TensorBoard shows as text."""
    from evenhand.evaluation.findings.presentation import metrics_shown, slices_by_kind
    from evenhand.evaluation.rendering.markdown_summary import metrics_table, slices_table

    lines = metrics_table(report, metrics_shown(report, "overall"))
    groups = slices_by_kind(report).get(_GROUP)
    return "\n".join([*lines, *(["", *slices_table(report, groups)] if groups else [])])


def _picture(rates: Mapping[str, Mapping[Role, MetricValue]]) -> bytes:
    """Return a chart of flip rates by group with their intervals, as a PNG file."""
    import matplotlib.style
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    plain = {"text.parse_math": False}  # a dollar sign in the data is a dollar sign
    with matplotlib.style.context(["default", plain]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(6, 1.2 + 0.3 * len(rates)), dpi=100, layout="constrained")
        axes = figure.subplots()
        for role, colour, above in _MARKS:
            own = [
                (at - above, each[role]) for at, each in enumerate(rates.values()) if role in each
            ]
            for at, rate in own:
                if rate.lower is not None and rate.upper is not None:
                    axes.plot([rate.lower, rate.upper], [at, at], color=colour, lw=1.5)
            if own:
                values = [each.value or 0.0 for _, each in own]
                axes.plot(values, [at for at, _ in own], "o", color=colour, label=role)
        axes.set_yticks(range(len(rates)), labels=list(rates))
        axes.set_ylim(len(rates) - 0.5, -0.5)  # the first at the top
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlabel("flip rate")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
        file = io.BytesIO()
        figure.savefig(file, format="png")
    return file.getvalue()
