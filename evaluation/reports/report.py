"""A flip-rate report: the model of report.json, and the only way to read and write one.

Everything that shows or judges a report (`evenhand gate`, the Markdown and HTML renderers) needs
only these classes, so this module imports neither TensorFlow nor NumPy.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from evenhand.data.dataset.manifest import LexiconRecord
from evenhand.data.dataset.quality import PairQuality
from evenhand.data.errors import InputError
from evenhand.data.notebook.displays import html_of
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.whole_files import file_in
from evenhand.data.support.documents import read_document
from evenhand.evaluation.reports.metric_specs import (
    COLUMN_METRICS,
    DATA_METRICS,
    FUNCTION_METRICS,
    METRICS,
    MetricSpec,
    base_name,
    class_spec,
    spec_of,
)
from evenhand.evaluation.reports.ranges import find_fault
from evenhand.evaluation.reports.technique_table import TechniqueTable
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold
from evenhand.remediation.judging.p_values import Adjustment

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION: Final = 1
KIND: Final = "flip-rate"
FILE_NAME = "report.json"
PAGE_NAME = "report.html"
OVERALL = "overall"
_OF_GROUP = "group="
_FRAME_COLUMNS = (
    *("role", "model", "slice", "group", "metric", "value", "lower", "upper"),
    *("n_examples", "n_pairs", "too_few_pairs", "label"),
)

Role = Literal["candidate", "baseline"]

_OF_LABELS = ("models", "comparison", "paired_tests", "flips")  # what differs between labels
_WRITE_AGAIN = "write it again with `evenhand evaluate flip-rate`"
_SURROGATES = re.compile("[\ud800-\udfff]")


def _finite_or_none(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_finite_or_none)]
"""A finite float, or None (`null`) if undefined, such as a rate over nothing."""

Count = Annotated[int, Field(ge=0)]

Method = Literal[
    "wilson",
    "tango",
    "newcombe",
    "donner_zou",
    "exact",
    "bootstrap",
    "delong",
    "linear",
    "beta_binomial",
]
"""How an interval was made; see `evenhand.evaluation.measures.intervals` and `areas`, and
`evenhand.evaluation.derived`."""

NoInterval = Literal["few_texts", "no_variation"]
"""Why an estimate has no interval: no method is right for so few texts, or the texts show no
variation of the value."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MetricValue(_Part):
    """One metric of one slice, with its confidence interval if it has one.

    Attributes:
        value: The metric, or None if it is undefined.
        lower: Lower end of the interval at `Intervals.level`, or None.
        upper: Upper end of that interval, or None.
        interval: How the interval was made, or None if there is none.
        interval_missing: Why there is no interval. None if there is one, if there is no value
            either, and for counts, which are not estimates.
    """

    value: Number
    lower: Number = None
    upper: Number = None
    interval: Method | None = None
    interval_missing: NoInterval | None = None


class SliceReport(_Part):
    """The metrics of one model on one slice.

    Attributes:
        slice: `overall`, `column=value`, `group=female` or `term=she`.
        n_examples: Number of examples in the slice with a weight above 0.
        n_pairs: Number of pairs in the slice with a weight above 0.
        effective_examples: Kish's effective number of examples, (Σw)² / Σw²: as many examples of
            equal weight give the same information. None if all weigh 0, and in older reports.
        effective_pairs: The effective number of texts that have a pair; a text's weight is the sum
            of its pairs' weights. As many independent pairs give at least the same information.
        too_few_pairs: Whether the slice has fewer pairs than the report's `min_pairs`, so that its
            rates over pairs say little.
        metrics: Values by metric name. A name without `@threshold` is at the model's main
            threshold, `Report.threshold_of`.
    """

    slice: str
    n_examples: Count
    n_pairs: Count
    effective_examples: Number = None
    effective_pairs: Number = None
    too_few_pairs: bool = False
    metrics: dict[str, MetricValue]


