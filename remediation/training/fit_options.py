"""Options of the trainings, each declared once; see `evenhand.data.options`."""

from __future__ import annotations

from collections.abc import Sequence
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
    WARMUP,
)
from evenhand.remediation.judging.trade_off import TradeOff
from evenhand.remediation.literals import (
    Architecture,
    Cache,
    Device,
    Loss,
    Measure,
    Pairing,
    PairOn,
    Precision,
)
from evenhand.remediation.model_options import ModelOptions

LOSS_WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)  # even steps of the flip rate's logarithm, roughly

if TYPE_CHECKING:
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.remediation.runtime.tensorflow import KerasGeneration

    Dataset: TypeAlias = str | Path | CounterfactualDataset
else:
    Dataset: TypeAlias = str | Path  # by which the command line and run files name one


@dataclass(frozen=True, kw_only=True)
class FitOptions(Options):
    """What all trainings have in common.

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
class TrialOptions(FitOptions, ModelOptions):
    """How to train a baseline on with CLP, but for what the trials of a sweep differ in.

    The baseline's own learning rate is taken only if its optimizer is of Adam's kind. The three
    limits bind always; see `evenhand.remediation.judging.trade_off`. What labels do not speak of,
    other heads and the other classes of several, is held to the baseline's own outputs. Weights and
    the saved model stay in float32 whatever the precision; a model of Keras 2 computes in its own.
    """

    pair_on: PairOn | None = option(
        None,
        "What is compared.",
        PAIRS,
        unset="logits; outputs for the cosine of a single output",
    )
    random_words: int = option(
        0,
        "Make this many more pairs of each pair's original, with random common words in the place "
        "of its terms: some help for terms that the lexicon lacks.",
        PAIRS,
        least=0,
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
        "at work gain by, and float32 on the CPU and with TF_CONFIG.",
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
        "This limit and the next two bind always.",
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
        "How far its share of texts flagged may lie outside of what is between the baseline's "
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


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(TrialOptions):
    """How to train a baseline on with CLP: all that decides about the model that comes of it.

    The default loss, on logits, is that of Garg et al. 2019; on the sample text it also repaired
    most.

    Raises:
        ConfigurationError: An option is out of range.
    """

    loss: Loss = option("absolute", "TFMR's pair loss: how a pair's two sides are compared.", PAIRS)
    loss_weight: float = option(1.0, "Factor of the pair loss.", PAIRS, least=0)
    pairing: Pairing | None = option(
        None,
        "aligned: a batch brings its examples' pairs; independent: TFMR's procedure, as many pairs "
        "as examples in each step, drawn apart.",
        PAIRS,
        unset="aligned; independent, which is all there is, for a model of Keras 2",
    )

    def settled(self, generation: KerasGeneration) -> TrainingOptions:
        """Return the options as a training with this Keras takes them.

        Raises:
            ConfigurationError: An option is not there for a model of this Keras.
        """
        precision = "float32" if generation == 2 else self.precision
        return replace(self, pairing=self.pairing_with(generation), precision=precision)

    def pairing_with(self, generation: KerasGeneration) -> Pairing:
        """Return how batches get their pairs in a training with this Keras; see `settled`."""
        if generation == 2:
            self._check_keras_2()
        return self.pairing or ("independent" if generation == 2 else "aligned")

    def _check_keras_2(self) -> None:
        from evenhand.remediation.runtime.distribution import Worker

        for name, value, unsupported in (
            ("--precision", self.precision, self.precision not in ("auto", "float32")),
            ("--pairing", self.pairing, self.pairing == "aligned"),
            ("TF_CONFIG", "set", Worker.here().workers > 1),
        ):
            if unsupported:
                raise ConfigurationError(
                    f"a model of Keras 2 cannot be trained with {name} {value}",
                    where=name,
                    expected="float32, independent pairs and one machine, as TFMR's loop has them",
                    remedy="leave it out, or save the model with Keras 3",
                )


@dataclass(frozen=True, kw_only=True)
class DatasetOptions(Options):
    """Which other datasets to train with, and to validate on."""

    pairs: Dataset | None = option(
        None,
        "Take the pairs of this dataset, which needs no labels, in the place of those of the data.",
        DATA,
        metavar="DIR",
        names="input",
    )
    validation_data: Dataset | None = option(
        None,
        "Hold nothing out, and choose the epoch by this dataset: for a baseline that was trained "
        "on texts that the split would hold out.",
        VALIDATION,
        metavar="DIR",
        names="input",
    )


@dataclass(frozen=True, kw_only=True)
class TrainOptions(TrainingOptions, DatasetOptions):
    """Options of `train`: those of a training, what it is made from, and what it leaves beside."""

    control: bool = option(
        False,
        "Also train the baseline on without pairs, with all else the same, and show it beside: it "
        "takes as long again.",
        VALIDATION,
    )
    cache: Cache = option(
        "memory",
        "Where tokenised texts are kept between epochs; none makes them anew in every epoch.",
        HARDWARE,
        decides=False,
    )
    tensorboard: str | Path | None = option(
        None, "Write TensorBoard logs here.", OUTPUT, metavar="DIR", names="output"
    )


@dataclass(frozen=True, kw_only=True)
class SweepOptions(TrialOptions, DatasetOptions):
    """Options of `sweep`: those that all trials share, and what they differ in."""

    losses: Sequence[Loss] = option(("absolute",), "A pair loss to try.", PAIRS, flag="--loss")
    loss_weights: Sequence[float] = option(
        LOSS_WEIGHTS, "A factor of the pair loss to try.", PAIRS, least=0, flag="--loss-weight"
    )
    pairings: Sequence[Pairing | None] = option(
        (None,), "A pairing to try.", PAIRS, flag="--pairing", unset="as for train"
    )
