"""Options of training, checked before any work.

`FitOptions` are those of any training, `TrainingOptions` those of a CLP training; a sweep gives the
latter to each of its trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypedDict, get_args

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.option_checks import (
    check_choice,
    check_list,
    check_number,
    check_seed,
    check_whole,
)
from evenhand.remediation.batches.pairs import Loss, PairOn
from evenhand.remediation.batches.pipeline import Pairing
from evenhand.remediation.defaults import (
    EPOCHS,
    MAX_ACCURACY_DROP,
    MAX_AUC_DROP,
    MAX_POSITIVE_RATE_CHANGE,
    WARMUP,
)
from evenhand.remediation.judging.trade_off import Measure, TradeOff
from evenhand.remediation.models.predictor import ModelOptions
from evenhand.remediation.outputs.compiled_losses import Activation
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.runtime.tensorflow import Device, KerasGeneration, Precision


@dataclass(frozen=True)
class FitOptions:
    """How to fit a model; see `TrainingOptions` for what each option is.

    Raises:
        ConfigurationError: An option is out of range.
    """

    epochs: int = EPOCHS
    batch_size: int = 128
    learning_rate: float | None = None
    validation_split: float = 0.1
    device: Device = "auto"
    precision: Precision = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs)
        check_whole("batch_size", self.batch_size)
        check_number("learning_rate", self.learning_rate, above=0, optional=True)
        check_number("validation_split", self.validation_split, least=0, below=1)
        check_choice("device", self.device, get_args(Device))
        check_choice("precision", self.precision, get_args(Precision))
        check_seed(self.seed)


def check_loss_weights(loss_weights: Sequence[float]) -> None:
    """Raise ConfigurationError if a sweep cannot try these factors of the pair loss."""
    check_list("loss_weights", loss_weights)
    for weight in loss_weights:
        check_number("loss_weight", weight, least=0)


class TrialKeywords(TypedDict, total=False):
    """The arguments of `TrainingOptions`, which describes them, that a sweep does not vary."""

    pair_on: PairOn | None
    random_words: int
    unlabelled: bool
    epochs: int
    batch_size: int
    learning_rate: float | None
    warmup: float
    validation_split: float
    device: Device
    precision: Precision
    seed: int
    preprocess: str | None
    head: str | None
    positive_class: int | None
    logits: bool
    probabilities: bool
    activation: Activation | None
    custom_objects: str | None
    allow_unsafe: bool
    early_stopping: Measure | None
    patience: int
    max_auc_drop: float
    max_accuracy_drop: float
    max_positive_rate_change: float


class TrainingKeywords(TrialKeywords, total=False):
    """All arguments of `TrainingOptions`."""

    loss: Loss
    loss_weight: float
    pairing: Pairing | None


@dataclass(frozen=True)
class TrainingOptions(FitOptions):
    """How to train a baseline on with CLP.

    Attributes:
        loss: Pair loss of TFMR: ``"mse"``, ``"absolute"`` or ``"cosine"``. The default, on logits,
            is that of Garg et al. 2019; on the sample text it also repaired most.
        loss_weight: Factor of the pair loss.
        pair_on: What is compared: ``"logits"``, ``"outputs"``, or None for logits, and outputs for
            the cosine of a single output.
        pairing: ``"aligned"``: a batch brings the pairs of its own examples, so that an epoch sees
            every pair once. ``"independent"``: TFMR's procedure, as many pairs as examples in each
            step, drawn apart. None is aligned, and independent for a model of Keras 2, which has
            nothing else.
        random_words: How many more pairs to make of each pair's original, with random common words
            in the place of its terms: some help for terms that the lexicon lacks.
        unlabelled: Train on examples without a label, too: their task is to keep the baseline's
            scores. Otherwise they are left out with their pairs.
        epochs: Times to go through the examples.
        batch_size: Examples in a step, over all devices; their pairs come on top.
        learning_rate: Adam's. None is the rate that the baseline was compiled with, but no more
            than `HIGHEST_OWN_RATE`, and `LEARNING_RATE` where its optimizer is not of Adam's kind;
            see `evenhand.remediation.defaults`.
        warmup: Epochs, or a part of one, over which the learning rate rises to its height.
        validation_split: Share of the examples held out, with their pairs, for the metrics.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``; several visible GPUs share every step, and so do
            the workers that the variable TF_CONFIG names, of which the chief writes the output. A
            model of Keras 2 is trained on one device.
        precision: What layers compute in; weights and the saved model stay in float32. ``"auto"``
            is the half precision that all GPUs at work gain by, if there is one, and float32 on
            the CPU and with TF_CONFIG; see `evenhand.remediation.runtime.precision`. A model of
            Keras 2 computes in its own.
        seed: Decides the split, the order of the examples, and dropout.
        preprocess: As `head`, `positive_class`, `logits`, `probabilities`, `activation`,
            `custom_objects` and `allow_unsafe`, says how to load the baseline and to read its
            outputs; see `evenhand.remediation.models.predictor.ModelOptions`. What labels do not
            speak of, other heads and the other classes of several, is held to the baseline's own
            outputs.
        early_stopping: Stop when this validation metric no longer falls, ``"flip_rate"`` or
            ``"ctf_gap"``; None goes through all epochs. The best epoch is kept either way, where
            something is held out; see `evenhand.remediation.judging.trade_off`.
        patience: Epochs to wait for a better one before stopping early.
        max_auc_drop: How far the AUC of the model kept may be below the baseline's. Like the two
            limits that follow, it binds always; if no epoch keeps them, the baseline is kept.
        max_accuracy_drop: How far its accuracy may be below the baseline's.
        max_positive_rate_change: How far its share of texts that are decided for the positive class
            may lie outside of what is between the baseline's and the labels'.

    Raises:
        ConfigurationError: An option is out of range.
    """

    loss: Loss = "absolute"
    loss_weight: float = 1.0
    pair_on: PairOn | None = None
    pairing: Pairing | None = None
    random_words: int = 0
    unlabelled: bool = False
    warmup: float = WARMUP
    preprocess: str | None = None
    head: str | None = None
    positive_class: int | None = None
    logits: bool = False
    probabilities: bool = False
    activation: Activation | None = None
    custom_objects: str | None = None
    allow_unsafe: bool = False
    early_stopping: Measure | None = None
    patience: int = 2
    max_auc_drop: float = MAX_AUC_DROP
    max_accuracy_drop: float = MAX_ACCURACY_DROP
    max_positive_rate_change: float = MAX_POSITIVE_RATE_CHANGE

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("loss_weight", self.loss_weight, least=0)
        check_whole("random_words", self.random_words, least=0)
        check_whole("patience", self.patience)
        check_number("warmup", self.warmup, least=0)
        if self.pairing not in (None, *get_args(Pairing)):
            raise ConfigurationError(
                f"unknown pairing {self.pairing!r}",
                where="--pairing",
                expected=" or ".join(get_args(Pairing)),
            )
        _ = self.trade_off, self.model_options  # each checks its own options

    @property
    def trade_off(self) -> TradeOff:
        """What makes an epoch the best one."""
        return TradeOff(
            self.max_auc_drop,
            self.max_accuracy_drop,
            self.max_positive_rate_change,
            self.early_stopping or "flip_rate",
        )

    def as_keywords(self) -> dict[str, Any]:
        """Return the options by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def model_options(self) -> ModelOptions:
        """How to load the baseline."""
        return ModelOptions(**{f.name: getattr(self, f.name) for f in fields(ModelOptions)})

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
        for option, value, unsupported in (
            ("--precision", self.precision, self.precision not in ("auto", "float32")),
            ("--pairing", self.pairing, self.pairing == "aligned"),
            ("TF_CONFIG", "set", Worker.here().workers > 1),
        ):
            if unsupported:
                raise ConfigurationError(
                    f"a model of Keras 2 cannot be trained with {option} {value}",
                    where=option,
                    expected="float32, independent pairs and one machine, as TFMR's loop has them",
                    remedy="leave it out, or save the model with Keras 3",
                )