class ColumnReport(_Part):
    """The group fairness of one model in one column.

    Attributes:
        column: The column, or `group`.
        groups: The values that are compared, each a slice of the report.
        left_out: Values with fewer examples than the report's `min_pairs`, which are not compared.
        n_examples: Number of examples of the groups; one that is in several counts several times.
        n_pairs: Number of their pairs, likewise.
        metrics: Values by metric name, `COLUMN_METRICS`, as in `SliceReport`; without a value if
            there are not two groups with the rates that are compared.
    """

    column: str
    groups: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    n_examples: Count
    n_pairs: Count
    metrics: dict[str, MetricValue]

    @property
    def slice(self) -> str:
        """The slices that it is about, as the gate's rules write them."""
        return f"{self.column}=*"


class ThresholdCurve(_Part):
    """The flip rate over all pairs at every threshold of a grid.

    Attributes:
        thresholds: Decision thresholds, ascending.
        flip_rates: The flip rate at each.
    """

    thresholds: tuple[float, ...]
    flip_rates: tuple[MetricValue, ...]

    @model_validator(mode="after")
    def _check_lengths(self) -> ThresholdCurve:
        if len(self.thresholds) != len(self.flip_rates):
            raise ValueError("a curve has one flip rate for each threshold")
        return self


class ScoreShifts(_Part):
    """How score(original) - score(counterfactual) is distributed over all pairs.

    Attributes:
        edges: Edges of the bins, ascending, one more than there are bins. A bin holds its lower
            edge and not its upper one.
        weights: Weight of the pairs in each bin.
    """

    edges: tuple[float, ...]
    weights: tuple[float, ...]

    @model_validator(mode="after")
    def _check_lengths(self) -> ScoreShifts:
        if len(self.edges) != len(self.weights) + 1:
            raise ValueError("bins have one edge more than they have weights")
        return self


class Decisions(_Part):
    """How many texts a model decided each way at one threshold.

    Every different text counts once, originals and counterfactuals alike, whatever its weight;
    texts of weight 0 are left out.

    Attributes:
        threshold: The decision threshold.
        by_decision: Texts by decision: `positive` and `negative` or, for the most probable of
            several classes, the classes' numbers.
    """

    threshold: float
    by_decision: dict[str, Count]


class Confusion(_Part):
    """How a model decided the labelled originals at its main threshold.

    Attributes:
        weights: Weight of the originals by label, then by decision: the negative ones first, or by
            the classes' numbers.
    """

    weights: tuple[tuple[Annotated[float, Field(ge=0)], ...], ...]

    @model_validator(mode="after")
    def _check_shape(self) -> Confusion:
        if len(self.weights) < 2 or len({len(row) for row in self.weights}) > 1:
            raise ValueError("a confusion has at least two labels, each with as many decisions")
        return self


class ModelReport(_Part):
    """The metrics of one model on every slice.

    Attributes:
        role: `candidate`, the model in question, or `baseline`, the one it is compared to.
        name: The model as it was named on the command line.
        sha256: Digest of the model's content, or None for scores that were made elsewhere.
        by_class: Whether decisions are for the most probable of several classes; scores are then
            margins of the class that is decided for on the original.
        outputs: What the model's outputs were taken to be, in words, such as "probabilities of a
            sigmoid"; None in older reports.
        threshold: Its main threshold, where the models of the report do not share one, or where
            the candidate's was chosen for it; otherwise None. The candidate's is the report's
            first.
        threshold_choice: How a training chose that threshold, if one did.
        decisions: The counts of its decisions at each of its thresholds, `Report.thresholds_of`;
            empty in reports of earlier versions.
        confusion: Labels against decisions; None without labels, and in older reports.
        slices: `overall` first.
        columns: Group fairness by column; empty in reports of earlier versions, for decisions among
            several classes, and where no slices are of a column or of groups.
        threshold_curve: The flip rate by threshold.
        score_shifts: How far scores move.
    """

    role: Role
    name: str
    sha256: str | None = None
    by_class: bool = False
    outputs: str | None = None
    threshold: float | None = None
    threshold_choice: ChosenThreshold | None = None
    decisions: tuple[Decisions, ...] = ()
    confusion: Confusion | None = None
    slices: tuple[SliceReport, ...]
    columns: tuple[ColumnReport, ...] = ()
    threshold_curve: ThresholdCurve | None = None
    score_shifts: ScoreShifts | None = None

    @model_validator(mode="after")
    def _check_slices(self) -> ModelReport:
        names = [slice_.slice for slice_ in self.slices]
        if len(names) != len(set(names)):
            raise ValueError("a slice occurs twice")
        if OVERALL not in names:
            raise ValueError(f"the slice {OVERALL!r} is missing")
        return self

    @property
    def overall(self) -> SliceReport:
        """The slice that holds everything."""
        return self._slices_by_name[OVERALL]

    def find_slice(self, name: str) -> SliceReport | None:
        """Return the slice called `name`, or None."""
        return self._slices_by_name.get(name)

    def find_column(self, name: str) -> ColumnReport | None:
        """Return the group fairness in the column called `name`, or None."""
        return next((each for each in self.columns if each.column == name), None)

    @cached_property
    def _slices_by_name(self) -> dict[str, SliceReport]:
        return {slice_.slice: slice_ for slice_ in self.slices}


