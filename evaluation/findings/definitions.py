"""How a report's intervals and tests are made, and what it does not show, in words."""

from __future__ import annotations

from evenhand.remediation.judging.p_values import Adjustment

INTERVALS = {
    "wilson": "Wilson's score interval, for rates. Its size is the number of pairs or examples if "
    "they are independent and weigh the same, otherwise their effective number.",
    "tango": "Tango's score interval, for the difference of two rates over the same pairs or "
    "examples. Its size is the same as for Wilson's.",
    "newcombe": "Newcombe's interval, for the difference of two rates over different examples, "
    "such as precisions. Of the largest difference of several groups' rates it holds for whichever "
    "two groups that is.",
    "donner_zou": "Donner and Zou's interval, its counterpart for the ratio of two rates.",
    "exact": "Clopper and Pearson's exact interval, for odds ratios.",
    "bootstrap": "A bootstrap-t that resamples examples with all of their pairs, for means of "
    "scores; none for fewer than 20 effective examples.",
    "delong": "Newcombe's interval with DeLong's variance, for areas under the ROC curve.",
    "linear": "Linearisation (the influence of each example), for weighted areas and for areas "
    "under the precision-recall curve.",
    "beta_binomial": "The middle of what a beta-binomial model of all terms leaves likely, for "
    "pooled flip rates of terms.",
}

ADJUSTMENTS: dict[Adjustment, str] = {"holm": "Holm", "benjamini_hochberg": "Benjamini-Hochberg"}

PAIRED_TEST = (
    "An exact McNemar test asks whether the two models flip equally often. It uses the pairs that "
    "flip under one model alone or, if an example has several pairs in a slice, the examples. "
    "The test over all pairs is not adjusted, or for the number of labels alone; the tests of "
    "slices with enough pairs, those of all labels, are {}-adjusted for their number."
)

LIMITS = (
    "It shows whether decisions depend on the listed terms. It does not see bias that works "
    "through other words, names, dialects or topics.",
    "Removing or replacing a word can leave text that nobody would write, or change what the text "
    "means. A flip is a reason to look, not proof of unfairness.",
    "A flip rate of zero says nothing about whether the decisions are right: a model that gives "
    "every text the same score never flips. Read it beside the task metrics.",
    "Scores can move without crossing the threshold. The CTF gap and the distribution of score "
    "shifts show that, the flip rate does not.",
    "Groups with few pairs have wide intervals. Intervals are not adjusted for the number of "
    "slices.",
)
