"""A report's verdict: what was found, what it cost and what it does not show, in plain sentences.

What weakens the finding comes before it: first a lack of evidence, then what got worse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from evenhand.evaluation.findings.changes import Changes
from evenhand.evaluation.findings.one_decision import (
    Decided,
    decided,
    logit_spread,
    one_decision_in,
    scores_alike,
)
from evenhand.evaluation.findings.presentation import (
    Metric,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_number,
    format_size,
    listed,
)
from evenhand.evaluation.findings.thresholds import own_in_words
from evenhand.evaluation.reports.report import (
    OVERALL,
    Comparison,
    ModelReport,
    Report,
    SliceReport,
    name_of,
)
from evenhand.remediation.judging.metric_labels import SHARE_FLAGGED
from evenhand.remediation.judging.warning_signs import COLLAPSED
from evenhand.remediation.judging.wording import counted

Tone = Literal["better", "worse", "plain"]

MUCH = 0.02
"""A change of a rate or an area by more than this, two percentage points, is not small."""

MAX_NAMED = 5  # slices in a sentence

_FLAGGED = ("flagged_rate", "positive_rate")  # of all originals, or of the labelled ones


@dataclass(frozen=True)
class Statement:
    """A sentence or two of the verdict, and whether it is good news, bad news or neither."""

    text: str
    tone: Tone = "plain"


def verdict(report: Report) -> str:
    """Return the main finding in plain sentences."""
    return " ".join(statement.text for statement in statements(report))


def statements(report: Report) -> list[Statement]:
    """Return the sentences of the verdict in their order; `lack_of_evidence` comes first.

    With several labels, what follows is said of one label after the other.
    """
    if report.other_labels:
        rest = [
            _of_label(each, statement)
            for each in report.by_label
            for statement in statements(each)[len(lack_of_evidence(each)) :]
        ]
        return [*lack_of_evidence(report), *rest]
    evidence = lack_of_evidence(report)
    costs = [] if report.baseline is None else list(costs_of(report, report.baseline))
    before = [each for each in costs if each.tone == "worse"]
    after = [each for each in costs if each.tone != "worse"]
    finding = [*_finding(report), *_noise_floor(report)]
    if finding[0].tone == "worse":
        return [*evidence, *finding, *before, *after, *_notes(report)]
    return [*evidence, *before, *finding, *after, *_notes(report)]


def _name(report: Report, model: ModelReport) -> str:
    """Return a model's name, with its role if both models have the same name."""
    same = len({each.name for each in report.models}) < len(report.models)
    return f"{model.name} ({model.role})" if same else model.name


def _of_label(report: Report, statement: Statement) -> Statement:
    return replace(statement, text=f"{name_of(report)}: {statement.text}")


def lack_of_evidence(report: Report) -> list[Statement]:
    """Return why flip rates show nothing, for models that decide or score everything alike."""
    if report.other_labels:
        return [_of_label(each, found) for each in report.by_label for found in _alike(each)]
    return list(_alike(report))


def _alike(report: Report) -> Iterator[Statement]:
    for model in report.models:
        name = _name(report, model)
        alike = [
            found
            for threshold in dict.fromkeys(report.thresholds_of(model))
            if (found := decided(report, model, threshold)) is not None and found.is_alike
        ]
        if alike:
            so = (
                "A model that decides alike cannot flip, whatever it has learnt."
                if model.role == "candidate"
                else "It cannot flip, so a comparison with it shows nothing."
            )
            what = listed([found.describe() for found in alike])
            yield Statement(f"No evidence: {name} {what}. {so}", "worse")
        elif scores_alike(model):
            spread = format_number("logit_spread", logit_spread(model))
            yield Statement(
                f"No evidence: {name} gives all texts nearly the same score (its logits have a "
                f"standard deviation of {spread}), so how far they move says nothing.",
                "worse",
            )


