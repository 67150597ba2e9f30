"""The metrics of a report: what each means, and how and where it is shown.

`METRICS` has evenhand's own metrics. The specs of metrics that other packages add are in the report
itself, so that it means the same wherever it is read. Code that judges, shows or compares reports
asks `Report.spec`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.remediation.judging.metric_labels import LABELS, SHARE_FLAGGED

Kind = Literal[
    "rate", "area", "gap", "ratio", "shift", "difference", "p_value", "count", "amount", "number"
]
"""The range of a metric's values, and how they are written.

- ``rate``: a share from 0 to 1, written in per cent.
- ``area``, under a curve, ``gap``, between scores, and ``ratio``, of the smaller of two rates to
  the larger: from 0 to 1, written as decimals.
- ``shift``: a signed difference of scores, from -1 to 1.
- ``difference``: a signed difference of rates, from -1 to 1, written in percentage points.
- ``p_value``: of a test, from 0 to 1, written as decimals; not compared between models.
- ``count``: at least 0; it grows with the data, and is not an estimate.
- ``amount``: at least 0, without an upper limit.
- ``number``: any.
"""

Worse = Literal["higher", "lower"]

POOLED_FLIP_RATE = "flip_rate_pooled"
"""The metric that terms alone have; see `evenhand.evaluation.derived.partial_pooling`."""

Place = Literal["cards", "overall", "slices", "terms", "tasks", "verdict"]
"""Where a metric is shown, besides report.json and report.csv, which have all metrics.

- ``cards``: at the top of the page, in the first table of the summary and of the terminal, and
  where reports are compared.
- ``overall``: in the page's and the summary's table of the overall values.
- ``slices``: in the page's tables of flips by slice.
- ``terms``: in the page's table of flips by term, besides those.
- ``tasks``: in the page's table of task metrics by slice.
- ``verdict``: named in the verdict if it got worse.
"""


class MetricSpec(BaseModel):
    """The description of a metric.

    Attributes:
        name: Its name in reports and rules: small letters, digits and underscores.
        label: Its name for readers, as in the heading of a table.
        kind: The range of its values and how they are written.
        worse: Whether a higher or a lower value is worse; None if neither is, as for counts.
        definition: What it is, in a sentence or two.
        vacuous_if: When no value of it is evidence: if the model decides nearly all texts alike, or
            if it gives nearly the same score to all; None if that does not matter.
        by_threshold: Whether it has a value for each of the report's thresholds.
        shown: Where it is shown.
        tfma: Its name in the TFMA result beside the report, without threshold; None if it has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][_a-z0-9]*$", max_length=60)]
    label: Annotated[str, Field(min_length=1, max_length=60)]
    kind: Kind
    worse: Worse | None
    definition: Annotated[str, Field(min_length=1, max_length=1000)]
    vacuous_if: Literal["decides_alike", "scores_alike"] | None
    by_threshold: bool = False
    shown: tuple[Place, ...] = ("overall",)
    tfma: str | None = None

    @property
    def direction(self) -> int:
        """1 if a higher value is worse, -1 if a lower one is, 0 if neither."""
        return 0 if self.worse is None else 1 if self.worse == "higher" else -1

    @property
    def is_bounded(self) -> bool:
        """Whether the values lie between -1 and 1, as rates, areas and score gaps do."""
        return self.kind in ("rate", "area", "gap", "ratio", "shift", "difference")


def base_name(metric: str) -> str:
    """Return a metric's name without its threshold: ``flip_rate`` for ``flip_rate@0.7``."""
    return metric.partition("@")[0]


def spec_of(metric: str) -> MetricSpec:
    """Return the spec of one of evenhand's own metrics by name, with or without a threshold.

    For any other name, return a spec that says nothing: the metric may be any number.
    """
    name = base_name(metric)
    for known in (METRICS, COLUMN_METRICS, DATA_METRICS, FUNCTION_METRICS):
        if name in known:
            return known[name]
    if (of_class := class_spec(name)) is not None:
        return of_class
    return MetricSpec.model_construct(
        name=name,
        label=name,
        kind="number",
        worse=None,
        definition="",
        vacuous_if=None,
        shown=(),
    )


