"""Metrics of several labels in one dict: those of each label, and of all together.

A text may have any of several labels, and a model of them is measured label by label. Its metrics
are one flat dict, as history.json and train.json hold them: ``"toxic/auc"`` is the AUC of the label
toxic, and ``"auc"`` the mean over all labels. A model of one label has the names without a label.

What is to be lowered is averaged, and not taken from the worst label: the flips of one label are
often too few to tell two models apart, and a rule that looks at the worst label alone is blind to
all others. So that no label pays for another, limits hold for each of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from evenhand.remediation.judging.metric_labels import LABELS, SHARE_METRICS
from evenhand.remediation.judging.wording import MISSING, counted, metric_in_words

# Of flips and pairs, and of no decisions: a flip counts once for each label that it changes.
_SUMMED = ("n_flips", "n_pairs", "n_flips_mended", "n_flips_new")
# What a mean over labels would not mean anything of.
_OF_ONE_LABEL = {"threshold", "logit_spread", "n_newly_right", "n_newly_wrong"} | {
    f"{of}{name}" for of in ("", "label_", "taught_") for name in SHARE_METRICS
}


def joined(of_labels: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the metrics of all labels as one dict.

    Counts of flips and pairs are summed over labels. Other metrics of all labels together are means
    over the labels that have them; thresholds, shares and spreads have none.

    Args:
        of_labels: The metrics of each label, by its name. Those of a single label come back as they
            are.
    """
    if len(of_labels) == 1:
        return dict(*of_labels.values())
    found: dict[str, float] = {}
    for name in dict.fromkeys(name for each in of_labels.values() for name in each):
        values = [each[name] for each in of_labels.values() if name in each]
        if name.removeprefix("unseen_") in _SUMMED:
            found[name] = sum(values)
        elif name not in _OF_ONE_LABEL:
            found[name] = statistics.fmean(values)
    for label, each in of_labels.items():
        found |= {f"{label}/{name}": value for name, value in each.items()}
    return found


def by_label(metrics: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return the metrics of each label, by its name; of a single one under an empty name."""
    found: dict[str, dict[str, float]] = {}
    for key, value in metrics.items():
        label, _, name = key.rpartition("/")
        if label:
            found.setdefault(label, {})[name] = value
    return found or {"": dict(metrics)}


def n_labels(metrics: Mapping[str, float]) -> int:
    """Return the number of labels that metrics are of."""
    return len(by_label(metrics))


def pairs_in_words(metrics: Mapping[str, float]) -> str:
    """Return the number of pairs: ``"100 pairs"``, or ``"100 pairs × 6 labels"``."""
    several = n_labels(metrics)
    pairs = counted(int(metrics["n_pairs"]) // several, "pair")
    return pairs if several == 1 else f"{pairs} × {several} labels"


def before_label(label: str, sentence: str) -> str:
    """Return a sentence with the label that it is about before it, if there are several."""
    return f"{label}: {sentence}" if label else sentence


def label_table(
    baseline: Mapping[str, float], metrics: Mapping[str, float]
) -> tuple[list[str], list[list[str]]]:
    """Return a table by label as text: its headings, and a row for each label.

    Values are the baseline's, an arrow, and the model's. There are no rows if there is one label.
    """
    before, after = by_label(baseline), by_label(metrics)
    if len(before) < 2:
        return [], []
    names = [name for name in LABELS if any(name in each for each in before.values())]
    rows = [
        [label, *(_change(name, each, after.get(label, {})) for name in names)]
        for label, each in before.items()
    ]
    return ["label", *(LABELS[name] for name in names)], rows


def _change(name: str, before: Mapping[str, float], after: Mapping[str, float]) -> str:
    shown = [metric_in_words({name: each[name]}, name) for each in (before, after) if name in each]
    return " → ".join(shown) or MISSING