def _finding(report: Report) -> Iterator[Statement]:
    """Yield how often the candidate flips, and whether it flips less or more than the baseline."""
    overall = report.candidate.overall
    rate = overall.metrics["flip_rate"]
    done = {"ablate": "removed", "neutral": "made neutral", "substitute": "replaced"}.get(
        report.data.method or "", "removed or replaced"
    )
    name = _name(report, report.candidate)
    if rate.value is None:
        yield Statement(
            f"The flip rate of {name} is undefined: "
            + ("there are no pairs." if not overall.n_pairs else "its pairs weigh nothing.")
        )
        return
    finding = f"{name} changes its decision on {_rate(overall)} when identity terms are {done}"
    remarks = ["by weight"] if report.data.weighted else []
    _, fewer, effective = format_size(overall.n_pairs, overall.effective_pairs).partition(" (")
    remarks += [effective.removesuffix(")")] if fewer else []
    interval = format_interval("flip_rate", rate) or "no interval"
    known = rate.lower is not None and rate.upper is not None
    remarks.append(f"{format_level(report)} interval {interval}" if known else interval)
    finding += f" ({'; '.join(remarks)})"
    if report.baseline is None:
        yield Statement(f"{finding}.")
        return
    other = _name(report, report.baseline)
    before = report.baseline.overall.metrics["flip_rate"].value
    if before is None:
        yield Statement(f"{finding}. {other} has no flip rate to compare with.")
        return
    finding += f"; {other} does on {_share(before)}."
    change, words = _change_of_flips(report, before, rate.value)
    if change == "worse":
        yield Statement(f"Worse: {finding}{words}", "worse")
        return
    yield Statement(finding)
    if words:
        yield Statement(words.strip(), "better" if change == "better" else "plain")


def _noise_floor(report: Report) -> Iterator[Statement]:
    """Yield whether edits of identities flip more than any edit, if the data has control pairs."""
    metrics = report.candidate.overall.metrics
    floor, excess = metrics.get("control_flip_rate"), metrics.get("excess_flip_rate")
    if floor is None or excess is None or floor.value is None or excess.value is None:
        return
    if one_decision_in(report, report.candidate, "excess_flip_rate") is not None:
        return  # the verdict has said that there is no evidence
    p_value, pairs = (
        None if (found := metrics.get(name)) is None else found.value
        for name in ("excess_flip_p", "control_pairs")
    )
    remarks = []
    if interval := format_interval("excess_flip_rate", excess).removesuffix(" points"):
        remarks.append(f"{format_level(report)} interval {interval}")
    if p_value is not None and not report.data.weighted:
        remarks.append(_p(p_value))
    if pairs is not None:
        remarks.append(f"over {counted(int(pairs), 'pair')} with a control")
    rates = [format_number("flip_rate", rate) for rate in (floor.value, floor.value + excess.value)]
    shown = format_difference("flip_rate", excess.value)
    significant = p_value is None or report.data.weighted or p_value <= 1 - report.intervals.level
    if significant and excess.lower is not None and excess.lower > 0:
        text = (
            f"Any edit flips {rates[0]} of decisions, edits of identities {rates[1]}: "
            f"{shown.removeprefix('+')} more"
        )
    else:
        start = "Edits of identities flip no more decisions than any edit does"
        if excess.value > 0:
            start = "That edits of identities flip more decisions than any edit is not established"
        text = f"{start}: {rates[1]}, any edit {rates[0]}, a difference of {shown}"
    yield Statement(f"{text} ({'; '.join(remarks)}).")


def _rate(slice_: SliceReport) -> str:
    return f"{_share(slice_.metrics['flip_rate'].value)} of {counted(slice_.n_pairs, 'pair')}"


def _share(value: float | None) -> str:
    return "none" if value == 0 else format_number("flip_rate", value)