def _flips(
    name: str, label: str, kind: Kind, tfma: str | None, definition: str, *shown: Place
) -> MetricSpec:
    """Return a metric that counts flips."""
    return MetricSpec(
        name=name,
        label=label,
        kind=kind,
        worse=None if kind in ("count", "p_value") else "higher",
        definition=definition,
        vacuous_if="decides_alike",
        by_threshold=True,
        shown=shown,
        tfma=tfma,
    )


def _scores(
    name: str,
    label: str,
    kind: Kind,
    definition: str,
    *shown: Place,
    tfma: str | None = None,
) -> MetricSpec:
    """Return a metric of the change of score between the two texts of a pair."""
    return MetricSpec(
        name=name,
        label=label,
        kind=kind,
        worse=None if kind == "shift" else "higher",
        definition=definition,
        vacuous_if="scores_alike",
        shown=shown,
        tfma=tfma,
    )


def _area(
    name: str, label: str, definition: str, *shown: Place, is_in_tfma: bool = False
) -> MetricSpec:
    return MetricSpec(
        name=name,
        label=label,
        kind="area",
        worse="lower",
        definition=definition,
        vacuous_if=None,
        shown=shown,
        tfma=name if is_in_tfma else None,
    )


def _task(name: str, worse: Worse | None, definition: str, *shown: Place) -> MetricSpec:
    """Return a Fairness Indicator: a metric of decisions on labelled originals."""
    return MetricSpec(
        name=name,
        label=name.replace("_", " "),
        kind="rate",
        worse=worse,
        definition=definition,
        vacuous_if=None,
        by_threshold=True,
        shown=shown,
        tfma="accuracy" if name == "accuracy" else f"fairness_indicators_metrics/{name}",
    )


