"""Metrics of a classifier on held-out examples and pairs, which training uses and logs.

The numbers of a report are not these: `evenhand.evaluation` computes them with TFMA.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.support.arrays import Flags, Floats
from evenhand.remediation.batches.training_data import Numbers, TrainingData
from evenhand.remediation.defaults import SCORED_FOR_TRAINED, SCORING_BATCH
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold
from evenhand.remediation.judging.effective_size import Texts, effective_size
from evenhand.remediation.judging.several_labels import before_label, joined
from evenhand.remediation.judging.standardized_gap import logit_spread, standardized_gap
from evenhand.remediation.judging.threshold_rule import HeldOut, ThresholdRule
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.outputs.decisions import DEFAULT_THRESHOLD, decisions, flips
from evenhand.remediation.outputs.margins import margins

_ROUNDING = 1e-12  # of sums of many weights: an area this close to 0 or 1 is 0 or 1

Decisions = npt.NDArray[Any]
Weights = npt.NDArray[Any]
Ranks = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Scores:
    """A model's outputs for held-out texts; see `Classifier.predict`.

    Attributes:
        examples: Outputs for the examples, leading dimension n.
        originals: Outputs for the pairs' originals, leading dimension pairs.
        counterfactuals: Outputs for their counterfactuals, leading dimension pairs.
    """

    examples: Floats
    originals: Floats
    counterfactuals: Floats


@dataclass(frozen=True)
class HeldOutLabel:
    """Held-out data with one label, and what the baseline says of it.

    Attributes:
        data: Examples.
        pairs: The data with the pairs: `data` itself, or other data.
        baseline: The baseline's outputs.
        rule: How the model's threshold is found, and the baseline's; None for 0.5, and for
            decisions among classes.
        groups: The number of each example's group, for a rule that looks at groups.
        has_blind_teacher: Whether examples without labels are to be decided as the baseline decides
            their first counterfactual, which has no terms; otherwise as it decides them.
    """

    data: TrainingData
    pairs: TrainingData
    baseline: Scores
    rule: ThresholdRule | None = None
    groups: Numbers | None = None
    has_blind_teacher: bool = False

    def judged(self, scores: Scores) -> tuple[Metrics, ChosenThreshold | None, tuple[str, ...]]:
        """Return the metrics that a model's scores give, its threshold, and doubts about that."""
        if self.rule is None:
            return self._measured(scores), None, ()
        held_out = self.held_out
        ours, theirs = scores.examples[held_out.rows], self.baseline.examples[held_out.rows]
        threshold = self.rule.threshold(ours, theirs, held_out)
        choice = self.rule.chosen(threshold, ours, theirs, held_out)
        doubts = self.rule.warnings(choice, ours, held_out)
        return self._measured(scores, threshold), choice, doubts

    @property
    def held_out(self) -> HeldOut:
        """The examples that a threshold is chosen on: those that are measured."""
        rows = np.flatnonzero(_measured_rows(self.data))
        label = self.data.label[rows]
        return HeldOut(
            rows,
            decisions(label) if np.isfinite(label).all() else None,
            self.data.weight[rows].astype(np.float64),
            None if self.groups is None else self.groups[rows],
        )

    @property
    def baseline_metrics(self) -> Metrics:
        """The metrics of the baseline."""
        return self._measured(self.baseline)

    @property
    def blind_metrics(self) -> Metrics | None:
        """The baseline's metrics if it scored each text's counterfactual instead of the text."""
        example = self.pairs.example
        if self.pairs is not self.data or not len(example) or (np.diff(example) == 0).any():
            return None
        counterfactuals = self.baseline.counterfactuals
        return self._measured(Scores(self._without_terms, counterfactuals, counterfactuals))

    @property
    def _taught(self) -> Floats | None:
        """What a blind teacher says of the examples, leading dimension n; None without one."""
        if not self.has_blind_teacher or self.pairs is not self.data:
            return None
        return self._without_terms

    @property
    def _without_terms(self) -> Floats:
        """The baseline's outputs for each example's first counterfactual, or for itself without."""
        example, first = np.unique(self.pairs.example, return_index=True)
        scores = self.baseline.examples.copy()
        scores[example] = self.baseline.counterfactuals[first]
        return scores

    def _measured(self, scores: Scores, threshold: float | None = None) -> Metrics:
        """Return the metrics that scores give at a threshold, that of the baseline if None."""
        of_baseline = DEFAULT_THRESHOLD if self.rule is None else self.rule.baseline
        at = of_baseline if threshold is None else threshold
        metrics = metrics_of(
            scores, self.data, self.pairs, self.baseline, (at, of_baseline), self._taught
        )
        return metrics if self.rule is None or not metrics else {**metrics, "threshold": at}


