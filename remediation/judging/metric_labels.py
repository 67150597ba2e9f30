"""The labels of a training's metrics, in its tables and in its sentences.

If a report has the same metric, `evenhand.evaluation.reports.metric_specs` takes the label from
here: evaluation imports remediation, not the reverse, and help pages must not load that module.
"""

from __future__ import annotations

SHARE_FLAGGED = "share of texts flagged"

# In the order of a training's table; the names are those of `validation.validate`.
LABELS = {
    "flip_rate": "flip rate",
    "ctf_gap": "CTF gap",
    "standardized_ctf_gap": "CTF gap in standard deviations",
    "auc": "AUC",
    "accuracy": "accuracy",
    "agreement": "agreement with the baseline",
    "positive_rate": SHARE_FLAGGED,
    "largest_class_share": "share of the commonest class",
    "threshold": "threshold",
}
IN_SENTENCES = LABELS | {
    "agreement": "agreement",
    "largest_class_share": "share of the class most often decided for",
}

# The metrics that say how well the task is done: the first one that is not missing is used.
TASK_METRICS = ("auc", "accuracy", "agreement")
# The metrics that say what share is flagged: again the first one that is not missing.
SHARE_METRICS = ("positive_rate", "largest_class_share")
# Written in per cent.
PERCENTAGES = frozenset({"flip_rate", "accuracy", "agreement", *SHARE_METRICS})