class Comparison(_Part):
    """Candidate against baseline: one metric of one slice.

    Attributes:
        slice: The slice's name.
        metric: The metric's name.
        candidate: The candidate's value.
        baseline: The baseline's value.
        difference: Candidate minus baseline; None if either is undefined.
        lower: Lower end of the difference's interval at `Intervals.level`, or None.
        upper: Upper end of that interval, or None.
        interval: How the interval was made, with the two models paired; None if there is none.
        interval_missing: Why there is none, as in `MetricValue`.
    """

    slice: str
    metric: str
    candidate: Number
    baseline: Number
    difference: Number
    lower: Number = None
    upper: Number = None
    interval: Method | None = None
    interval_missing: NoInterval | None = None


class PairedTest(_Part):
    """Exact McNemar test on one slice: do the two models flip equally often?

    Made at each model's main threshold. Units are pairs if no example has several pairs in the
    slice. Otherwise pairs are not independent, and units are examples: an example flips if any of
    its pairs in the slice does. Weights are not used. The difference of the flip rates, with its
    interval, is the `Comparison` of `flip_rate` in the same slice.

    Attributes:
        slice: The slice's name.
        unit: What was counted.
        both: Units that flip under both models.
        only_candidate: Units that flip under the candidate alone.
        only_baseline: Units that flip under the baseline alone.
        neither: Units that flip under neither model.
        odds_ratio: `only_candidate / only_baseline`, with the exact interval; below 1 if the
            candidate flips less. None if `only_baseline` is 0; an infinite upper end is None.
        p_value: Two-sided; 1 if no unit flips under one model alone.
        p_adjusted: For `overall` the same as `p_value`; of several labels adjusted over these. For
            other slices adjusted, as `Report.adjust` says, over all of all labels that are not
            marked `too_few_pairs`, where slices with the same pairs count once; None for slices so
            marked.
    """

    slice: str
    unit: Literal["pair", "example"]
    both: Count
    only_candidate: Count
    only_baseline: Count
    neither: Count
    odds_ratio: MetricValue
    p_value: Annotated[float, Field(ge=0, le=1)]
    p_adjusted: Number = None

    @property
    def p_deciding(self) -> float | None:
        """The p-value that decides; None for a slice of too few pairs."""
        if self.p_adjusted is None and self.slice == OVERALL:
            return self.p_value
        return self.p_adjusted


class PairScores(_Part):
    """A model's scores for the two sides of a pair, each in [0, 1]."""

    original: float
    counterfactual: float


class Flip(_Part):
    """A pair that flips under at least one of the models at its main threshold.

    Attributes:
        id: The example's id.
        original: The text as given, or None if the report was made from scores alone.
        counterfactual: The text with its identity terms removed or replaced, or None.
        terms: The identity terms that were found.
        groups: The groups that those terms belong to.
        label: The example's label: from 0 to 1 or, for decisions among classes, the class's number;
            None if it has none, and in older reports.
        slices: The slices by column that the example is in, such as `gender=female`.
        scores: Both scores by the model's role.
    """

    id: str
    original: str | None = None
    counterfactual: str | None = None
    terms: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    label: Number = None
    slices: tuple[str, ...] = ()
    scores: dict[Role, PairScores]


