"""functions.html: what a model can do, as a self-contained page that opens offline."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.data.support.printable import printable
from evenhand.evaluation.findings import functions_words
from evenhand.evaluation.findings.changes import MARKS
from evenhand.evaluation.findings.presentation import format_score
from evenhand.evaluation.findings.sentences import OUTCOMES, Sentence
from evenhand.evaluation.rendering.pages import render_page
from evenhand.evaluation.reports.functions_report import FUNCTIONALITY, FunctionsReport
from evenhand.remediation.judging.wording import counted

# These limits keep the page under 2 MB for any groups; functions.csv has everything
MAX_GROUPS = 300
MAX_SENTENCES = 600
MAX_TEXT = 600  # characters shown of a sentence


def render_functions_page(report: FunctionsReport, wrong: Sequence[Sentence]) -> str:
    """Return a result as an HTML page; names and sentences are escaped.

    Args:
        report: The result.
        wrong: The sentences that a model decides wrong, those to show first before others.
    """
    groups = report.in_order("group")
    return render_page(
        "functions.html.jinja",
        report=report,
        sentences_in_words=list(functions_words.overall_in_words(report)),
        threshold=functions_words.threshold_in_words(report),
        level=f"{100 * report.level:.6g}%",
        reasons={each.name: each for each in report.functionalities},
        totals=report.totals(),
        by_function=report.in_order(FUNCTIONALITY),
        by_group=groups[:MAX_GROUPS],
        n_groups=len(groups),
        wrong=[(each, printable(each.case.text)[:MAX_TEXT]) for each in wrong[:MAX_SENTENCES]],
        n_wrong=len(wrong),
        outcomes=OUTCOMES,
        value_of=functions_words.value_of,
        share=functions_words.format_share,
        interval=functions_words.format_share_interval,
        change_in_words=functions_words.format_change,
        went=functions_words.went,
        marks=MARKS,
        score=format_score,
        counted=counted,
    )
