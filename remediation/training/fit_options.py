"""Options of the trainings, each declared once; see `evenhand.data.options`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import (
    DATA,
    HARDWARE,
    OPTIMISATION,
    OUTPUT,
    PAIRS,
    VALIDATION,
    Options,
    option,
)
from evenhand.data.support.option_checks import LARGEST_SEED
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
    Precision,
)
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.techniques.registry import techniques_in_words
from evenhand.remediation.techniques.technique_options import with_techniques

if TYPE_CHECKING:
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.remediation.runtime.tensorflow import KerasGeneration
    from evenhand.remediation.techniques.technique import Technique

    Dataset: TypeAlias = str | Path | CounterfactualDataset
    TechniqueName: TypeAlias = str | Technique
else:  # by which the command line and run files name one
    Dataset: TypeAlias = str | Path
    TechniqueName: TypeAlias = str


@dataclass(frozen=True, kw_only=True)
class FitOptions(Options):
    """Options that all trainings have.

    Several visible GPUs share every step of a model of Keras 3, and so do the workers that the
    variable TF_CONFIG names, of which the chief writes the output. A baseline of evenhand's own and
    a model of Keras 2 are trained on one device.
    """

    batch_size: int = option(
        128, "Examples in a step, over all devices; their pairs come on top.", OPTIMISATION
    )
    seed: int = option(
        0,
        "Decides the split, the order of the examples, dropout, initial weights.",
        OPTIMISATION,
        least=0,
        most=LARGEST_SEED,
    )
    validation_split: float = option(
        0.1,
        "Share of the examples held out, with their pairs, to choose the epoch by.",
        VALIDATION,
        least=0,
        below=1,
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
class TrainingOptions(FitOptions, ModelOptions):
    """How to train a baseline on, whatever the technique.

    The baseline's own learning rate is taken only if its optimizer is of Adam's kind. The three
    limits always apply; see `evenhand.remediation.judging.trade_off`. Outputs that labels say
    nothing about, such as other heads, are held to what the baseline gives. Weights and the saved
    model stay in float32 whatever the precision; a model of Keras 2 computes in its own precision.
    """

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
        f"{HIGHEST_OWN_RATE:g}; {LEARNING_RATE:g} where it does not say",
    )
    warmup: float = option(
        WARMUP,
        "Epochs, or a part of one, over which the learning rate rises to its height.",
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
    def model_options(self) -> ModelOptions:
        """How to load the baseline."""
        return self.chosen_for(ModelOptions)

    def settled(self, generation: KerasGeneration) -> TrainingOptions:
        """Return the options as a training with this Keras takes them.

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
        "Hold nothing out, and choose the epoch by this dataset: for a baseline that has already "
        "been trained on texts that the split would hold out.",
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
class TrainOptions(TrainingOptions, DatasetOptions, TechniqueOptions):
    """Options of `train`: those of any training, of its data, and of what it writes beside."""

    control: bool = option(
        False,
        "Also fine-tune the baseline, without pairs and with all else the same, and show its "
        "metrics beside: the training takes twice as long.",
        VALIDATION,
    )
    cache: Cache = option(
        "memory",
        "Where tokenised texts are kept between epochs; none tokenises again in every epoch.",
        HARDWARE,
        decides=False,
    )
    tensorboard: str | Path | None = option(
        None, "Write TensorBoard logs here.", OUTPUT, metavar="DIR", names="output"
    )


@with_techniques(takes_several=True)
@dataclass(frozen=True, kw_only=True)
class SweepOptions(TrainingOptions, DatasetOptions, TechniqueOptions):
    """Options of `sweep`: those that all trials share, and those that they differ in."""