class DataSummary(_Part):
    """The data that a report is about.

    Attributes:
        name: Folder or file name.
        sha256: Digest of the dataset's manifest, or of the predictions file.
        method: How the counterfactuals were made, or None if that is not known.
        lexicons: The lexicons that the terms come from; empty if that is not known.
        examples: Number of examples.
        labelled: Number of examples with a label; task metrics are over these.
        pairs: Number of pairs.
        weighted: Whether counts and rates are weighted by the examples' weights.
        slice_columns: Columns that give slices.
        by_group: Number of pairs by group.
        by_term: Number of pairs by term.
        skipped: Number of examples without pairs, by the reason for that.
        quality: What checking the pairs found when they were built; None where that is not known.
        metrics: Values of the metrics of the data, `DATA_METRICS`, as far as they are known.
    """

    name: str
    sha256: str
    method: str | None = None
    lexicons: tuple[LexiconRecord, ...] = ()
    examples: Count
    labelled: Count
    pairs: Count
    weighted: bool
    slice_columns: tuple[str, ...] = ()
    by_group: dict[str, Count] = {}
    by_term: dict[str, Count] = {}
    skipped: dict[str, Count] = {}
    quality: PairQuality | None = None
    metrics: dict[str, MetricValue] = {}


class Intervals(_Part):
    """How the confidence intervals were made.

    Attributes:
        level: Confidence level.
        resamples: Resamples of the bootstrap.
        seed: Seed of the bootstrap.
    """

    level: float
    resamples: Count
    seed: Count


class Label(_Part):
    """One of several labels, of which a text may have any.

    Attributes:
        name: Its name, as the data's column is called.
        output: The number of the model's output that stands for it.
    """

    name: Annotated[str, Field(min_length=1)]
    output: Count


class LabelReport(_Part):
    """What a report has for a label beside its main one.

    Attributes:
        label: The label.
        labelled: Number of examples that have it, as 0, 1 or a number between.
        thresholds: As in `Report`, where they are not the same.
        models, comparison, paired_tests, flips: As in `Report`.
    """

    label: Label
    labelled: Count
    thresholds: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    models: tuple[ModelReport, ...]
    comparison: tuple[Comparison, ...] = ()
    paired_tests: tuple[PairedTest, ...] = ()
    flips: tuple[Flip, ...] = ()


