"""A gate's configuration to start from: rules that a report meets, and what is as good as it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evenhand.data.errors import InputError
from evenhand.data.support.toml_text import toml_string
from evenhand.evaluation.derived.retraining_room import retraining_room
from evenhand.evaluation.findings.one_decision import one_decision_in
from evenhand.evaluation.findings.presentation import metrics_shown, slices_by_kind
from evenhand.evaluation.findings.verdict import MAX_NAMED, MUCH
from evenhand.evaluation.reports.ranges import range_of
from evenhand.evaluation.reports.report import (
    OVERALL,
    MetricValue,
    Report,
    SliceReport,
    name_of,
)

_DIGITS = 3  # of a limit, which is rounded away from the present value


def render_gate_config(report: Report, again: Sequence[Report] = ()) -> str:
    """Return an evenhand.toml whose gate the candidate of `report` passes, with comments.

    A candidate that decides nearly all texts alike does not pass: a person has to allow that.

    The limits are the report's values with room for what training again changes by chance
    (`retraining_room`), rounded to the lenient side. They keep what has been reached, and should be
    tightened; a comment says where a value is poor. Text from the report is escaped.

    Args:
        report: The report.
        again: Reports on the same data of the same model trained again, with other seeds: what
            differs between them is the room. Without them it is what the intervals tell.

    Raises:
        InputError: The report has no value to make a rule of, or one of `again` is about other data
            or thresholds.
    """
    by_label = [
        _StartingRules(each, _of_label(name_of(each), again), by_label=bool(report.other_labels))
        for each in report.by_label
    ]
    lines = by_label[0].head()
    words = [one_decision_in(each, each.candidate, "flip_rate") for each in report.by_label]
    if alike := [each for each in words if each is not None]:
        lines += [
            f"# NO EVIDENCE: {alike[0]}, and this gate fails.",
            "# Where that is right for the data, write in each rule on flip_rate:",
            "# allow_one_decision = true",
        ]
    for of_label in by_label:
        lines += of_label.rules()
    if "[[gate.rules]]" not in lines:
        raise InputError(
            "the report has neither a flip rate nor a task metric to make rules of",
            remedy="write it again with `evenhand evaluate flip-rate`",
        )
    return "\n".join([*lines, *_FURTHER]) + "\n"


def _of_label(label: str | None, again: Sequence[Report]) -> list[Report]:
    """Return what each report has for a label."""
    found = []
    for number, report in enumerate(again):
        own = [each for each in report.by_label if name_of(each) == label]
        if not own:
            raise InputError(
                f"a report of the model trained again has not the label {label!r}",
                where=f"again[{number}]",
                expected="the same labels",
            )
        found += own
    return found


class _StartingRules:
    """The rules that a report on one label, with others of its kind, leads to.

    Args:
        report: The report.
        again: Reports of the model trained again.
        by_label: Whether rules name the label.
    """

    def __init__(self, report: Report, again: Sequence[Report], *, by_label: bool) -> None:
        for number, other in enumerate(again):
            same = (other.data.sha256, other.thresholds) == (report.data.sha256, report.thresholds)
            if not same:
                raise InputError(
                    "a report of the model trained again is about other data or thresholds",
                    where=f"again[{number}]",
                    expected=f"the data {report.data.name!r} and the same thresholds",
                )
        self._report = report
        self._label = name_of(report) if by_label else None
        self._again = [{each.slice: each for each in other.candidate.slices} for other in again]

    def head(self) -> list[str]:
        """Return what the configuration begins with."""
        report, model = self._report, self._report.candidate
        return [
            "# A gate for `evenhand gate`, from a report's values. `evenhand gate explain` says in",
            "# words what each rule means, and how far a report is from it.",
            f"# Model: {toml_string(model.name)}, data: {toml_string(report.data.name)}.",
            "# The limits hold what this report has, with room for what an equally good model",
            f"# differs by chance ({self._room_from()}). Tighten them to what is",
            "# acceptable to you.",
        ]

    def rules(self) -> Iterator[str]:
        """Yield the rules."""
        report, overall = self._report, self._report.candidate.overall
        yield from self._rule(overall, OVERALL, [overall])
        for kind, slices in slices_by_kind(report).items():
            enough = [slice_ for slice_ in slices if slice_.n_pairs >= _least_pairs(report)]
            if kind == "term" or not enough:
                continue  # terms are many and small; a rule for "*" would cover them
            yield from self._rule(enough[0], f"{kind}=*", enough)
            if kind == "group" and len(enough) > 1:
                yield from self._spread_rule(enough)
        yield from self._task_rules()

    def _room_from(self) -> str:
        if self._again:
            return f"what {len(self._again) + 1} trainings differ by"
        return "what the intervals tell; reports of more trainings tell it better"

    def _room(self, slice_: SliceReport, metric: str, direction: int) -> float:
        nothing = MetricValue(value=None)
        others = [each[slice_.slice] for each in self._again if slice_.slice in each]
        return retraining_room(
            slice_.metrics[metric],
            [each.metrics.get(metric, nothing) for each in others],
            direction=direction,
            level=self._report.intervals.level,
        )

    def _rule(
        self, first: SliceReport, pattern: str, slices: Sequence[SliceReport]
    ) -> Iterator[str]:
        """Yield a rule on the flip rate's upper end, where the slices have one."""
        ends = {slice_.slice: _upper(slice_) for slice_ in slices}
        known = {name: end for name, end in ends.items() if end is not None}
        if len(known) < len(ends) or first.n_pairs == 0:
            return
        worst = max(known, key=known.__getitem__)
        limit = max(
            known[each.slice] + self._room(each, "flip_rate", direction=1) for each in slices
        )
        yield ""
        yield f"# Now at most {known[worst]:.6g}, in {toml_string(worst)}."
        poor = [slice_.slice for slice_ in slices if _flips_much(slice_)]
        if poor:
            yield f"# POOR: more than {MUCH:.0%} of decisions flip, in {_some(poor)}."
        yield from self._beginning("flip_rate")
        yield f"slice = {toml_string(pattern)}"
        yield f"max = {_rounded(min(1.0, limit), up=True)}"
        if all(slice_.metrics["flip_rate"].upper is not None for slice_ in slices):
            yield 'bound = "upper"       # the whole confidence interval, not the value alone'
        yield f"min_pairs = {_least_pairs(self._report)}"
        if pattern != OVERALL or first.n_pairs < _least_pairs(self._report):
            yield 'on_insufficient = "warn"'

    def _beginning(self, metric: str) -> Iterator[str]:
        """Yield the first lines of a rule."""
        yield "[[gate.rules]]"
        yield f'metric = "{metric}"'
        if self._label is not None:
            yield f"label = {toml_string(self._label)}"

    def _spread_rule(self, slices: Sequence[SliceReport]) -> Iterator[str]:
        found = [each.metrics["flip_rate"] for each in slices if "flip_rate" in each.metrics]
        known = [each.value for each in found if each.value is not None]
        if len(known) < len(slices):
            return
        spread = max(known) - min(known)
        yield ""
        yield f"# Between groups: now {spread:.6g}."
        yield from self._beginning("flip_rate")
        yield 'slice = "group=*"'
        yield f"max_spread = {_rounded(spread, up=True)}"
        if all(each.lower is not None and each.upper is not None for each in found):
            yield "beyond_chance = true  # a larger spread fails if chance does not explain it"
        yield f"min_pairs = {_least_pairs(self._report)}"
        yield 'on_insufficient = "skip"'

    def _task_rules(self) -> Iterator[str]:
        """Yield rules that keep the model good at its task."""
        overall, baseline = self._report.candidate.overall, self._report.baseline
        for metric in _task_metrics(self._report):
            found = overall.metrics.get(metric)
            if found is None or found.value is None:
                continue
            room = self._room(overall, metric, direction=-1)
            least = range_of(self._report.spec(metric)).least
            before = baseline.overall.metrics.get(metric) if baseline else None
            yield ""
            yield f"# Now {found.value:.6g}."
            if (words := _poor_at_its_task(metric, overall)) is not None:
                yield f"# POOR: {words}."
            yield from self._beginning(metric)
            yield f"min = {_rounded(max(least, found.value - room), up=False)}"
            if before is not None and before.value is not None:
                drop = max(0.005, before.value - found.value + room)
                yield (
                    f"max_drop = {_rounded(drop, up=True)}      "
                    f"# the baseline has {before.value:.6g}"
                )