def _change_of_flips(report: Report, before: float, after: float) -> tuple[str, str]:
    """Return whether flips got better or worse, and by how much: a sentence after a space."""
    changes = Changes(report)
    if any(
        found is not None and found.is_alike
        for found in (decided(report, model) for model in report.models)
    ):
        return "unclear", ""  # the verdict has said that there is no evidence
    change = changes.of(OVERALL, "flip_rate")
    found = changes.comparisons.get((OVERALL, "flip_rate"))
    if change == "same" or after == before:
        return "same", " No change."
    if change in ("better", "worse"):
        return change, f" {_how_much(before, after)}"
    why = _why_unclear(report, changes, found)
    return "unclear", f" No clear change: {why}."


def _how_much(before: float, after: float) -> str:
    if after == 0:
        return "No flips are left."
    if before == 0:
        return "There were none before."
    if after > before:
        ratio = after / before
        if ratio >= 2:
            return f"That is {ratio:.1f} times as many flips."
        return f"That is {_per_cent(ratio - 1)} more flips."
    return f"That is {_per_cent(1 - after / before)} fewer flips."


def _per_cent(share: float) -> str:
    """Return a share between 0 and 1 in per cent, never shown as 0% or 100%."""
    whole = round(100 * share)
    return "more than 99%" if whole >= 100 else "less than 1%" if whole == 0 else f"{whole}%"


def _why_unclear(report: Report, changes: Changes, found: Comparison | None) -> str:
    if found is None or found.difference is None:
        return "there is no test of the difference"
    shown = format_difference("flip_rate", found.difference)
    signs = []
    p_value = None if report.data.weighted else changes.p_value(OVERALL)
    if found.lower is not None and found.upper is not None:
        interval = format_difference_interval("flip_rate", found)
        excludes_zero = found.lower > 0 or found.upper < 0
        significant = p_value is not None and p_value <= 1 - report.intervals.level
        if p_value is not None and significant != excludes_zero:
            of_interval = f"{format_level(report)} interval, {interval},"
            return f"{shown} may be chance: " + (
                f"the {of_interval} includes zero, though the exact test finds {_p(p_value)}"
                if significant
                else f"the exact test, which has the last word, finds {_p(p_value)}, though the "
                f"approximate {of_interval} excludes zero"
            )
        signs.append(f"{format_level(report)} interval {interval}")
    if p_value is not None:
        signs.append(_p(p_value))
    if not signs:
        return f"whether {shown} is more than chance is not known"
    return f"{shown} may be chance ({', '.join(signs)})"


def _p(value: float) -> str:
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.4f}"


def costs_of(report: Report, baseline: ModelReport) -> Iterator[Statement]:
    """Yield what got worse: task metrics, slices, the spread of the logits."""
    changes = Changes(report)
    much: list[str] = []
    little: list[str] = []
    perhaps: list[str] = []
    for spec in report.specs:
        found = changes.comparisons.get((OVERALL, spec.name))
        if "verdict" not in spec.shown:
            continue
        if found is None or found.difference is None:
            continue
        loss = found.difference * spec.direction
        shown = f"{spec.label} {_before_and_after(spec, found)}"
        if changes.of(OVERALL, spec.name) == "worse":
            (much if loss > MUCH else little).append(shown)
        elif loss > MUCH:
            perhaps.append(shown)
    if flagged := _flagged(report, baseline, changes):
        much.append(flagged)
    by_weight = ", by weight" if report.data.weighted else ""
    if much:
        yield Statement(f"Worse at its task{by_weight}: {'; '.join([*much, *little])}.", "worse")
    elif little:
        yield Statement(f"It cost a little{by_weight}: {'; '.join(little)}.")
    yield from _worse_slices(report, baseline, changes)
    yield from _collapse(report, baseline)
    if perhaps:
        yield Statement(f"Perhaps worse, but it may be chance: {'; '.join(perhaps)}.")
    if not report.data.labelled:
        yield Statement("What it cost at the task is not known: no example has a label.")


def _before_and_after(metric: Metric, found: Comparison) -> str:
    values = (format_number(metric, value) for value in (found.baseline, found.candidate))
    return f"{' → '.join(values)} ({format_difference(metric, found.difference)})"


