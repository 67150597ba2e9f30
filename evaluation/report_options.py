"""Options of reports, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from evenhand.data.building.build_options import BuildOptions, PairOptions
from evenhand.data.cluster.cluster_options import ClusterOptions
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import OnError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import (
    COLUMNS,
    DATA,
    FILES,
    HARDWARE,
    MODEL,
    OUTPUT,
    PAIRING,
    REPORT,
    REQUIRED,
    Options,
    option,
    options_of,
    replaced,
)
from evenhand.data.support.option_checks import check_threshold
from evenhand.evaluation.reports.bounds import Bound
from evenhand.remediation.defaults import SCORING_BATCH
from evenhand.remediation.judging.p_values import Adjustment
from evenhand.remediation.model_options import LabelOptions, ModelOptions
from evenhand.remediation.tracking.track_options import TrackOptions

Engine = Literal["vectorised", "stock"]
"""evenhand's evaluator, or TFMA's own, which gives the same values more slowly."""

DEFAULT_THRESHOLDS = (0.5,)
AUTO: Literal["auto"] = "auto"
_METHOD = options_of(PairOptions)["method"]
_MASTER = options_of(ClusterOptions)["master"]

if TYPE_CHECKING:
    Model: TypeAlias = str | Path | Callable[..., Any]  # a MODEL reference, or a model in memory
else:
    Model: TypeAlias = str | Path  # the command line and run files name models so


@dataclass(frozen=True, kw_only=True)
class ReportOptions(TrackOptions):
    """What a report is about, and how it is made.

    With 30 pairs and no flip among them, the flip rate may still be 11 % (the upper end of its
    interval).

    Raises:
        ConfigurationError: An option is out of range.
    """

    compare_to: Model | None = option(
        None,
        "A baseline to compare with: a model or, with predictions, a file of its scores for the "
        "same rows.",
        MODEL,
        names="model",
    )
    compared: str | Path | None = option(
        None,
        "Show the table and the trade-off of this comparison of techniques, which `evenhand "
        "remediate compare` wrote, or of this sweep.",
        REPORT,
        metavar="DIR",
        names="input",
    )
    thresholds: Sequence[float | Literal["auto"]] = option(
        DEFAULT_THRESHOLDS,
        "A score above it is positive. The first threshold is the main one; auto, which can only "
        "be the first, is the one that the model's own training chose.",
        REPORT,
        least=0,
        below=1,
        flag="--threshold",
        metavar="NUMBER|auto",
    )
    baseline_threshold: float | None = option(
        None,
        "The baseline's main threshold, if it is not the model's.",
        REPORT,
        least=0,
        below=1,
        unset="the first threshold; with auto the one that the training compared with",
    )
    slice_columns: Sequence[str] | None = option(
        None,
        "A column to slice by; 'gender,age' crosses two, 'age:18:65' makes ranges of numbers.",
        REPORT,
        flag="--slice-column",
        unset="all slice columns of the data; with predictions none",
    )
    slice_separator: str | None = replaced(BuildOptions, "slice_separator", heading=REPORT)
    min_pairs: int = option(30, "Mark slices with fewer pairs as having too few.", REPORT, least=0)
    adjust: Adjustment = option(
        "holm",
        "How the p-values of slices, candidate against baseline, are adjusted for their number.",
        REPORT,
    )
    engine: Engine = option(
        "vectorised",
        "evenhand's evaluator, or TFMA's own, which gives the same values more slowly.",
        HARDWARE,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.slice_separator is not None:
            from evenhand.data.reading.several_values import check_separator

            check_separator(self.slice_separator, self.slice_columns)
        for threshold in self.thresholds:
            if threshold != AUTO:
                check_threshold(threshold, "`thresholds`")
        if self.baseline_threshold is not None:
            check_threshold(self.baseline_threshold, "`baseline_threshold`")
        if AUTO in self.thresholds[1:]:
            raise ConfigurationError(
                "the threshold auto is not the first",
                where="`thresholds`",
                remedy="give it first: it is the model's main threshold",
            )
        if not self.thresholds or len(set(self.thresholds)) < len(self.thresholds):
            raise ConfigurationError(
                "thresholds must be given, each once"
                if self.thresholds
                else "there is no threshold",
                where="`thresholds`",
            )


@dataclass(frozen=True, kw_only=True)
class ScoringOptions(ModelOptions):
    """How to load models, read their outputs and score texts with them."""

    batch_size: int = option(SCORING_BATCH, "Texts that the model sees at once.", HARDWARE)
    cache: str | Path | None = option(
        None,
        "Folder to keep scores in, by model and text, for later runs.",
        HARDWARE,
        names="output",
        decides=False,
        unset="for the command and run files evenhand/scores in the user's cache folder",
    )


_CACHE_HELP = f"{options_of(ScoringOptions)['cache'].help} A Spark cluster keeps none."


@dataclass(frozen=True, kw_only=True)
class ScoreOptions(ScoringOptions, Dialect, ClusterOptions):
    """Options of `score_texts`: the columns of files, how they are written, and the model."""

    cache: str | Path | None = replaced(ScoringOptions, "cache", help=_CACHE_HELP)
    text_column: str = option("text", "Column that holds the texts.", COLUMNS)
    id_column: str | None = option(
        None, "Column that names the rows.", COLUMNS, unset="the row's number"
    )
    on_error: OnError = option(
        "stop", "Stop at a row that cannot be used, or skip and count it.", FILES
    )


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(ReportOptions, ScoringOptions, LabelOptions):
    """Options of `evaluate_flip_rate`: of the report, and of loading and scoring the models.

    Raises:
        ConfigurationError: An option is out of range, or there is a master and no Spark.
    """

    cache: str | Path | None = replaced(ScoringOptions, "cache", help=_CACHE_HELP)
    engine: Literal["vectorised", "stock", "spark"] = option(  # type: ignore[assignment]
        "vectorised",
        "evenhand's evaluator, or TFMA's own, which gives the same values more slowly; or spark: "
        "evenhand's, and a cluster scores the texts.",
        HARDWARE,
    )
    master: str | None = option(
        None,
        _MASTER.help,
        HARDWARE,
        metavar=_MASTER.metavar,
        unset=_MASTER.unset,
        decides=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        ClusterOptions(engine="spark" if self.engine == "spark" else "local", master=self.master)

    @property
    def for_report(self) -> ReportOptions:
        """The options of the report; where a cluster scores, evenhand's evaluator counts."""
        values = {name: getattr(self, name) for name in options_of(ReportOptions)}
        if self.engine == "spark":
            values["engine"] = ReportOptions.engine
        return ReportOptions(**values)