@dataclass(frozen=True)
class Validation:
    """Held-out data that a model is measured on repeatedly during training.

    Attributes:
        classifier: The model, whose weights may change between two measurements.
        data: Examples, with all labels.
        pairs: The data with the pairs: `data` itself, or other data.
        labels: What each label is measured by, by its name; where no more than one is trained, that
            one under an empty name.
        batch_size: Texts that the model sees at once.
    """

    classifier: Classifier
    data: TrainingData
    pairs: TrainingData
    labels: Mapping[str, HeldOutLabel]
    batch_size: int = SCORING_BATCH

    @classmethod
    def of_baseline(
        cls,
        classifier: Classifier,
        data: TrainingData,
        pairs: TrainingData | None = None,
        rules: Mapping[str, ThresholdRule] = MappingProxyType({}),
        groups: Numbers | None = None,
        *,
        has_blind_teacher: bool = False,
        batch_size: int = SCORING_BATCH,
    ) -> Validation:
        """Return the validation of a training whose baseline is the classifier as it is now.

        Args:
            classifier, data, pairs, batch_size: See the attributes; the pairs are those of `data`
                if None.
            rules: How thresholds are found, by the names in `labels`.
            groups, has_blind_teacher: See `HeldOutLabel`.

        Raises:
            ConfigurationError: The rule cannot choose a threshold on these examples.
        """
        pairs = data if pairs is None else pairs
        found: dict[str, HeldOutLabel] = {}
        scores = scores_of(classifier, data, pairs, batch_size)
        for number, (label, of_label) in enumerate(scores.items()):
            own = data.of_label(number)
            its_pairs, rule = own if pairs is data else pairs, rules.get(label)
            found[label] = HeldOutLabel(own, its_pairs, of_label, rule, groups, has_blind_teacher)
            if rule is not None:
                rule.check(found[label].held_out, label)
        return cls(classifier, data, pairs, found, batch_size)

    def metrics(self) -> Metrics:
        """Return the metrics of the model as it is now; see `validate`."""
        return self.judged()[0]

    def judged(self) -> tuple[Metrics, dict[str, ChosenThreshold], tuple[str, ...]]:
        """Return the metrics of the model as it is now, its thresholds, and doubts about those.

        Returns:
            The metrics; how the threshold of each label was chosen, if there is a rule; and
            warnings, sentences without their full stops.
        """
        scores = scores_of(self.classifier, self.data, self.pairs, self.batch_size)
        metrics: dict[str, Metrics] = {}
        thresholds: dict[str, ChosenThreshold] = {}
        doubts: list[str] = []
        for label, of_label in self.labels.items():
            metrics[label], choice, found = of_label.judged(scores[label])
            thresholds |= {} if choice is None else {label: choice}
            doubts += [before_label(label, each) for each in found]
        return joined(metrics), thresholds, tuple(doubts)

    @property
    def kept_thresholds(self) -> dict[str, ChosenThreshold]:
        """The thresholds if the baseline is kept, which keeps its own."""
        rules = {label: each.rule for label, each in self.labels.items()}
        return {label: rule.kept_baseline() for label, rule in rules.items() if rule is not None}

    @property
    def baseline_metrics(self) -> Metrics:
        """The metrics of the baseline."""
        return joined({label: each.baseline_metrics for label, each in self.labels.items()})

    @property
    def blind_metrics(self) -> Metrics | None:
        """The baseline's metrics if it scored each text's counterfactual instead of the text.

        With pairs by ablation or neutral ones, that is the baseline with the terms taken out before
        it scores. None if a text has several counterfactuals, or if the examples have none.
        """
        found: dict[str, Metrics] = {}
        for label, each in self.labels.items():
            metrics = each.blind_metrics
            if metrics is None:
                return None
            found[label] = metrics
        return joined(found)

    def errors_of_groups(self, n_groups: int) -> Floats:
        """Return the share of wrong decisions on each group of the examples, shape (n_groups,).

        Decisions are made at threshold 0.5, or for the most probable class, of the model as it is
        now. Of several labels it is the mean over those of which the group has examples. NaN for a
        group without a labelled example of weight above 0.
        """
        data = self.data
        groups = np.full(len(data.label), -1) if data.groups is None else data.groups
        rows = np.flatnonzero(data.is_labelled & (groups >= 0))
        said = self.classifier.predict_labels(data.text[rows], self.batch_size)
        found = []
        for number, outputs in enumerate(said.values()):
            label = data.of_label(number).label[rows]
            known = np.isfinite(label)
            wrong = decisions(outputs[known]) != _truth(outputs, label[known])
            weight, members = data.weight[rows][known], groups[rows][known]
            of_all, of_wrong = (
                np.bincount(members, weight * counted, minlength=n_groups)
                for counted in (np.ones(len(members)), wrong)
            )
            found.append(
                np.divide(of_wrong, of_all, out=np.full(n_groups, np.nan), where=of_all > 0)
            )
        known_of = np.isfinite(found)
        total = np.where(known_of, found, 0).sum(axis=0)
        n_known = known_of.sum(axis=0)
        return np.divide(total, n_known, out=np.full(n_groups, np.nan), where=n_known > 0)