class Report(_Part):
    """The whole of report.json.

    Attributes:
        schema_version: Version of this layout.
        kind: `flip-rate`.
        thresholds: Decision thresholds; a score strictly above one is positive. The first is the
            main one, of the candidate at least; see `threshold_of`.
        data: What was evaluated.
        min_pairs: Slices with fewer pairs are marked `too_few_pairs`.
        adjust: How the p-values of the paired tests of slices are adjusted for their number.
        intervals: How confidence intervals were made.
        added_metrics: Specs of the metrics that other packages added.
        models: The candidate, then the baseline if there is one.
        comparison: Candidate against baseline, empty without a baseline.
        paired_tests: Candidate against baseline by slice, empty without a baseline. Slices without
            pairs are left out.
        flips: A sample of the pairs that flip, largest change of score first.
        label: The label that all of the above is about, the main one of several; None for a model
            without named labels.
        other_labels: The same for further labels; see `by_label`.
        techniques: What a comparison of techniques came to, if it is to be shown.
        versions: Versions of the packages that made the numbers. No other part of a report
            depends on where or when it was made.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["flip-rate"] = KIND
    thresholds: Annotated[tuple[float, ...], Field(min_length=1)]
    data: DataSummary
    min_pairs: Count = 0
    adjust: Adjustment = "holm"
    intervals: Intervals
    added_metrics: tuple[MetricSpec, ...] = ()
    models: tuple[ModelReport, ...]
    comparison: tuple[Comparison, ...] = ()
    paired_tests: tuple[PairedTest, ...] = ()
    flips: tuple[Flip, ...] = ()
    label: Label | None = None
    other_labels: tuple[LabelReport, ...] = ()
    techniques: TechniqueTable | None = None
    versions: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_roles(self) -> Report:
        roles = [model.role for model in self.models]
        if roles not in (["candidate"], ["candidate", "baseline"]):
            raise ValueError("models must be a candidate, then a baseline or nothing")
        if any(set(flip.scores) != set(roles) for flip in self.flips):
            raise ValueError("a flip has scores of other models than the report's")
        if self.candidate.threshold not in (None, self.thresholds[0]):
            raise ValueError("the candidate's threshold is not the report's first")
        return self

    @model_validator(mode="after")
    def _check_labels(self) -> Report:
        if self.other_labels and self.label is None:
            raise ValueError("there are further labels and no main one")
        labels = [each.label for each in self.by_label if each.label is not None]
        if len({each.name for each in labels} | {each.output for each in labels}) < 2 * len(labels):
            raise ValueError("a label or its output occurs twice")
        if any(len(each.models) != len(self.models) for each in self.by_label):
            raise ValueError("a label has other models than the report")
        return self

    @model_validator(mode="after")
    def _check_added_metrics(self) -> Report:
        names = [spec.name for spec in self.added_metrics]
        if len(names) != len(set(names)):
            raise ValueError("an added metric occurs twice")
        if own := (METRICS.keys() | COLUMN_METRICS.keys()).intersection(names):
            raise ValueError(f"{min(own)} is evenhand's own metric and must not be an added one")
        return self

    @property
    def candidate(self) -> ModelReport:
        """The model in question."""
        return self.models[0]

    @property
    def baseline(self) -> ModelReport | None:
        """The model that the candidate is compared to, if there is one."""
        return self.models[1] if len(self.models) > 1 else None

    @property
    def by_label(self) -> tuple[Report, ...]:
        """A report for each label, the main one first; of a report without labels, itself."""
        if not self.other_labels:
            return (self,)
        alone = {**dict(self), "other_labels": ()}
        return (
            Report(**alone),
            *(
                Report(
                    **{
                        **alone,
                        "data": self.data.model_copy(update={"labelled": each.labelled}),
                        "thresholds": each.thresholds or self.thresholds,
                        **{name: getattr(each, name) for name in ("label", *_OF_LABELS)},
                    }
                )
                for each in self.other_labels
            ),
        )

    def with_labels(self, others: Sequence[Report]) -> Report:
        """Return this report, which is about one label, with the reports about further ones."""
        found = tuple(
            LabelReport(
                label=each.label,
                labelled=each.data.labelled,
                thresholds=None if each.thresholds == self.thresholds else each.thresholds,
                **{name: getattr(each, name) for name in _OF_LABELS},
            )
            for each in others
            if each.label is not None
        )
        return Report(**{**dict(self), "other_labels": found})

    def threshold_of(self, model: ModelReport) -> float:
        """Return a model's main threshold."""
        return self.thresholds[0] if model.threshold is None else model.threshold

    def thresholds_of(self, model: ModelReport) -> tuple[float, ...]:
        """Return a model's thresholds: its main one, and the others, which all models share."""
        return (self.threshold_of(model), *self.thresholds[1:])

    def spec(self, metric: str) -> MetricSpec:
        """Return the spec of a metric of the report, by its name with or without threshold."""
        return self._added.get(base_name(metric)) or spec_of(metric)

    def knows(self, metric: str) -> bool:
        """Return whether a metric is evenhand's own or one of the report's added metrics."""
        name = base_name(metric)
        own = (METRICS, COLUMN_METRICS, DATA_METRICS, FUNCTION_METRICS)
        return class_spec(name) is not None or any(name in of for of in (*own, self._added))

    @cached_property
    def _added(self) -> dict[str, MetricSpec]:
        return {spec.name: spec for spec in self.added_metrics}

    @property
    def specs(self) -> tuple[MetricSpec, ...]:
        """evenhand's own metrics and the added ones, in the order in which they are shown."""
        of_classes = map(class_spec, self.candidate.overall.metrics)
        return (*METRICS.values(), *filter(None, of_classes), *self.added_metrics)

    def _repr_html_(self) -> str:
        return html_of(self)

    def to_frame(self) -> pd.DataFrame:
        """Return every metric of every slice of every model as a row.

        Returns:
            A DataFrame with the columns `role`, `model` and `slice` (str), `group` (str, None for
            slices that are no group's), `metric` (str), `value`, `lower` and `upper` (float64, NaN
            where undefined), `n_examples` and `n_pairs` (int), `too_few_pairs` (bool), and `label`
            (str, None in a report without labels).
        """
        import pandas as pd

        rows = [
            {
                "role": model.role,
                "model": model.name,
                "slice": slice_.slice,
                "group": slice_.slice[len(_OF_GROUP) :]
                if slice_.slice.startswith(_OF_GROUP)
                else None,
                "metric": name,
                "value": metric.value,
                "lower": metric.lower,
                "upper": metric.upper,
                "n_examples": slice_.n_examples,
                "n_pairs": slice_.n_pairs,
                "too_few_pairs": slice_.too_few_pairs,
                "label": name_of(report),
            }
            for report in self.by_label
            for model in report.models
            for slice_ in model.slices
            for name, metric in slice_.metrics.items()
        ]
        numbers = dict.fromkeys(("value", "lower", "upper"), "float64")
        return pd.DataFrame(rows, columns=_FRAME_COLUMNS).astype(numbers)

    def as_document(self) -> dict[str, Any]:
        """Return the report as JSON; what it does not have has no key, as in earlier versions."""
        document = self.model_dump(mode="json")
        if not self.added_metrics:
            del document["added_metrics"]
        if self.adjust == "holm":
            del document["adjust"]
        if self.techniques is None:
            del document["techniques"]
        elif self.techniques.trade_off is None:
            del document["techniques"]["trade_off"]
        if self.data.quality is None:
            del document["data"]["quality"]
        if not self.data.metrics:
            del document["data"]["metrics"]
        for name in ("label", "other_labels"):
            if not document[name]:
                del document[name]
        others = document.get("other_labels", ())
        for each in others:
            if each["thresholds"] is None:
                del each["thresholds"]
        for model in chain(document["models"], *(each["models"] for each in others)):
            for name in ("threshold", "threshold_choice", "confusion"):
                if model[name] is None:
                    del model[name]
            if not model["columns"]:
                del model["columns"]
        for flip in chain(document["flips"], *(each["flips"] for each in others)):
            if flip["label"] is None:
                del flip["label"]
            if not flip["slices"]:
                del flip["slices"]
        return document

    def to_json(self) -> str:
        """Return the content of report.json; the same report gives the same bytes.

        A lone surrogate, which a JSON reader may refuse, becomes text such as `\\ud800`.
        """
        text = json.dumps(self.as_document(), indent=2, ensure_ascii=False, allow_nan=False)
        return _SURROGATES.sub(lambda found: f"\\\\u{ord(found.group()):04x}", text) + "\n"


def name_of(report: Report) -> str | None:
    """Return the name of the label that a report is about; None for one without labels."""
    return None if report.label is None else report.label.name


@takes_urls(path="read")
def load_report(path: str | Path) -> Report:
    """Read a report.

    Args:
        path: A report.json, or the folder that holds one.

    Raises:
        InputError: The report is missing, is not JSON, is not of this kind and version, or holds
            an impossible number, such as a rate of 9.
    """
    file = file_in(path, FILE_NAME)
    report = read_document(
        Report,
        file,
        what="the report",
        expected="the report.json that `evenhand evaluate flip-rate` wrote",
        remedy=_WRITE_AGAIN,
    )
    if fault := find_fault(report):
        raise InputError(
            f"the report is not valid: {fault.what}",
            where=f"{file}: {fault.place}",
            expected=fault.expected,
            remedy=_WRITE_AGAIN,
        )
    return report