def _flagged(report: Report, baseline: ModelReport, changes: Changes) -> str | None:
    """Return how the share of flagged texts changed, if it changed much."""
    for metric in _FLAGGED:
        found = changes.comparisons.get((OVERALL, metric))
        if found is not None and found.difference is not None:
            unclear = found.lower is not None and not changes.is_established(OVERALL, metric)
            if abs(found.difference) <= MUCH or unclear:
                return None
            return f"{SHARE_FLAGGED} {_before_and_after(metric, found)}"
    before, after = decided(report, baseline), decided(report, report.candidate)
    if before is None or after is None or report.candidate.by_class:
        return None
    shares = [_positive(each) for each in (before, after)]
    if abs(shares[1] - shares[0]) <= MUCH:
        return None
    shown = " → ".join(format_number("positive_rate", share) for share in shares)
    return f"share of different texts flagged {shown}"


def _positive(found: Decided) -> float:
    return 1 - found.share if found.commonest == "positive" else found.share


def _worse_slices(report: Report, baseline: ModelReport, changes: Changes) -> Iterator[Statement]:
    """Yield the slices that flip more: first those established, then groups perhaps by chance."""
    worse, more = [], []
    for slice_ in report.candidate.slices:
        found = changes.comparisons.get((slice_.slice, "flip_rate"))
        if slice_.slice == OVERALL or found is None or (found.difference or 0) <= 0:
            continue
        if changes.of(slice_.slice, "flip_rate") == "worse":
            worse.append(found)
        elif not slice_.too_few_pairs and not slice_.slice.startswith("term="):
            more.append(found)
    if worse:
        yield Statement(f"Worse for {_named(worse)}.", "worse")
    if more:
        yield Statement(f"More flips than before, perhaps by chance: {_named(more)}.")


def _named(found: list[Comparison]) -> str:
    """Return slices by name with their flip rates, those that rose most first."""
    order = sorted(found, key=lambda each: (-(each.difference or 0), each.slice))
    shown = [
        f"{each.slice} (flip rate {format_number('flip_rate', each.baseline)} → "
        f"{format_number('flip_rate', each.candidate)})"
        for each in order[:MAX_NAMED]
    ]
    if len(order) > MAX_NAMED:
        shown.append(f"{len(order) - MAX_NAMED:,} more")
    return listed(shown)


def _collapse(report: Report, baseline: ModelReport) -> Iterator[Statement]:
    ours, theirs = logit_spread(report.candidate), logit_spread(baseline)
    if ours is None or theirs is None or ours >= COLLAPSED * theirs:
        return
    if scores_alike(report.candidate):
        return  # the verdict has said so
    shown = " → ".join(format_number("logit_spread", spread) for spread in (theirs, ours))
    yield Statement(
        f"Worse: the scores of {_name(report, report.candidate)} have drawn together (standard "
        f"deviation of the logits {shown}), and flips and gaps shrink with them.",
        "worse",
    )


def _notes(report: Report) -> Iterator[Statement]:
    overall = report.candidate.overall
    if overall.too_few_pairs and overall.n_pairs:
        verb = "is" if overall.n_pairs == 1 else "are"
        yield Statement(f"{counted(overall.n_pairs, 'pair')} {verb} too few to tell much.")
    ours, baseline = report.candidate, report.baseline
    thresholds = own_in_words(
        (_name(report, ours), report.threshold_of(ours)),
        None if baseline is None else (_name(report, baseline), report.threshold_of(baseline)),
        ours.threshold_choice,
    )
    if thresholds is not None:
        yield Statement(thresholds)
    if any(model.by_class for model in report.models):
        yield Statement(_BY_CLASS)
    if any(decided(report, model) is None for model in report.models) and overall.n_pairs:
        yield Statement(
            "Whether a model decides alike on all texts is not known: the report was made by an "
            "earlier version."
        )


_BY_CLASS = (
    "Decisions are for the most probable of several classes, and a score is the margin of the "
    "class decided for on the original: p / (p + q), with its probability p and the greatest other "
    "q."
)