def validation_batch(batch_size: int) -> int:
    """Return how many texts a validation scores at once in a training in batches of this size.

    Scoring keeps less than training, so more fit into memory; a smaller batch is smaller in both.
    """
    return min(SCORED_FOR_TRAINED * batch_size, SCORING_BATCH)


def validate(
    classifier: Classifier,
    data: TrainingData,
    pairs: TrainingData | None = None,
    batch_size: int = SCORING_BATCH,
) -> Metrics:
    """Score held-out data and return its metrics, weighted by example and pair weights.

    Decisions are made at threshold 0.5, or for the most probable of several classes. Rows of weight
    0 do not count. A metric that cannot be computed is left out.

    Args:
        classifier: The model to score with.
        data: Examples.
        pairs: The data with the pairs, if not `data` itself.
        batch_size: Texts that the model sees at once.

    Returns:
        An empty dict if there are no examples. Otherwise, on the examples with a label, or on all
        examples if none has a label:

        - ``accuracy``; for scores, if both classes occur, also ``auc`` and its standard error,
          ``auc_error``
        - ``positive_rate``, the share of texts decided for the positive class; with several classes
          ``largest_class_share``, the share of the class most often decided for; and the same
          shares among the labels, with ``label_`` in front
        - ``logit_spread``, the standard deviation of the logits; with several classes, of the
          logits of the margins of the class decided for

        and on the pairs, if there are any:

        - ``flip_rate`` and ``ctf_gap``, and ``standardized_ctf_gap``, in units of the spread
        - ``n_flips`` and ``n_pairs``, counts
        - ``effective_pairs``, Kish's effective sample size: how many pairs of equal weight, each
          from a text of its own, give the same information
        - ``flip_rate_examples``, the share of examples with a pair that flips

        A `Validation` adds the differences from the baseline: ``n_newly_right`` and
        ``n_newly_wrong``, counts of examples, or without labels ``agreement``, the share of the
        examples that the model decides as the baseline does or, with a blind teacher, as the
        baseline does without their terms; then also the shares with ``taught_`` in front; and
        ``effective_examples``, as ``effective_pairs``; ``n_flips_mended``, the number of pairs that
        flip under the baseline alone, and ``n_flips_new``, those that flip under the model alone.

        Of several labels, see `evenhand.remediation.judging.several_labels`.
    """
    pairs = data if pairs is None else pairs
    scores = scores_of(classifier, data, pairs, batch_size)
    found: dict[str, Metrics] = {}
    for number, (label, of_label) in enumerate(scores.items()):
        own = data.of_label(number)
        found[label] = metrics_of(of_label, own, own if pairs is data else pairs, None)
    return joined(found)