_FURTHER = (
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
)


def _upper(slice_: SliceReport) -> float | None:
    found = slice_.metrics.get("flip_rate")
    return None if found is None else found.upper if found.upper is not None else found.value


def _flips_much(slice_: SliceReport) -> bool:
    """Return whether more decisions flip than is little, beyond what chance explains."""
    found = slice_.metrics["flip_rate"]
    least = found.lower if found.lower is not None else found.value
    return least is not None and least > MUCH


def _poor_at_its_task(metric: str, overall: SliceReport) -> str | None:
    """Return in words that a model is no better than one that has learnt nothing."""
    found = overall.metrics[metric]
    least = found.lower if found.lower is not None else found.value
    if metric == "auc" and least is not None and least <= 0.5:
        return "not shown to be better than chance, which has 0.5"
    alike = _accuracy_of_one_decision(overall) if metric == "accuracy" else None
    if alike is not None and least is not None and least <= alike:
        return f"not shown to be better than one decision for all, which has {alike:.6g}"
    return None


def _accuracy_of_one_decision(overall: SliceReport) -> float | None:
    """Return the share of the commoner label, which the rates of a decision tell."""
    values = [
        None if (found := overall.metrics.get(name)) is None else found.value
        for name in ("positive_rate", "true_positive_rate", "false_positive_rate")
    ]
    flagged, hits, false_alarms = values
    if flagged is None or hits is None or false_alarms is None or hits == false_alarms:
        return None
    share = (flagged - false_alarms) / (hits - false_alarms)
    return max(share, 1 - share)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(toml_string(name) for name in names[:MAX_NAMED])
    more = len(names) - MAX_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


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
