"""The shortest answer to "is it good?": a headline over the verdict, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evenhand.evaluation.findings.changes import Changes
from evenhand.evaluation.findings.presentation import format_number, listed
from evenhand.evaluation.findings.verdict import Statement, Tone, costs_of, lack_of_evidence
from evenhand.evaluation.reports.report import OVERALL, Report, name_of
from evenhand.remediation.judging.wording import counted

MAX_STEPS = 3  # more than that nobody does next


@dataclass(frozen=True)
class Answer:
    """Whether a report's model is good, as far as the report can tell.

    Attributes:
        headline: The answer in a sentence.
        tone: Whether that is good news, bad news or neither.
        steps: What to do next, the most useful first: sentences.
    """

    headline: str
    tone: Tone
    steps: tuple[str, ...]


def answers(report: Report) -> list[Answer]:
    """Return the answer to "is it good?"; of several labels one for all that have the same.

    Names of labels stand before their headline. Bad news comes first, what to do next last.
    """
    if not report.other_labels:
        return [_answer(report)]
    labels: dict[tuple[str, Tone], list[str]] = {}
    steps: dict[str, None] = {}
    found = sorted(((each, _answer(each)) for each in report.by_label), key=_bad_news_first)
    for each, answer in found:
        labels.setdefault((answer.headline, answer.tone), []).append(str(name_of(each)))
        steps |= dict.fromkeys(answer.steps)
    *others, last = [
        Answer(f"{listed(names)}: {headline}", tone, ())
        for (headline, tone), names in labels.items()
    ]
    return [*others, replace(last, steps=tuple(steps)[:MAX_STEPS])]


def _bad_news_first(found: tuple[Report, Answer]) -> int:
    return ("worse", "plain", "better").index(found[1].tone)


def _answer(report: Report) -> Answer:
    headline, tone = _headline(report)
    return Answer(headline, tone, tuple(_steps(report, tone))[:MAX_STEPS])


def _headline(report: Report) -> tuple[str, Tone]:
    rate = report.candidate.overall.metrics["flip_rate"]
    if lack_of_evidence(report):
        return "Nobody can tell: its decisions are no evidence.", "worse"
    if rate.value is None:
        return "Nobody can tell: there is nothing to count.", "worse"
    if report.baseline is None:
        return _alone(report)
    change = Changes(report).of(OVERALL, "flip_rate")
    bad = [each for each in costs_of(report, report.baseline) if each.tone == "worse"]
    if change == "worse":
        return "No: it flips more than the baseline.", "worse"
    if change == "better":
        if bad:
            return (
                "Only in part: it flips less than the baseline, and something got worse.",
                "worse",
            )
        known = "nothing else got much worse" if report.data.labelled else "its cost is unknown"
        return (
            f"Yes, beside the baseline: it flips less, and {known}.",
            "better" if report.data.labelled else "plain",
        )
    if change == "same" and rate.value == 0 and not bad:
        return _alone(report)
    so = "flips as often as the baseline" if change == "same" else "may flip as often as before"
    if bad:
        return f"No: it {so}, and something got worse.", "worse"
    return f"Not established: it {so}.", "plain"


def _alone(report: Report) -> tuple[str, Tone]:
    """Return the headline for a model without a baseline: by the noise floor, or the rate alone."""
    metrics = report.candidate.overall.metrics
    rate, excess = metrics["flip_rate"], metrics.get("excess_flip_rate")
    if excess is not None and excess.lower is not None:
        if excess.lower > 0:
            return "No: identity terms flip its decisions more than other words do.", "worse"
        return "No harm shown: identity terms flip it no more than other words do.", "plain"
    if rate.value == 0:
        most = "" if rate.upper is None else format_number("flip_rate", rate.upper)
        known = f" (the rate may be up to {most})" if most else ""
        return f"No flip was found{known}; whether that is enough, a limit has to say.", "plain"
    shown = format_number("flip_rate", rate.value)
    return f"It flips on {shown} of pairs; whether that is good, a limit has to say.", "plain"


def _steps(report: Report, tone: Tone) -> Iterator[str]:
    if lack_of_evidence(report):
        yield (
            "Find out why it decides or scores nearly all texts alike, such as a threshold that no "
            "score reaches, and evaluate again."
        )
        return
    if report.candidate.overall.metrics["flip_rate"].value is None:
        yield "Take texts that name people, or terms that these texts have: `evenhand data terms`."
        return
    if report.baseline is None:
        yield (
            "Set a limit: `evenhand gate init` writes rules from this report, and `evenhand gate` "
            "then says whether a model keeps them."
        )
    else:
        yield from _beside_baseline(report, costs_of(report, report.baseline), tone)
    slices = [each for each in report.candidate.slices if not each.slice.startswith("term=")]
    few = [each.slice for each in slices if each.too_few_pairs and each.slice != OVERALL]
    if few:
        yield (
            f"Find more texts for {counted(len(few), 'slice')} of too few pairs: "
            f"{listed([*few[:3], *(['others'] if len(few) > 3 else [])])}."
        )
    if "control_flip_rate" not in report.candidate.overall.metrics:
        yield (
            "Build the data with control pairs, to see whether identities flip it more than any "
            "edit does."
        )
    if not report.data.labelled:
        yield "Label some of the texts: without labels nobody sees what a repair costs."


def _beside_baseline(report: Report, costs: Iterator[Statement], tone: Tone) -> Iterator[str]:
    changes = Changes(report)
    test = changes.tests.get(OVERALL)
    if test is not None and test.only_candidate:
        new = counted(test.only_candidate, test.unit)
        verb = "flips" if test.only_candidate == 1 else "flip"
        yield (
            f"Read the new harms: {new} that {verb} now and did not before. They come first among "
            "the example flips."
        )
    if any(each.tone == "worse" for each in costs) or changes.of(OVERALL, "flip_rate") == "worse":
        yield "Look for a better trade-off: `evenhand remediate sweep` or `compare`."
    elif tone == "plain":
        yield "Use more pairs: `evenhand evaluate plan` says how many a rule needs."
    else:
        yield "Keep it so: `evenhand gate init` writes rules from this report, to be run in CI."
