"""Options of the trainings, each declared once; see `evenhand.data.options`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import (
    DATA,
    HARDWARE,
    OPTIMISATION,
    PAIRS,
    VALIDATION,
    Options,
    option,
    options_of,
    replaced,
)
from evenhand.data.support.option_checks import LARGEST_SEED, check_threshold
from evenhand.remediation.defaults import (
    EPOCHS,
    HIGHEST_OWN_RATE,
    LEARNING_RATE,
    MAX_ACCURACY_DROP,
    MAX_AUC_DROP,
    MAX_POSITIVE_RATE_CHANGE,
    TECHNIQUE,
    WARMUP,
)
from evenhand.remediation.judging.trade_off import TradeOff
from evenhand.remediation.literals import (
    Architecture,
    Cache,
    Device,
    Measure,
    OwnThreshold,
    Precision,
)
from evenhand.remediation.model_options import LabelOptions, ModelOptions, labels_option
from evenhand.remediation.outputs.decisions import DEFAULT_THRESHOLD
from evenhand.remediation.outputs.label_outputs import outputs_of_labels
from evenhand.remediation.techniques.registry import techniques_in_words
from evenhand.remediation.techniques.technique_options import with_techniques
from evenhand.remediation.tracking.track_options import TrackOptions

if TYPE_CHECKING:
    from evenhand.data.dataset.manifest import Columns
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.remediation.runtime.tensorflow import KerasGeneration
    from evenhand.remediation.techniques.technique import Technique

    Dataset: TypeAlias = str | Path | CounterfactualDataset
    TechniqueName: TypeAlias = str | Technique
else:  # the command line and run files name it by a string
    Dataset: TypeAlias = str | Path
    TechniqueName: TypeAlias = str


@dataclass(frozen=True, kw_only=True)
class FitOptions(Options):
    """Options that all trainings have.

    A model of Keras 3 is trained on all visible GPUs together, and by all workers that the variable
    TF_CONFIG names; the chief writes the output. A baseline of evenhand's own and a model of Keras
    2 are trained on one device.
    """

    batch_size: int = option(
        128, "Examples in a step, over all devices, without their pairs.", OPTIMISATION
    )
    seed: int = option(
        0,
        "Seed of the split, the order of the examples, dropout and initial weights.",
        OPTIMISATION,
        least=0,
        most=LARGEST_SEED,
    )
    validation_split: float = option(
        0.1,
        "Share of the examples to hold out, with their pairs, for choosing the best epoch.",
        VALIDATION,
        least=0,
        below=1,
    )
    class_weights: Sequence[float] | None = option(
        None,
        "Weight of a class in the task loss, one for each class from 0: two for labels from 0 to "
        "1. What is measured is not weighed so.",
        OPTIMISATION,
        above=0,
        flag="--class-weight",
        unset="all weigh 1",
    )
    device: Device = option(
        "auto", "auto takes every visible GPU, or the CPU if there is none.", HARDWARE
    )


@dataclass(frozen=True, kw_only=True)
class BaselineOptions(FitOptions):
    """How to train a baseline of evenhand's own."""

    architecture: Architecture = option(
        "bow", "bow: which words occur; cnn: convolutions over them in order.", OPTIMISATION
    )
    epochs: int = option(5, "Passes over the examples.", OPTIMISATION)
    learning_rate: float = option(1e-3, "Adam's learning rate.", OPTIMISATION, above=0)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(FitOptions, ModelOptions, LabelOptions):
    """How to train a baseline further, with any technique.

    The baseline's own learning rate is used only if its optimizer is of Adam's kind. The three
    limits always apply; see `evenhand.remediation.judging.trade_off`. Outputs that labels say
    nothing about, such as other heads, are held to the baseline's. Weights and the saved model are
    float32 in any precision; a model of Keras 2 computes in its own precision.
    """

    labels: Sequence[str] = labels_option("none; data with several labels need it")
    label_thresholds: Sequence[str] = replaced(
        LabelOptions,
        "label_thresholds",
        help="Thresholds that the baseline decides single labels at, such as toxic=0.4,insult=0.3.",
        heading=VALIDATION,
        unset="`baseline_threshold`",
    )
    unlabelled: bool = option(
        False,
        "Train on texts without a label, too: their task is to keep the baseline's scores. "
        "Otherwise they are left out with their pairs.",
        DATA,
    )
    epochs: int = option(EPOCHS, "Passes over the examples.", OPTIMISATION)
    learning_rate: float | None = option(
        None,
        "Adam's learning rate.",
        OPTIMISATION,
        above=0,
        unset="the rate that the baseline was compiled with, at most "
        f"{HIGHEST_OWN_RATE:g}; {LEARNING_RATE:g} if that is not known",
    )
    warmup: float = option(
        WARMUP,
        "Epochs, or a part of one, in which the learning rate rises to its full value.",
        OPTIMISATION,
        least=0,
        metavar="EPOCHS",
    )
    precision: Precision = option(
        "auto",
        "What layers compute in; weights stay in float32. auto: the half precision that all GPUs "
        "in use are faster in, and float32 on the CPU and with TF_CONFIG.",
        HARDWARE,
    )
    early_stopping: Measure | None = option(
        None,
        "Stop when this no longer falls on the held-out examples. The best epoch is kept either "
        "way.",
        VALIDATION,
        unset="go through all epochs",
    )
    patience: int = option(2, "Epochs to wait for a better one before stopping.", VALIDATION)
    max_auc_drop: float = option(
        MAX_AUC_DROP,
        "How far the AUC of the model kept may be below the baseline's on the held-out examples. "
        "This limit and the next two always apply.",
        VALIDATION,
        least=0,
        most=1,
    )
    max_accuracy_drop: float = option(
        MAX_ACCURACY_DROP,
        "How far its accuracy may be below the baseline's; without labels, the share of the "
        "baseline's decisions that it may change besides those that flip.",
        VALIDATION,
        least=0,
        most=1,
    )
    max_positive_rate_change: float = option(
        MAX_POSITIVE_RATE_CHANGE,
        "How far its share of texts flagged may lie outside of the range between the baseline's "
        "share and the labels'.",
        VALIDATION,
        least=0,
        most=1,
    )

    threshold: float | OwnThreshold | None = option(
        None,
        "The threshold that the trained model is to decide at, and is judged at. With auto it is "
        "chosen on the held-out examples: to flag the share of them that the baseline flags "
        "(same-share, which auto alone means too), for the highest F1, or for true positive rates "
        "of groups that differ least.",
        VALIDATION,
        least=0,
        below=1,
        metavar="NUMBER|auto",
        unset="that of the baseline",
    )
    baseline_threshold: float = option(
        DEFAULT_THRESHOLD,
        "The threshold that the baseline decides at.",
        VALIDATION,
        least=0,
        below=1,
    )
    threshold_column: str | None = option(
        None,
        "Slice column whose values are the groups for auto:equal-opportunity.",
        VALIDATION,
        unset="the only one",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("threshold", "baseline_threshold"):
            if isinstance(value := getattr(self, name), int | float):
                check_threshold(value, f"`{name}`")
        if self.threshold_column is not None and self.threshold != "auto:equal-opportunity":
            raise ConfigurationError(
                "only auto:equal-opportunity looks at groups",
                where="`threshold_column`",
                remedy="leave it out, or give `threshold` auto:equal-opportunity",
            )
        self.check_thresholds_of(self.numbers_of_labels)
        if len(self.numbers_of_labels) > 1 and self.class_weights is not None:
            raise ConfigurationError(
                "classes are weighed for one label, and there are several",
                where="`class_weights`",
                remedy="leave it out",
            )

    @property
    def has_own_threshold(self) -> bool:
        """Whether the trained model or the baseline may have a threshold of its own."""
        return (
            self.threshold is not None
            or self.baseline_threshold != DEFAULT_THRESHOLD
            or bool(self.label_thresholds)
        )

    def baseline_threshold_of(self, label: str | None) -> float:
        """Return the threshold that the baseline decides a label at; None is for the only one."""
        own = self.thresholds_of_labels
        return own[label] if label in own else float(self.baseline_threshold)

    @property
    def trade_off(self) -> TradeOff:
        """What makes an epoch the best one."""
        return TradeOff(
            self.max_auc_drop,
            self.max_accuracy_drop,
            self.max_positive_rate_change,
            self.early_stopping or "flip_rate",
        )

    @property
    def without_optimisation(self) -> dict[str, Any]:
        """The options of what is made without training, by name."""
        declared = options_of(type(self))
        return {
            name: value
            for name, value in self.as_keywords().items()
            if declared[name].heading != OPTIMISATION or name == "seed"
        }

    @property
    def model_options(self) -> ModelOptions:
        """The options for loading the baseline; of several labels, the main one's output."""
        options = self.chosen_for(ModelOptions)
        main = next(iter(self.numbers_of_labels.values()), self.positive_class)
        return replace(options, positive_class=main)

    def label_fields(self, columns: Columns) -> tuple[str | None, ...]:
        """Return the column of the examples that holds each label, the main one's first.

        Args:
            columns: The columns of a dataset.

        Returns:
            None for a label that the dataset lacks.

        Raises:
            ConfigurationError: The labels do not fit the dataset, or it has several and none is
                named.
        """
        named = self.numbers_of_labels
        if not named and len(columns.labels) > 1 and self.positive_class is None:
            example = ",".join(f"{name}={n}" for n, name in enumerate(columns.labels))
            raise ConfigurationError(
                f"the data has {len(columns.labels)} labels, and none is named",
                where="`labels`",
                remedy=f"say which output stands for which, such as {example}",
            )
        labels = outputs_of_labels(named, columns, self.positive_class)
        return tuple(columns.label_fields.get(name) for name in labels) or ("label",)

    def settled(self, generation: KerasGeneration) -> TrainingOptions:
        """Return the options for a training with this Keras.

        Raises:
            ConfigurationError: An option cannot be used for a model of this Keras.
        """
        if generation == 3:
            return self
        from evenhand.remediation.runtime.distribution import Worker

        for where, value, unsupported in (
            ("`precision`", self.precision, self.precision not in ("auto", "float32")),
            ("TF_CONFIG", "set", Worker.here().workers > 1),
        ):
            if unsupported:
                raise ConfigurationError(
                    f"a model of Keras 2 cannot be trained with {where} {value}",
                    where=where,
                    expected="float32 and one machine",
                    remedy="leave it out, or save the model with Keras 3",
                )
        return replace(self, precision="float32")


@dataclass(frozen=True, kw_only=True)
class DatasetOptions(Options):
    """Which other datasets to train with, and to validate on."""

    pairs: Dataset | None = option(
        None,
        "Take the pairs of this dataset, which needs no labels, instead of the data's own.",
        DATA,
        metavar="DIR",
        names="input",
    )
    validation_data: Dataset | None = option(
        None,
        "Hold nothing out, and choose the best epoch on this dataset: for a baseline that has "
        "already been trained on texts that the split would hold out. Texts that both have are "
        "warned of.",
        VALIDATION,
        metavar="DIR",
        names="input",
    )


@dataclass(frozen=True, kw_only=True)
class TechniqueOptions(Options):
    """How a model is remediated; see `evenhand.remediation.techniques.registry`."""

    technique: TechniqueName = option(
        TECHNIQUE,
        f"How the model is remediated. {techniques_in_words()}.",
        PAIRS,
        names="code",
    )


@with_techniques(takes_several=False)
@dataclass(frozen=True, kw_only=True)
class TrainOptions(TrainingOptions, DatasetOptions, TechniqueOptions, TrackOptions):
    """Options of `train`: those of any training, its data and technique, and what else it makes."""

    control: bool = option(
        False,
        "Also fine-tune the baseline without pairs, all else being the same, and show its metrics, "
        "too: the training takes twice as long.",
        VALIDATION,
    )
    cache: Cache = option(
        "memory",
        "Where tokenised texts are kept between epochs; with none, every epoch tokenises again.",
        HARDWARE,
        decides=False,
    )


@with_techniques(takes_several=True)
@dataclass(frozen=True, kw_only=True)
class SweepOptions(TrainingOptions, DatasetOptions, TechniqueOptions):
    """Options of `sweep`: those that all trials share, and those that they differ in."""

    learning_rate: Sequence[float] | None = replaced(  # type: ignore[assignment]
        TrainingOptions, "learning_rate", help="Adam's learning rate, or several to try."
    )

    @property
    def rates_to_try(self) -> tuple[float | None, ...]:
        """The learning rates to try; None for the one that a training takes by itself."""
        return tuple(dict.fromkeys(self.learning_rate or (None,)))

    def training_at(self, learning_rate: float | None) -> TrainingOptions:
        """Return the options of any training that trials have, with a learning rate."""
        names = set(options_of(TrainingOptions)) - {"learning_rate"}
        given = {name: getattr(self, name) for name in names}
        return TrainingOptions(**given, learning_rate=learning_rate)
