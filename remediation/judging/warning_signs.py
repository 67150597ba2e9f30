"""Warnings from the validation metrics: the training destroyed the model, or chance decides."""

from __future__ import annotations

from evenhand.remediation.judging.several_labels import before_label, by_label, pairs_in_words
from evenhand.remediation.judging.trade_off import Metrics, change_of_share
from evenhand.remediation.judging.wording import counted, percent

COLLAPSED = 0.5
"""Logits have collapsed if their spread is less than this share of the baseline's: logits half as
far apart separate texts half as well."""

RARER_DECISION = 0.01
"""A model decides alike if less than this share of its different texts get another decision than
the commonest. Even if all of these flipped, the flip rate would hardly be above 2 %."""

MOST_SHARE_CHANGE = 0.03  # a few points
TOO_ACCURATE = 0.995
"""What people wrote and labelled is not decided so well, but what a model was trained on may be."""

FEW_FLIPS = 10  # the standard error of so few is about a third of them


def signs_of_destruction(metrics: Metrics, baseline: Metrics) -> list[str]:
    """Return a sentence, without its full stop, for each sign that a training destroyed its model.

    Args:
        metrics: Validation metrics of the trained model; see
            `evenhand.remediation.judging.validation.validate`.
        baseline: The baseline's, on the same examples and pairs.
    """
    before = by_label(baseline)
    return [
        before_label(label, sign)
        for label, after in by_label(metrics).items()
        for sign in _signs_of_label(after, before[label])
    ]


def _signs_of_label(metrics: Metrics, baseline: Metrics) -> list[str]:
    signs = []
    before, after = baseline.get("logit_spread"), metrics.get("logit_spread")
    if before and after is not None and after < COLLAPSED * before:
        signs.append(
            f"the logits shrank towards a constant: their standard deviation fell from "
            f"{before:.3g} to {after:.3g}, and the CTF gap shrinks with it (see the CTF gap in "
            "standard deviations)"
        )
    signs += [
        f"the training {change.finding}"
        for change in change_of_share(metrics, baseline, MOST_SHARE_CHANGE)
        if change.excess > 0
    ]
    return signs


def doubts_of_choice(baseline: Metrics) -> list[str]:
    """Return a sentence, without its full stop, for each reason to doubt what validation chooses.

    Args:
        baseline: The baseline's validation metrics.
    """
    doubts = []
    accuracy = baseline.get("accuracy", 0.0)
    if accuracy >= TOO_ACCURATE:
        doubts.append(
            f"the baseline decides {percent(accuracy)} of the texts to validate on as they are "
            "labelled: if it was trained on them, they show neither its flips nor what the "
            "training costs; give others, which it has not seen (`validation_data`)"
        )
    flips = baseline.get("n_flips")
    if flips is not None and flips < FEW_FLIPS:
        doubts.append(
            f"the baseline has {counted(int(flips), 'flip')} in the {pairs_in_words(baseline)} to "
            "validate on: of so few, chance "
            "decides which model has the fewest; hold out more (`validation_split`, "
            "`validation_data`)"
        )
    return doubts