def scores_of(
    classifier: Classifier,
    data: TrainingData,
    pairs: TrainingData,
    batch_size: int = SCORING_BATCH,
) -> dict[str, Scores]:
    """Score examples and pairs, which may be the same data's, and return each label's scores."""
    of_examples = classifier.predict_labels(data.text, batch_size)
    of_pairs = of_examples if pairs is data else classifier.predict_labels(pairs.text, batch_size)
    of_counterfactuals = classifier.predict_labels(pairs.counterfactual, batch_size)
    return {
        label: Scores(of_examples[label], own[pairs.example], of_counterfactuals[label])
        for label, own in of_pairs.items()
    }


def metrics_of(
    scores: Scores,
    data: TrainingData,
    pairs: TrainingData,
    baseline: Scores | None,
    thresholds: tuple[float, float] = (DEFAULT_THRESHOLD, DEFAULT_THRESHOLD),
    taught: Floats | None = None,
) -> Metrics:
    """Return the metrics that scores give; see `validate`.

    Args:
        scores: A model's scores.
        data: The examples.
        pairs: The data with the pairs.
        baseline: The scores to compare with, if any.
        thresholds: The model's threshold, and the baseline's.
        taught: What examples without labels are to be scored as, if not as the baseline does.
    """
    if not data.weight.any():
        return {}
    measured = _measured_rows(data)
    ours, theirs = thresholds
    before = None if baseline is None else decisions(baseline.examples[measured], theirs)
    label = data.label[measured] if np.isfinite(data.label[measured]).all() else None
    target = None if taught is None else decisions(taught[measured], theirs)
    metrics = _example_metrics(
        scores.examples[measured], label, data.weight[measured], before, ours, target
    )
    if pairs.pair_weight.any():
        metrics |= _pair_metrics(scores, pairs, metrics["logit_spread"], baseline, thresholds)
        if pairs is not data:
            metrics.pop("flip_rate_examples")  # the pairs are of other texts than the examples
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _measured_rows(data: TrainingData) -> Flags:
    """Return which examples are measured: those with a label, or all if none has one."""
    weighs = data.weight > 0
    labelled = np.isfinite(data.label) & weighs
    return labelled if labelled.any() else weighs


def distance(original: Floats, counterfactual: Floats) -> Floats:
    """Return the distance between the scores of a pair's two sides, shape (n,).

    With several classes it is that of the margins of the class decided for on the original; see
    `evenhand.remediation.outputs.margins`.
    """
    original, counterfactual = _sides(original, counterfactual)
    return np.asarray(np.abs(original - counterfactual))


def _sides(original: Floats, counterfactual: Floats) -> tuple[Floats, Floats]:
    if original.ndim == 1:
        return original, counterfactual
    decision = decisions(original)
    return margins(original, decision), margins(counterfactual, decision)


def _example_metrics(
    said: Floats,
    label: Decisions | None,
    weight: Weights,
    baseline: Decisions | None,
    threshold: float,
    target: Decisions | None,
) -> Metrics:
    decided = decisions(said, threshold)
    metrics: Metrics = {}
    if label is not None:
        truth = _truth(said, label)
        right = decided == truth
        metrics["accuracy"] = _mean(right, weight)
        if said.ndim == 1 and truth.any() and not truth.all():
            metrics["auc"] = area_under_curve(said, truth, weight)
            metrics["auc_error"] = error_of_area(metrics["auc"], weight[truth], weight[~truth])
        metrics |= _shares("label_", truth, weight)
        if baseline is not None:
            was_right = baseline == truth
            metrics["n_newly_right"] = int((right & ~was_right).sum())
            metrics["n_newly_wrong"] = int((was_right & ~right).sum())
    elif baseline is not None:
        metrics["agreement"] = _mean(decided == (baseline if target is None else target), weight)
        metrics["effective_examples"] = effective_size(weight.astype(np.float64))
        metrics |= {} if target is None else _shares("taught_", target, weight)
    metrics |= _shares("", decided, weight)
    scores = said if said.ndim == 1 else margins(said, decided)
    return {**metrics, "logit_spread": logit_spread(scores, weight)}


