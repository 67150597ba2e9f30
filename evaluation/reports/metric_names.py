"""The names that a report's metrics can have, and which way each gets worse."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WORSE_WHEN_HIGHER = """
flip_rate flip_rate_pos_to_neg flip_rate_neg_to_pos flip_rate_examples ctf_gap
standardized_ctf_gap score_dev score_range
false_positive_rate false_negative_rate false_discovery_rate false_omission_rate
"""
_WORSE_WHEN_LOWER = """
auc auc_precision_recall subgroup_auc bpsn_auc bnsp_auc accuracy precision recall
true_positive_rate true_negative_rate
"""
# Counts grow with the data, and signed shifts and shares of decisions are neither good nor bad.
_NEITHER = """
flip_count flip_count_pos_to_neg flip_count_neg_to_pos score_shift score_sens
positive_rate negative_rate flagged_rate logit_spread example_count weighted_example_count
"""

WORSE_DIRECTIONS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(_WORSE_WHEN_HIGHER.split(), 1)
    | dict.fromkeys(_WORSE_WHEN_LOWER.split(), -1)
    | dict.fromkeys(_NEITHER.split(), 0)
)
"""Every metric's name without threshold: 1 if a higher value is worse, -1 if a lower one, or 0."""


def base_name(metric: str) -> str:
    """Return a metric's name without its threshold: ``flip_rate`` for ``flip_rate@0.7``."""
    return metric.partition("@")[0]


def worse_direction(metric: str) -> int:
    """Return 1 if a higher value of `metric` is worse, -1 if a lower one is, 0 if neither."""
    return WORSE_DIRECTIONS.get(base_name(metric), 0)


def is_share(metric: str) -> bool:
    """Return whether `metric` can lie between -1 and 1 only, as rates, areas and score gaps do."""
    return base_name(metric) not in ("standardized_ctf_gap", "logit_spread")
