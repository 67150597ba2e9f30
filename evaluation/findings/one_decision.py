"""Does a model decide nearly all texts alike? Then it cannot flip, whatever it has learnt.

A flip takes two different decisions. If a model decides the same on nearly all texts, a flip rate
of zero proves nothing, neither to a gate nor to a reader. The same holds for how far scores move if
all scores are nearly the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.evaluation.findings.presentation import format_number
from evenhand.evaluation.reports.report import ModelReport, Report
from evenhand.remediation.judging.warning_signs import RARER_DECISION
from evenhand.remediation.judging.wording import counted

LEAST_SPREAD = 0.1
"""A model scores alike if the standard deviation of its logits is below this. Near 0.5, its scores
then differ by 0.025: small moves of the scores do not show fairness."""


@dataclass(frozen=True)
class Decided:
    """How many of a model's decisions at a threshold are the same.

    Attributes:
        commonest: The commonest decision: `positive`, `negative` or the number of a class.
        share: The share of the texts that get another decision, from 0 to 1.
        texts: The number of texts; None if only the share is known.
        threshold: The decision threshold, or None for decisions among classes.
    """

    commonest: str
    share: float
    texts: int | None
    threshold: float | None

    @property
    def is_alike(self) -> bool:
        """Whether nearly all decisions are the same."""
        return self.share < RARER_DECISION

    def describe(self) -> str:
        """Return, for instance, ``"calls all of 40 different texts negative at threshold 0.5"``."""
        share = "all" if self.share == 0 else format_number("positive_rate", 1 - self.share)
        of = "of the texts"
        if self.texts is not None:
            of = f"of {counted(self.texts, 'different text')}"
        if self.threshold is None:
            return f"puts {share} {of} in class {self.commonest}"
        return f"calls {share} {of} {self.commonest} at threshold {self.threshold:g}"


def decided(report: Report, model: ModelReport, threshold: float | None = None) -> Decided | None:
    """Return how many of a model's decisions are the same, or None if the report does not tell.

    Reports of earlier versions do not count decisions. For them the share of labelled originals
    that are scored positive is used.

    Args:
        report: The report that the model is in.
        model: The model.
        threshold: One of the model's thresholds; its main one if None.
    """
    main = report.threshold_of(model)
    at = main if threshold is None else threshold
    for decisions in model.decisions:
        texts = sum(decisions.by_decision.values())
        if decisions.threshold == at and texts:
            commonest = max(decisions.by_decision, key=decisions.by_decision.__getitem__)
            share = (texts - decisions.by_decision[commonest]) / texts
            return Decided(commonest, share, texts, None if model.by_class else at)
    name = "positive_rate" if at == main else f"positive_rate@{at}"
    found = model.overall.metrics.get(name)
    if found is None or found.value is None or model.by_class or model.decisions:
        return None
    commonest = "positive" if found.value > 0.5 else "negative"
    return Decided(commonest, min(found.value, 1 - found.value), None, at)


def logit_spread(model: ModelReport) -> float | None:
    """Return the standard deviation of a model's logits over the originals, if it is known."""
    found = model.overall.metrics.get("logit_spread")
    return None if found is None else found.value


def scores_alike(model: ModelReport) -> bool:
    """Return whether a model is known to give nearly the same score to every text."""
    spread = logit_spread(model)
    return spread is not None and spread < LEAST_SPREAD


def one_decision_in(report: Report, model: ModelReport, metric: str) -> str | None:
    """Return why a metric's value is no evidence, as a clause, or None if it may be evidence.

    Args:
        report: The report that the model is in.
        model: The model.
        metric: A metric's name, with its threshold if it has one.
    """
    vacuous_if = report.spec(metric).vacuous_if
    if vacuous_if == "decides_alike":
        found = decided(report, model, threshold_of(metric))
        if found is not None and found.is_alike:
            return f"the model {found.describe()}, so it cannot flip"
    if vacuous_if == "scores_alike" and scores_alike(model):
        spread = format_number("logit_spread", logit_spread(model))
        return f"the model scores all texts alike (standard deviation of the logits {spread})"
    return None


def threshold_of(metric: str) -> float | None:
    """Return the threshold in a metric's name, or None for the model's main one."""
    _, _, threshold = metric.partition("@")
    try:
        return float(threshold)
    except ValueError:
        return None