# In the order in which they are shown.
_SPECS = (
    _flips(
        "flip_rate",
        LABELS["flip_rate"],
        "rate",
        "flip_rate/overall",
        "Pairs with different decisions on original and counterfactual, over all pairs.",
        "cards",
        "overall",
    ),
    _flips(
        "flip_rate_pos_to_neg",
        "flip rate, positive to negative",
        "rate",
        "flip_rate/positive_to_negative",
        "Pairs that are positive as written and negative as counterfactuals, over all pairs.",
        "overall",
    ),
    _flips(
        "flip_rate_neg_to_pos",
        "flip rate, negative to positive",
        "rate",
        "flip_rate/negative_to_positive",
        "Pairs that are negative as written and positive as counterfactuals, over all pairs.",
        "overall",
    ),
    _flips(
        "flip_count",
        "flips",
        "count",
        "flip_count/overall",
        "The number of flipped pairs, each counted with its example's weight.",
        "overall",
        "slices",
    ),
    _flips(
        "flip_count_pos_to_neg",
        "flips, positive to negative",
        "count",
        "flip_count/positive_to_negative",
        "The number of pairs that flip from positive to negative.",
    ),
    _flips(
        "flip_count_neg_to_pos",
        "flips, negative to positive",
        "count",
        "flip_count/negative_to_positive",
        "The number of pairs that flip from negative to positive.",
    ),
    _flips(
        "flip_rate_examples",
        "flip rate of examples",
        "rate",
        "flip_rate_examples/overall",
        "Examples with a pair that flips, over all examples of the slice, with and without a term.",
        "overall",
    ),
    _flips(
        "excess_flip_rate",
        "flip rate above the noise floor",
        "difference",
        None,
        "The flip rate of the pairs that have a control pair, minus that of their controls: how "
        "much more often an edit of an identity term flips the decision than a similar edit of "
        "other words.",
        "cards",
        "overall",
        "slices",
    ),
    _flips(
        "excess_flip_p",
        "p of the flip rate above the noise floor",
        "p_value",
        None,
        "Exact McNemar test of whether pairs and their controls flip equally often.",
        "overall",
    ),
    _flips(
        "control_flip_rate",
        "noise floor",
        "rate",
        None,
        "Flip rate of the control pairs, whose edit is like their pair's but does not touch an "
        "identity term: how often any such edit flips the decision.",
        "cards",
        "overall",
    ),
    _flips(
        "control_flip_count",
        "flips of control pairs",
        "count",
        None,
        "The number of flipped control pairs, each counted with its example's weight.",
        "overall",
    ),
    MetricSpec(
        name=POOLED_FLIP_RATE,
        label="flip rate, pooled",
        kind="rate",
        worse="higher",
        definition="Of terms alone: the flip rate to expect, drawn towards that of all terms where "
        "the term has few pairs (a beta-binomial model of all terms). An estimate, not what "
        "was counted.",
        vacuous_if="decides_alike",
        shown=("terms",),
    ),
    _scores(
        "ctf_gap",
        LABELS["ctf_gap"],
        "gap",
        "Counterfactual token fairness gap (Garg et al. 2019): the mean of "
        "|score(original) − score(counterfactual)| over pairs.",
        "cards",
        "overall",
        "slices",
        tfma="ctf_gap",
    ),
    _scores(
        "ctf_gap_per_text",
        "CTF gap per text",
        "gap",
        "The CTF gap of each text, the mean of |score(original) − score(counterfactual)| over its "
        "pairs, averaged over texts, as Garg et al. (2019) average it.",
    ),
    _scores(
        "ctf_gap_p95",
        "score gap of 95 % of pairs",
        "gap",
        "The smallest gap |score(original) − score(counterfactual)| that 95 % of the pairs do not "
        "exceed.",
        "overall",
    ),
    _scores(
        "ctf_gap_max",
        "largest score gap",
        "gap",
        "The largest |score(original) − score(counterfactual)| of a pair.",
        "overall",
    ),
    _scores(
        "wasserstein_distance",
        "distance of the scores' distributions",
        "gap",
        "Wasserstein's distance (of order 1) between the distribution of the originals' scores and "
        "that of the counterfactuals'. Changes of single pairs that cancel out are not in it.",
        "overall",
    ),
    _scores(
        "control_ctf_gap",
        "CTF gap of control pairs",
        "gap",
        "The mean of |score(original) − score(control)| over control pairs.",
        "overall",
    ),
    MetricSpec(
        name="standardized_ctf_gap",
        label=LABELS["standardized_ctf_gap"],
        kind="amount",
        worse="higher",
        definition="The CTF gap free of scale: the mean of |logit(original) − "
        "logit(counterfactual)| over pairs, in standard deviations of the model's logits over all "
        "originals.",
        vacuous_if=None,
        shown=("overall",),
    ),
    _scores(
        "score_shift",
        "score shift",
        "shift",
        "The mean of score(original) − score(counterfactual) over pairs: above zero, identity "
        "terms raise the score.",
        "overall",
        "slices",
        tfma="score_shift",
    ),
    _area(
        "auc",
        LABELS["auc"],
        "Area under the ROC curve on the originals.",
        "cards",
        "overall",
        "tasks",
        "verdict",
        is_in_tfma=True,
    ),
    _area(
        "auc_precision_recall",
        "area under the precision-recall curve",
        "Area under the precision-recall curve on the originals.",
        is_in_tfma=True,
    ),
    _area("subgroup_auc", "subgroup AUC", "AUC within the slice (Borkan et al. 2019)."),
    _area(
        "bpsn_auc",
        "BPSN AUC",
        "Background positive, subgroup negative (Borkan et al. 2019): AUC of the positives outside "
        "the slice against the negatives in it. Low where the slice's negatives score too high.",
        "tasks",
    ),
    _area(
        "bnsp_auc",
        "BNSP AUC",
        "Background negative, subgroup positive (Borkan et al. 2019): AUC of the negatives outside "
        "the slice against the positives in it. Low where the slice's positives score too low.",
        "tasks",
    ),
    _task(
        "accuracy",
        "lower",
        "Share of labelled originals on the right side of the threshold or, of several classes, "
        "in the right one.",
        "cards",
        "overall",
        "tasks",
        "verdict",
    ),
    MetricSpec(
        name="macro_f1",
        label="macro F1",
        kind="ratio",
        worse="lower",
        definition="Of decisions for one of several classes: F1 of a class, 2 TP / (2 TP + FP + "
        "FN), as a mean over the classes that occur among labels or decisions.",
        vacuous_if=None,
        shown=("cards", "overall", "tasks", "verdict"),
    ),
    _task(
        "false_positive_rate",
        "higher",
        "Negative originals that are scored positive, over negative originals.",
        "overall",
        "tasks",
        "verdict",
    ),
    _task(
        "false_negative_rate",
        "higher",
        "Positive originals that are scored negative, over positive originals.",
        "overall",
        "tasks",
        "verdict",
    ),
    _task(
        "true_positive_rate",
        "lower",
        "Positive originals that are scored positive, over positive originals.",
    ),
    _task(
        "true_negative_rate",
        "lower",
        "Negative originals that are scored negative, over negative originals.",
    ),
    _task(
        "positive_rate",
        None,
        "Labelled originals that are scored positive, over labelled originals.",
        "tasks",
    ),
    _task(
        "negative_rate",
        None,
        "Labelled originals that are scored negative, over labelled originals.",
    ),
    _task(
        "false_discovery_rate",
        "higher",
        "Negative originals among those that are scored positive.",
        "tasks",
    ),
    _task(
        "false_omission_rate",
        "higher",
        "Positive originals among those that are scored negative.",
        "tasks",
    ),
    _task("precision", "lower", "Positive originals among those that are scored positive."),
    _task(
        "recall",
        "lower",
        "Positive originals that are scored positive, over positive originals.",
    ),
    MetricSpec(
        name="brier_score",
        label="Brier score",
        kind="gap",
        worse="higher",
        definition="Mean squared distance of the score from the label, over labelled originals.",
        vacuous_if=None,
        shown=("tasks",),
    ),
    MetricSpec(
        name="calibration_gap",
        label="calibration gap",
        kind="shift",
        worse=None,
        definition="Mean score less the share of positives, over labelled originals: above zero, "
        "scores are too high as probabilities.",
        vacuous_if=None,
        shown=("tasks",),
    ),
    MetricSpec(
        name="flagged_rate",
        label=SHARE_FLAGGED,
        kind="rate",
        worse=None,
        definition="Originals that are scored positive, over all originals, labelled or not.",
        vacuous_if=None,
        by_threshold=True,
        shown=("overall",),
    ),
    MetricSpec(
        name="logit_spread",
        label="spread of the logits",
        kind="amount",
        worse=None,
        definition="Standard deviation of the logits of the originals: near zero where a model "
        "scores all texts alike.",
        vacuous_if=None,
        shown=("overall",),
    ),
    _scores(
        "score_sens",
        "ScoreSens",
        "shift",
        "ScoreSens (Prabhakaran et al. 2019): score(original) less the mean score of its "
        "counterfactuals, averaged over texts.",
    ),
    _scores(
        "score_dev",
        "ScoreDev",
        "gap",
        "ScoreDev (Prabhakaran et al. 2019): standard deviation of the scores of a text's "
        "versions, averaged over texts.",
    ),
    _scores(
        "score_range",
        "ScoreRange",
        "gap",
        "ScoreRange (Prabhakaran et al. 2019): highest less lowest score of a text's versions, "
        "averaged over texts.",
    ),
    MetricSpec(
        name="control_pairs",
        label="control pairs",
        kind="count",
        worse=None,
        definition="Pairs that have a control pair and weigh more than 0.",
        vacuous_if=None,
        shown=("overall",),
    ),
    MetricSpec(
        name="example_count",
        label="examples",
        kind="count",
        worse=None,
        definition="Examples of the slice that weigh more than 0.",
        vacuous_if=None,
        shown=(),
    ),
    MetricSpec(
        name="weighted_example_count",
        label="examples by weight",
        kind="count",
        worse=None,
        definition="What the examples of the slice weigh together.",
        vacuous_if=None,
        shown=(),
    ),
)

