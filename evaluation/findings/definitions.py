"""How a report's intervals and tests are made, and what it does not show, in words."""

from __future__ import annotations

INTERVALS = {
    "wilson": "Wilson's score interval, for rates: of the pairs or examples where they are "
    "independent and weigh the same, else of the effective number of such.",
    "tango": "Tango's score interval, for the difference of two rates over the same pairs or "
    "examples, of the same number.",
    "newcombe": "Newcombe's interval, for the difference of two rates over different examples, "
    "such as precisions.",
    "exact": "Clopper and Pearson's exact interval, for odds ratios.",
    "bootstrap": "A bootstrap-t that resamples examples with all of their pairs, for means of "
    "scores; none for fewer than 20 effective examples.",
    "delong": "Newcombe's interval with DeLong's variance, for areas under the ROC curve.",
    "linear": "Linearisation (the influence of each example), for weighted areas and for areas "
    "under the precision-recall curve.",
}

PAIRED_TEST = (
    "An exact McNemar test asks whether the two models flip equally often, from the pairs that "
    "flip under one model alone; where an example has several pairs in a slice, from examples. "
    "The test over all pairs stands by itself; those of the slices that have enough pairs are "
    "Holm-adjusted for their number."
)

LIMITS = (
    "It shows whether decisions depend on the listed terms. Bias that works through other words, "
    "names, dialects or topics is not seen.",
    "Removing or replacing a word can leave text that nobody would write, or change what the text "
    "means. A flip is a reason to look, not proof of unfairness.",
    "A flip rate of zero says nothing about whether the decisions are right: a model that gives "
    "every text the same score never flips. Read it beside the task metrics.",
    "Scores can move without crossing the threshold. The CTF gap and the distribution of score "
    "shifts show that, the flip rate does not.",
    "Groups with few pairs have wide intervals. Intervals are not adjusted for the number of "
    "slices.",
)
