"""A gate's configuration to start from: rules that a report's values just meet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evenhand.data.errors import InputError
from evenhand.data.support.toml_text import toml_string
from evenhand.evaluation.findings.one_decision import one_decision_in
from evenhand.evaluation.findings.presentation import metrics_shown, slices_by_kind
from evenhand.evaluation.reports.report import OVERALL, Report, SliceReport

_DIGITS = 3  # of a limit, which is rounded away from the present value


def render_gate_config(report: Report) -> str:
    """Return an evenhand.toml whose gate the candidate of `report` passes, with comments.

    A candidate that decides nearly all texts alike does not pass: a person has to allow that.

    The limits are the report's values, rounded to the lenient side. They keep what has been
    reached, and should be tightened. Text from the report is escaped.

    Raises:
        InputError: The report has no value to make a rule of.
    """
    model = report.candidate
    lines = [
        "# A gate for `evenhand gate`, from the values of one report. `evenhand gate explain` says",
        "# in words what each rule means, and how far a report is from it.",
        f"# Model: {toml_string(model.name)}, data: {toml_string(report.data.name)}.",
        "# The limits hold what this report has; tighten them to what is acceptable to you.",
    ]
    if (words := one_decision_in(report, model, "flip_rate")) is not None:
        lines += [
            f"# NO EVIDENCE: {words}, and this gate fails.",
            "# Where that is right for the data, write in each rule on flip_rate:",
            "# allow_one_decision = true",
        ]
    lines += _rule(report, model.overall, OVERALL, [model.overall])
    for kind, slices in slices_by_kind(report).items():
        enough = [slice_ for slice_ in slices if slice_.n_pairs >= _least_pairs(report)]
        if kind == "term" or not enough:
            continue  # terms are many and small; a rule for "*" would cover them
        lines += _rule(report, enough[0], f"{kind}=*", enough)
        if kind == "group" and len(enough) > 1:
            lines += _spread_rule(report, enough)
    lines += _task_rules(report)
    if "[[gate.rules]]" not in lines:
        raise InputError(
            "the report has neither a flip rate nor a task metric to make rules of",
            remedy="write it again with `evenhand evaluate flip-rate`",
        )
    lines += [
        "",
        "# With `evenhand gate --reference main.json`: no slice may get significantly worse.",
        "# [[gate.rules]]",
        '# metric = "flip_rate"',
        '# slice = "*"',
        '# no_worse_than = "reference"',
        '# on_insufficient = "warn"',
        "",
        "# A model that decides nearly all texts alike cannot flip, and fails rules on flips as no",
        "# evidence. A rule that may be met all the same says",
        "# allow_one_decision = true",
        "",
        "# What is to be mended later, and until when it may fail:",
        "# [[gate.waivers]]",
        '# metric = "flip_rate"',
        '# slice = "group=NAME"',
        '# reason = "why"',
        "# expires = 2030-01-31",
    ]
    return "\n".join(lines) + "\n"


def _rule(
    report: Report, first: SliceReport, pattern: str, slices: Sequence[SliceReport]
) -> Iterator[str]:
    """Yield a rule on the flip rate's upper end, where the slices have one."""
    ends = {slice_.slice: _upper(slice_) for slice_ in slices}
    known = {name: end for name, end in ends.items() if end is not None}
    if len(known) < len(ends) or first.n_pairs == 0:
        return
    worst = max(known, key=known.__getitem__)
    yield ""
    yield f"# Now at most {known[worst]:.6g}, in {toml_string(worst)}."
    yield "[[gate.rules]]"
    yield 'metric = "flip_rate"'
    yield f"slice = {toml_string(pattern)}"
    yield f"max = {_rounded(known[worst], up=True)}"
    if all(slice_.metrics["flip_rate"].upper is not None for slice_ in slices):
        yield 'bound = "upper"       # the whole confidence interval, not the value alone'
    yield f"min_pairs = {_least_pairs(report)}"
    if pattern != OVERALL or first.n_pairs < _least_pairs(report):
        yield 'on_insufficient = "warn"'


def _upper(slice_: SliceReport) -> float | None:
    found = slice_.metrics.get("flip_rate")
    return None if found is None else found.upper if found.upper is not None else found.value


def _spread_rule(report: Report, slices: Sequence[SliceReport]) -> Iterator[str]:
    values = [
        slice_.metrics["flip_rate"].value for slice_ in slices if "flip_rate" in slice_.metrics
    ]
    known = [value for value in values if value is not None]
    if len(known) < len(slices):
        return
    spread = max(known) - min(known)
    yield ""
    yield f"# Between groups: now {spread:.6g}."
    yield "[[gate.rules]]"
    yield 'metric = "flip_rate"'
    yield 'slice = "group=*"'
    yield f"max_spread = {_rounded(spread, up=True)}"
    yield f"min_pairs = {_least_pairs(report)}"
    yield 'on_insufficient = "skip"'


def _task_rules(report: Report) -> Iterator[str]:
    """Yield rules that keep the model good at its task."""
    for metric in _task_metrics(report):
        found = report.candidate.overall.metrics.get(metric)
        if found is None or found.value is None:
            continue
        before = report.baseline.overall.metrics.get(metric) if report.baseline else None
        yield ""
        yield f"# Now {found.value:.6g}."
        yield "[[gate.rules]]"
        yield f'metric = "{metric}"'
        yield f"min = {_rounded(found.value, up=False)}"
        if before is not None and before.value is not None:
            drop = max(0.005, before.value - found.value)
            yield f"max_drop = {_rounded(drop, up=True)}      # the baseline has {before.value:.6g}"


def _task_metrics(report: Report) -> list[str]:
    return [spec.name for spec in metrics_shown(report, "cards") if spec.worse == "lower"]


def _least_pairs(report: Report) -> int:
    return max(1, report.min_pairs)


def _rounded(value: float, *, up: bool) -> str:
    """Return `value` as TOML, rounded to a few digits: a limit that the value does not break."""
    if value == 0:
        return "0.0"
    exponent = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    for digits in range(max(0, exponent), 330):
        scaled = math.ceil(value * 10.0**digits) if up else math.floor(value * 10.0**digits)
        rounded = scaled / 10.0**digits
        if (rounded >= value) if up else (rounded <= value):
            return repr(float(rounded))
    return repr(float(value))