def _truth(said: Floats, label: Decisions) -> Decisions:
    """Return the decisions that would be right: labels in the form of decisions on scores."""
    return decisions(label) if said.ndim == 1 else label.astype(np.int64)


def _shares(prefix: str, decided: Decisions, weight: Weights) -> Metrics:
    """Return the share of the positive class, or of the commonest of several classes."""
    if decided.dtype == np.bool_:
        return {f"{prefix}positive_rate": _mean(decided, weight)}
    share = float(np.bincount(decided, weight).max() / weight.sum())
    return {f"{prefix}largest_class_share": share}


def _pair_metrics(
    scores: Scores,
    data: TrainingData,
    spread: float,
    baseline: Scores | None,
    thresholds: tuple[float, float],
) -> Metrics:
    weight = data.pair_weight
    ours, theirs = thresholds
    weighs, flipped = weight > 0, flips(scores.originals, scores.counterfactuals, ours)
    texts = np.bincount(data.example, flipped & weighs, minlength=len(data.weight)) > 0
    sides = _sides(scores.originals, scores.counterfactuals)
    metrics = {
        "flip_rate": _mean(flipped, weight),
        "ctf_gap": _mean(np.abs(sides[0] - sides[1]), weight),
        "standardized_ctf_gap": standardized_gap(*sides, weight, spread),
        "n_flips": int((flipped & weighs).sum()),
        "n_pairs": int(weighs.sum()),
        "effective_pairs": effective_size(Texts(data.example).sums(weight.astype(np.float64))),
        "flip_rate_examples": _mean(texts, data.weight) if data.weight.any() else math.nan,
    }
    if baseline is not None:
        before = flips(baseline.originals, baseline.counterfactuals, theirs)
        metrics["n_flips_mended"] = int((before & ~flipped & weighs).sum())
        metrics["n_flips_new"] = int((flipped & ~before & weighs).sum())
    return metrics


def score_ranks(scores: npt.NDArray[np.generic]) -> Ranks:
    """Return the rank of each score among the different scores, from 0, shape (n,).

    To rank only some of the rows, their ranks can be given instead of their scores.
    """
    return np.unique(scores, return_inverse=True)[1].astype(np.int32)


def area_and_slopes(above: Floats, below: Floats) -> tuple[float, Floats, Floats]:
    """Return the exact area under the ROC curve, and how it changes with a little more weight.

    The area is the weighted share of couples of a positive and a negative in which the positive
    scores higher; ties count half.

    Args:
        above: The positives' weight at each different score, ascending, shape (scores,).
        below: The negatives' weight at each. Neither may be 0 everywhere.

    Returns:
        The area, and its derivatives, each shape (scores,): by the share of the positives' weight,
        and by the share of the negatives' weight, that is at each score.
    """
    beaten, missed = ((np.cumsum(each) - each / 2) / each.sum() for each in (below, above))
    value = float((above * beaten).sum() / above.sum())
    if min(value, 1 - value) < _ROUNDING:
        value = float(round(value))
    return value, beaten - value, 1 - missed - value


def area_under_curve(score: Floats, positive: npt.NDArray[np.bool_], weight: Weights) -> float:
    """Return the area under the ROC curve of scores, shape (n,); see `area_and_slopes`."""
    ranks = score_ranks(score)
    above, below = (
        np.bincount(ranks, weight * side).astype(np.float64) for side in (positive, ~positive)
    )
    return area_and_slopes(above, below)[0]


def error_of_area(area: float, positives: Weights, negatives: Weights) -> float:
    """Return the standard error of an area under the ROC curve, from the area and the class sizes.

    Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating
    characteristic curve", Radiology 143; class sizes are Kish's effective ones.

    Args:
        area: From 0 to 1.
        positives: Weights of the positives, shape (p,).
        negatives: Weights of the negatives, shape (n,).
    """
    p, n = effective_size(positives), effective_size(negatives)
    two_positives, two_negatives = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area)
    variance += (p - 1) * (two_positives - area**2) + (n - 1) * (two_negatives - area**2)
    return math.sqrt(max(variance, 0.0) / (p * n))


def _mean(values: npt.NDArray[Any], weight: Weights) -> float:
    return float((values * weight).sum() / float(weight.sum()))
