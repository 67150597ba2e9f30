"""The table and the picture of a comparison of techniques, or of a sweep, to be shown by a report.

`evenhand remediate compare` writes compare.json, `evenhand remediate sweep` sweep.json. Both were
measured on other data than the report's, and nothing in a report is computed from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from evenhand.data.errors import InputError
from evenhand.data.storage.whole_files import file_in
from evenhand.data.support.documents import problems_of, read_document
from evenhand.remediation.judging.metric_labels import IN_SENTENCES, LABELS, TASK_METRICS
from evenhand.remediation.judging.several_labels import n_labels
from evenhand.remediation.judging.wording import metric_in_words

FILE_NAME = "compare.json"
SWEEP_NAME = "sweep.json"

_OF_SWEEPS = ("flip_rate", "ctf_gap", *TASK_METRICS, "positive_rate")  # in a sweep's table

_Text = Annotated[str, Field(max_length=2_000)]
_Row = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=50)]


_Share = Annotated[float, Field(ge=0, le=1)]


def _numbers(metrics: Any) -> Any:
    """Return what is a number; a record may have other things beside them."""
    if not isinstance(metrics, dict):
        return metrics
    return {name: each for name, each in metrics.items() if type(each) in (int, float)}


_Metrics = Annotated[dict[str, int | float], BeforeValidator(_numbers)]


class TradeOffPoint(BaseModel):
    """A model in a picture of the trade-off.

    Attributes:
        name: The technique's or the trial's name, or `baseline`.
        task: The metric of the task.
        flip_rate: The flip rate.
        mark: What is special about it: the baseline, the one that was picked, or one on the Pareto
            front, which no other beats in both; None for the others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    task: _Share
    flip_rate: _Share
    mark: Literal["baseline", "picked", "front"] | None = None


class TradeOff(BaseModel):
    """A picture of the trade-off: the task's metric in words, and the models."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: _Text
    points: Annotated[tuple[TradeOffPoint, ...], Field(min_length=2, max_length=200)]


class TechniqueTable(BaseModel):
    """What a comparison of techniques, or a sweep, came to.

    Attributes:
        measured_on: The name of the data that it was measured on.
        headings: The headings of the table; the first column names the techniques.
        rows: Its rows, the first of which is the baseline's.
        notes: What was recommended and why, and what the table shows: sentences.
        trade_off: Flip rate against the task, as a picture; None where that is not known, and in
            reports of earlier versions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    measured_on: _Text
    headings: _Row
    rows: Annotated[tuple[_Row, ...], Field(min_length=1, max_length=100)]
    notes: Annotated[tuple[_Text, ...], Field(max_length=10)]
    trade_off: TradeOff | None = None

    @model_validator(mode="after")
    def _check_rows(self) -> TechniqueTable:
        if any(len(row) != len(self.headings) for row in self.rows):
            raise ValueError("a row of the table has more or fewer cells than there are headings")
        return self


class _Measured(BaseModel):
    """A technique of compare.json, or a trial of sweep.json."""

    model_config = ConfigDict(extra="ignore")

    name: _Text
    on_front: bool = False
    metrics: _Metrics = Field(validation_alias=AliasChoices("mean", "metrics"))


class _Comparison(BaseModel):
    """The part of compare.json that a report shows."""

    model_config = ConfigDict(extra="ignore")

    class _Picked(BaseModel):
        picked: int | None = None

    class _Baseline(BaseModel):
        metrics: _Metrics = {}

    table: TechniqueTable
    compared: tuple[_Measured, ...] = ()
    recommendation: _Picked = _Picked()
    baseline_measured: _Baseline = _Baseline()

    def shown(self) -> TechniqueTable:
        """Return the table with the picture."""
        picture = _picture(
            self.baseline_measured.metrics, self.compared, self.recommendation.picked
        )
        return self.table.model_copy(update={"trade_off": picture})


class _Sweep(BaseModel):
    """The part of sweep.json that a report shows."""

    model_config = ConfigDict(extra="ignore")

    class _Data(BaseModel):
        name: _Text

    data: _Data
    validation_data: _Data | None = None
    trials: Annotated[tuple[_Measured, ...], Field(min_length=1)]
    picked: int | None
    reason: _Text
    baseline_metrics: _Metrics

    def shown(self) -> TechniqueTable:
        """Return the trials as a table with the picture."""
        names = [name for name in _OF_SWEEPS if name in self.baseline_metrics]
        front = {True: "Pareto front", False: ""}
        rows = [
            (
                each.name,
                *(metric_in_words(each.metrics, name) for name in names),
                "picked" if number == self.picked else front[each.on_front],
            )
            for number, each in enumerate(self.trials)
        ]
        several = n_labels(self.baseline_metrics)
        means = [f"These are means over {several} labels; flips are counted over all of them."]
        of_baseline = (metric_in_words(self.baseline_metrics, name) for name in names)
        return TechniqueTable(
            measured_on=f"{self.data.name}, the part held out"
            if self.validation_data is None
            else self.validation_data.name,
            headings=("trial", *(LABELS[name] for name in names), ""),
            rows=(("baseline", *of_baseline, ""), *rows),
            notes=(
                f"{self.reason[:1].upper()}{self.reason[1:]}.",
                *(means if several > 1 else ()),
            ),
            trade_off=_picture(self.baseline_metrics, self.trials, self.picked),
        )


def _picture(
    baseline: _Metrics, measured: Sequence[_Measured], picked: int | None
) -> TradeOff | None:
    """Return the picture of what has both numbers; None if nothing does, or the baseline lacks one.

    A technique has none if it had no model within the limits.
    """
    task = next((name for name in TASK_METRICS if name in baseline), None)
    shown = [
        (number, each)
        for number, each in enumerate(measured)
        if {task, "flip_rate"} <= set(each.metrics)
    ]
    if task is None or not shown or "flip_rate" not in baseline:
        return None
    points: list[tuple[str, _Metrics, str | None]] = [("baseline", baseline, "baseline")]
    points += [
        (
            each.name,
            each.metrics,
            "picked" if number == picked else "front" if each.on_front else None,
        )
        for number, each in shown
    ]
    return TradeOff.model_validate(
        {
            "task": IN_SENTENCES[task],
            "points": tuple(
                {"name": name, "task": own[task], "flip_rate": own["flip_rate"], "mark": mark}
                for name, own, mark in points
            ),
        }
    )


def read_technique_table(path: str | Path) -> TechniqueTable:
    """Read the table of a comparison or a sweep.

    Args:
        path: The folder that `evenhand remediate compare` or `sweep` wrote, or its compare.json or
            sweep.json.

    Raises:
        InputError: There is no such file, or it is neither's.
    """
    file = file_in(path, SWEEP_NAME)
    if not file.is_file():
        file = file_in(path, FILE_NAME)
    kind: type[_Sweep | _Comparison] = _Sweep if file.name == SWEEP_NAME else _Comparison
    expected = "what `evenhand remediate compare` or `evenhand remediate sweep` wrote"
    remedy = "name its folder"
    record = read_document(kind, file, what="the comparison", expected=expected, remedy=remedy)
    try:
        return record.shown()
    except ValidationError as error:  # a flip rate of 3, a name of many thousands of characters
        raise InputError(
            f"the comparison is not valid: {problems_of(error)[0]}",
            where=str(file),
            expected=expected,
            remedy=remedy,
        ) from error
