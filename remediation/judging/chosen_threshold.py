"""The threshold of a trained model, and how it was chosen: a part of train.json and of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.remediation.judging.wording import counted, percent

Criterion = Literal["same-share", "f1", "equal-opportunity"]

_Threshold = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class ChosenThreshold(BaseModel):
    """The main threshold of a trained model beside its baseline's.

    Attributes:
        criterion: What it was chosen for; None for a number that was given.
        candidate: The trained model's threshold; a score above it is positive.
        baseline: The baseline's threshold.
        n_examples: Held-out examples of weight above 0 that it was chosen on; 0 if it was given.
        column: The slice column whose values are the groups of `equal-opportunity`.
        candidate_value: What the criterion is about, of the trained model at its threshold: the
            share of the examples that it flags, F1, or the largest difference between two groups'
            true positive rates. None if the threshold was given, or if the baseline was kept.
        baseline_value: The same of the baseline at its threshold.
        value_at_baseline: The same of the trained model at the baseline's threshold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    criterion: Criterion | None
    candidate: _Threshold
    baseline: _Threshold
    n_examples: Annotated[int, Field(ge=0)] = 0
    column: Annotated[str, Field(max_length=1_000)] | None = None
    candidate_value: _Share | None = None
    baseline_value: _Share | None = None
    value_at_baseline: _Share | None = None

    @property
    def is_chosen(self) -> bool:
        """Whether it was chosen by its criterion, and not given or the baseline's."""
        return None not in (self.criterion, self.candidate_value, self.baseline_value)

    def of_baseline(self) -> ChosenThreshold:
        """Return the record if the baseline is kept instead, which keeps its threshold."""
        return ChosenThreshold(
            criterion=self.criterion,
            candidate=self.baseline,
            baseline=self.baseline,
            column=self.column,
        )

    def in_words(self) -> str:
        """Return how the threshold was chosen: a sentence without its full stop."""
        if self.criterion is None:
            return "it was given to the training"
        if self.candidate_value is None or self.baseline_value is None:
            return "the baseline was kept, and so was its threshold"
        name = {
            "same-share": "to flag the share of texts that the baseline flags",
            "f1": "for the highest F1",
            "equal-opportunity": "for the smallest difference between the true positive rates of "
            f"the groups of {self.column}",
        }[self.criterion]
        shown, before = (
            percent(each) if self.criterion != "f1" else f"{each:.4f}"
            for each in (self.candidate_value, self.baseline_value)
        )
        examples = counted(self.n_examples, "held-out example")
        return f"it was chosen on {examples} {name}: {shown}, the baseline {before}"


def record_of(threshold: ChosenThreshold | None) -> dict[str, Any] | None:
    """Return a threshold in a form that JSON takes."""
    return None if threshold is None else threshold.model_dump(mode="json")


def records_of(thresholds: Mapping[str, ChosenThreshold]) -> dict[str, Any]:
    """Return the thresholds of labels in a form that JSON takes."""
    return {label: each.model_dump(mode="json") for label, each in thresholds.items()}


def thresholds_of_result(of_labels: Mapping[str, ChosenThreshold]) -> dict[str, Any]:
    """Return what the result of a training says of thresholds: that of the main label, and each.

    Args:
        of_labels: By the label's name, the main one first; empty if nobody chose them.
    """
    return {
        "threshold": next(iter(of_labels.values()), None),
        "label_thresholds": dict(of_labels) if len(of_labels) > 1 else {},
    }
