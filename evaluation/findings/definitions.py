"""What a report's numbers mean, and what they do not show: the words that go with them."""

from __future__ import annotations

DEFINITIONS = {
    "flip_rate": "Pairs with different decisions on original and counterfactual, over all pairs.",
    "flip_rate_pos_to_neg": "Pairs that are positive as written and negative as counterfactuals, "
    "over all pairs.",
    "flip_rate_neg_to_pos": "Pairs that are negative as written and positive as counterfactuals, "
    "over all pairs.",
    "flip_count": "The number of flipped pairs, each counted with its example's weight.",
    "flip_rate_examples": "Examples with a pair that flips, over all examples of the slice, with "
    "and without a term.",
    "ctf_gap": "Counterfactual token fairness gap (Garg et al. 2019): the mean of "
    "|score(original) − score(counterfactual)| over pairs.",
    "standardized_ctf_gap": "The CTF gap free of scale: the mean of |logit(original) − "
    "logit(counterfactual)| over pairs, in standard deviations of the model's logits over all "
    "originals.",
    "logit_spread": "Standard deviation of the logits of the originals: near zero where a model "
    "scores all texts alike.",
    "score_shift": "The mean of score(original) − score(counterfactual) over pairs: above zero, "
    "identity terms raise the score.",
    "auc": "Area under the ROC curve on the originals.",
    "auc_precision_recall": "Area under the precision-recall curve on the originals.",
    "accuracy": "Share of labelled originals on the right side of the threshold.",
    "false_positive_rate": "Negative originals that are scored positive, over negative originals.",
    "false_negative_rate": "Positive originals that are scored negative, over positive originals.",
    "positive_rate": "Labelled originals that are scored positive, over labelled originals.",
    "flagged_rate": "Originals that are scored positive, over all originals, labelled or not.",
    "precision": "Positive originals among those that are scored positive.",
    "recall": "Positive originals that are scored positive, over positive originals.",
    "false_discovery_rate": "Negative originals among those that are scored positive.",
    "false_omission_rate": "Positive originals among those that are scored negative.",
    "subgroup_auc": "AUC within the slice (Borkan et al. 2019).",
    "bpsn_auc": "Background positive, subgroup negative (Borkan et al. 2019): AUC of the "
    "positives outside the slice against the negatives in it. Low where the slice's negatives "
    "score too high.",
    "bnsp_auc": "Background negative, subgroup positive (Borkan et al. 2019): AUC of the negatives "
    "outside the slice against the positives in it. Low where the slice's positives score too low.",
    "score_sens": "ScoreSens (Prabhakaran et al. 2019): score(original) less the mean score of its "
    "counterfactuals, averaged over texts.",
    "score_dev": "ScoreDev (Prabhakaran et al. 2019): standard deviation of the scores of a text's "
    "versions, averaged over texts.",
    "score_range": "ScoreRange (Prabhakaran et al. 2019): highest less lowest score of a text's "
    "versions, averaged over texts.",
}

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