@dataclass(frozen=True, kw_only=True)
class PredictionsColumns(Options):
    """The columns of files of predictions, and which of their labels count as 1."""

    prediction_column: str = option(
        "prediction", "With predictions: column of the originals' scores.", COLUMNS
    )
    counterfactual_column: str = option(
        "counterfactual_prediction",
        "With predictions: column of the counterfactuals' scores.",
        COLUMNS,
    )
    label_column: str | None = option(
        None, "With predictions: column of the labels.", COLUMNS, unset="label, if there is one"
    )
    id_column: str | None = option(
        None,
        "With predictions: column that names each text, or each pair beside a column example.",
        COLUMNS,
        unset="id, if there is one",
    )

    positive_labels: Sequence[str | float | bool] = option(
        (),
        "With predictions: a label that counts as 1, such as toxic; all others count as 0.",
        DATA,
        flag="--positive-label",
        metavar="LABEL",
        unset="labels are numbers from 0 to 1",
    )


@dataclass(frozen=True, kw_only=True)
class PredictionsDialect(PredictionsColumns, Dialect):
    """How files of predictions are written, and their columns."""


@dataclass(frozen=True, kw_only=True)
class FunctionsOptions(ScoringOptions):
    """Options of `evaluate_functions`: which groups its sentences are about, and the models."""

    compare_to: Model | None = option(None, "A baseline to compare with.", MODEL, names="model")
    terms: Sequence[str | Path] | None = option(
        None,
        "A lexicon, or a file of terms, whose groups the sentences are about.",
        DATA,
        metavar="NAME|FILE",
        names="lexicons",
        unset="six lexicons",
    )
    groups: Sequence[str] | None = option(
        None,
        "A group of the lexicons that the sentences are about.",
        DATA,
        flag="--group",
        unset="13, or all of the lexicons that are named",
    )
    threshold: float | Literal["auto"] = option(
        DEFAULT_THRESHOLDS[0],
        "A score above it is toxic; auto is the threshold that the model's own training chose.",
        REPORT,
        least=0,
        below=1,
        metavar="NUMBER|auto",
    )
    baseline_threshold: float | None = option(
        None,
        "The baseline's threshold, if it is not the model's.",
        REPORT,
        least=0,
        below=1,
        unset="the model's threshold; with auto the one that the training compared with",
    )

    @property
    def thresholds(self) -> tuple[float | Literal["auto"], ...]:
        """The threshold, as reports have theirs."""
        return (self.threshold,)


