"""Shares and counts in words, for the sentences that a training ends with."""

from __future__ import annotations

import math
from collections.abc import Mapping

from evenhand.remediation.judging.metric_labels import PERCENTAGES

MISSING = "–"
"""What stands for a metric that a model does not have."""


def percent(share: float) -> str:
    """Return a share in per cent; a share that is not 0 or 1 is never shown as 0 % or 100 %.

    >>> percent(0.0875), percent(1 / 30_000), percent(1 - 1 / 30_000), percent(0.0)
    ('8.75%', '0.0033%', '99.9967%', '0.00%')
    """
    rest = min(abs(share), abs(1 - share))
    digits = max(2, 1 + math.ceil(-math.log10(100 * rest))) if rest > 0 else 2
    return f"{100 * share:.{digits}f}%"


def metric_in_words(metrics: Mapping[str, float], name: str) -> str:
    """Return one of the metrics as text: shares in per cent, a flip rate with its counts."""
    if name not in metrics:
        return MISSING
    if name not in PERCENTAGES:
        return f"{metrics[name]:.4f}"
    counts = ""
    if name == "flip_rate" and "n_pairs" in metrics:
        counts = f" ({metrics['n_flips']:,} of {metrics['n_pairs']:,})"
    return percent(metrics[name]) + counts


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or the plural.

    >>> counted(1, "flip"), counted(1200, "flip")
    ('1 flip', '1,200 flips')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