METRICS: Mapping[str, MetricSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})
"""evenhand's own metrics by name, in the order in which they are shown."""

CONTROL_METRICS = frozenset(
    [
        "control_flip_rate",
        "control_flip_count",
        "control_ctf_gap",
        "control_pairs",
        "excess_flip_rate",
        "excess_flip_p",
    ]
)
"""The metrics that need control pairs; reports on data without any do not have them."""

CLASS_METRICS = ("accuracy", "macro_f1")
"""The metrics of decisions for one of several classes, beside the rates of each class."""

CLASS_RATES: Mapping[str, str] = MappingProxyType(
    {
        "recall": "Originals of class {0} that are put into it, over the originals of class {0}.",
        "precision": "Originals of class {0} that are put into it, over all that are put into it.",
        "false_positive_rate": "Originals of other classes that are put into class {0}, over the "
        "originals of other classes.",
    }
)
"""The rates of each class, with what they are."""

_CLASS_METRIC = re.compile(r"class_(\d+)_([a-z_]+)")


def class_metric(number: int, rate: str) -> str:
    """Return the name of a rate of a class: ``class_2_recall``."""
    return f"class_{number}_{rate}"


def class_spec(name: str) -> MetricSpec | None:
    """Return the spec of a rate of a class, by its name; None for any other metric."""
    found = _CLASS_METRIC.fullmatch(name)
    if found is None or found[2] not in CLASS_RATES:
        return None
    return MetricSpec(
        name=name,
        label=f"{found[2].replace('_', ' ')} of class {found[1]}",
        kind="rate",
        worse="higher" if found[2] == "false_positive_rate" else "lower",
        definition=CLASS_RATES[found[2]].format(found[1]),
        vacuous_if=None,
    )