@dataclass(frozen=True, kw_only=True)
class TryOptions(ModelOptions):
    """Options of `try_texts`: which pairs are made of a text, and how it is decided."""

    terms: Sequence[str | Path] | None = option(
        None,
        "A lexicon, or a file of terms.",
        PAIRING,
        metavar="NAME|FILE",
        names="lexicons",
        unset="all lexicons",
    )
    method: str | None = option(
        _METHOD.default,
        _METHOD.help,
        PAIRING,
        metavar=_METHOD.metavar,
        names="code",
        unset=_METHOD.unset,
    )
    threshold: float = option(
        DEFAULT_THRESHOLDS[0], "A score above it is positive.", REPORT, least=0, below=1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold, "`threshold`")


@dataclass(frozen=True, kw_only=True)
class LitOptions(ModelOptions):
    """Options of `export_for_lit` and `LitServer`: which pairs, which models, and where."""

    compare_to: Model | None = option(
        None, "The report's baseline, which then answers too.", MODEL, names="model"
    )
    label: str | None = option(
        None, "The one of the report's several labels to show.", DATA, unset="the first"
    )
    max_pairs: int = option(
        1_000, "Pairs of the data to show at most, drawn evenly over all of them.", DATA
    )
    host: str = option(
        "127.0.0.1",
        "Address to serve at. Whoever reaches another than this machine's own sees the texts.",
        OUTPUT,
        metavar="ADDRESS",
    )
    port: int = option(
        5432, "Port to serve at; 0 for any that is free.", OUTPUT, least=0, most=65_535
    )


@dataclass(frozen=True, kw_only=True)
class PlanOptions(Options):
    """Options of `plan_pairs`: the rule on the flip rate, and what is expected of it."""

    max: float = option(REQUIRED, "The rule's limit on the flip rate.", REPORT, above=0, below=1)
    bound: Bound = option(
        "upper",
        "What the rule compares with it: the flip rate's value, or an end of its interval. Only "
        "the upper end asks for evidence: by the value, a single pair without a flip passes.",
        REPORT,
    )
    rate: float | None = option(
        None,
        "The true flip rate to plan for. Below the limit the rule should pass, above it fail.",
        REPORT,
        least=0,
        most=1,
        unset="half of the limit",
    )
    power: float = option(
        0.8, "The chance with which the rule should decide rightly.", REPORT, above=0, below=1
    )
    pairs: Sequence[int] | None = option(
        None,
        "A number of pairs.",
        DATA,
        unset="those of the data, or the number needed",
    )