FAIRNESS_RATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "demographic_parity": ("flagged_rate",),
        "equal_opportunity": ("true_positive_rate",),
        "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    }
)
"""The criteria of group fairness, each with the rates in which groups have to agree."""


def _of_column(
    criterion: str, what: str, kind: Kind, worse: Worse | None, definition: str
) -> MetricSpec:
    """Return a metric of one criterion of group fairness."""
    name = f"{criterion}_{what}"
    return MetricSpec(
        name=name,
        label=name.replace("_", " "),
        kind=kind,
        worse=worse,
        definition=f"{definition} {' or of '.join(FAIRNESS_RATES[criterion])}.",
        vacuous_if=None,
        by_threshold=True,
        shown=(),
    )


COLUMN_METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {
        spec.name: spec
        for criterion in FAIRNESS_RATES
        for spec in (
            _of_column(
                criterion,
                "difference",
                "difference",
                "higher",
                "The largest difference between two groups of a column, of",
            ),
            _of_column(
                criterion,
                "ratio",
                "ratio",
                "lower",
                "The smallest ratio of two groups of a column (four fifths is 0.8), of",
            ),
            _of_column(
                criterion,
                "p",
                "p_value",
                None,
                "Chi-square test of whether the groups of a column differ at all, of",
            ),
        )
    }
)
"""Metrics of a column, group fairness: those of `ModelReport.columns`."""

DATA_METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {
        "data.grammar_errors": MetricSpec.model_construct(
            name="data.grammar_errors",
            label="grammar errors",
            kind="rate",
            worse="higher",
            definition="Pairs with at least one fault of grammar that the edit brought, over the "
            "pairs that were checked.",
            vacuous_if=None,
            shown=(),
        )
    }
)
"""Metrics of the data, the same for every model, by name: those of `DataSummary.metrics`."""


def _of_functions(name: str, definition: str) -> MetricSpec:
    """Return a metric of the sentences of `evenhand evaluate functions`."""
    return MetricSpec.model_construct(
        name=f"functions.{name}",
        label=f"{name.replace('_', ' ')} on functionalities",
        kind="rate",
        worse="lower",
        definition=definition,
        vacuous_if=None,
        shown=(),
    )


FUNCTION_METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            _of_functions("accuracy", "Sentences that are decided right, over all sentences."),
            _of_functions(
                "true_positive_rate", "Toxic sentences that are flagged, over toxic sentences."
            ),
            _of_functions(
                "true_negative_rate",
                "Sentences that are not toxic and pass, over those that are not toxic.",
            ),
        )
    }
)
"""Metrics that belong to no report but to functions.json, by name in the gate's rules."""
