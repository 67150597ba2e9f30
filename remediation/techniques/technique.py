"""What a technique is: a way to remediate a model, with its options and what it trains.

The trainer reads data, uses devices, keeps checkpoints, validates and saves. A technique says what
it needs of the data, and wraps the model in one that trains in the technique's way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import Self

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import Options
from evenhand.remediation.literals import LabelsOfGroups, Pairing

if TYPE_CHECKING:
    from evenhand.data.dataset.manifest import Manifest
    from evenhand.data.support.arrays import Floats
    from evenhand.remediation.models.classifier import Classifier
    from evenhand.remediation.runtime.tensorflow import KerasGeneration


@dataclass(frozen=True)
class GroupNeeds:
    """Which groups of examples a technique needs: those of a slice column.

    Attributes:
        column: The column; None for the only one that the data has.
        labels: Which of its examples are members: all, or those labelled negative or positive.
        held_out: Whether the held-out examples need them, too, and a label each.
    """

    column: str | None
    labels: LabelsOfGroups = "all"
    held_out: bool = False


@dataclass(frozen=True)
class GroupState:
    """The groups of a training, and how the model does on each.

    Attributes:
        sizes: The weight of each group's training examples, float64, shape (groups,).
        errors: The share of wrong decisions at threshold 0.5 on the held-out members of each group,
            by weight, float64, shape (groups,); NaN where no member has a label.
    """

    sizes: Floats
    errors: Floats


@dataclass(frozen=True)
class Needs:
    """What a technique needs of the data.

    Attributes:
        pairs: Whether it trains on pairs; otherwise its batches are examples alone.
        pairing: ``"aligned"``: a batch brings the pairs of its own examples. ``"independent"``: as
            many pairs as examples in each step, drawn independently. None is the usual way for the
            model's Keras; see `usual_pairing`.
        random_words: How many more pairs to make of each pair's original, with random common words
            in the place of its terms.
        model_words: Whether these words are drawn from the model's vocabulary, if it can be read;
            otherwise from the texts.
        blind_teacher: Whether a text without a label is to keep the baseline's score of its form
            without identity terms, if the pairs have it, instead of the text's own.
        labels: Whether every example and every pair's original has to have a label. Otherwise
            texts without one may be trained to keep the baseline's scores, and pairs may come from
            another dataset.
        pair_labels: Whether a pair's original has to be an example of the batch, because its label
            is used. Then pairs cannot come from another dataset.
        groups: The groups of examples that it needs, if any.
        named_labels: Whether it repairs several labels at once; `TrainedOutput.labels` has them.
    """

    pairs: bool
    pairing: Pairing | None = None
    random_words: int = 0
    model_words: bool = False
    blind_teacher: bool = False
    labels: bool = False
    pair_labels: bool = False
    groups: GroupNeeds | None = None
    named_labels: bool = False


def usual_pairing(generation: KerasGeneration) -> Pairing:
    """Return how batches get their pairs, and the order of the examples, by default.

    For Keras 2 pairs are drawn as in TFMR's loop.
    """
    return "independent" if generation == 2 else "aligned"


def check_keras_3(technique: str, generation: KerasGeneration) -> None:
    """Raise ConfigurationError if a technique that trains models of Keras 3 alone gets another."""
    if generation != 3:
        raise ConfigurationError(
            f"the technique {technique} is for models of Keras 3, and this one is of Keras 2",
            where="`technique`",
            remedy="save the model with Keras 3, or choose the technique clp or fine-tune",
        )


@dataclass(frozen=True)
class TrainedOutput:
    """Which of a model's outputs is trained on labels.

    Attributes:
        head: Number of the output, of several.
        logits: Whether it is logits.
        label: Number of the label that the data's labels are about, if the output is of several
            labels, of which a text may have any; None if they are about the whole output. Of
            several such labels, the main one.
        labels: The numbers of all labels that the data has, likewise, the main one first.
        n_groups: How many groups of examples there are; 0 if the technique needs none.
    """

    head: int
    logits: bool
    label: int | None
    n_groups: int = 0
    labels: tuple[int, ...] = ()

    @property
    def trained(self) -> int | tuple[int, ...] | None:
        """The label that is trained, or all of several; None if the whole output is."""
        return self.labels if len(self.labels) > 1 else self.label


@dataclass(frozen=True, kw_only=True)
class Technique(Options, ABC):
    """A way to remediate a model. The fields of a subclass are its options.

    A subclass is a frozen dataclass, and each field an option, declared by
    `evenhand.data.options.option`. Help pages read it, too: import what takes long, such as
    TensorFlow, in `wrap`.

    Attributes:
        name: What commands, run files and records call it: ``"fine-tune"``.
        title: What tables and sentences call it: ``"CLP"``.
        summary: What it does, in half a sentence for help pages.
        tried: The options that a sweep varies, and the values that it tries by default.
            ``{"loss_weight": (0.1, 1.0)}`` gives a sweep the option ``loss_weights``.
        gentler: The options of which a lower value makes training gentler: the remedy where a loss
            is no longer a number names them.
        trains: Whether it trains. If not, there are no epochs, and the model is what `made_of`
            returns.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {}
    gentler: ClassVar[Sequence[str]] = ()
    trains: ClassVar[bool] = True

    def settled(self, generation: KerasGeneration) -> Self:
        """Return the technique with its options as they are for a model of this Keras.

        Raises:
            ConfigurationError: An option, or the technique, cannot be used with this Keras.
        """
        return self

    @property
    @abstractmethod
    def needs(self) -> Needs:
        """What it needs of the data, once it is `settled`."""

    @abstractmethod
    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return a Keras model that trains the weights of `model`.

        The trainer compiles it with the task's loss and fits it with batches of ``(x, y, weight)``.
        ``x`` is a `PairedInputs`, or the input alone where there are neither pairs nor other heads
        to hold. Its logs have ``loss``. `evenhand.remediation.wrappers.task_model.TaskModel` does
        all of that for Keras 3, and a subclass adds to its loss.

        Args:
            model: The baseline, built, of either Keras; its weights are the wrapper's.
            output: Which of its outputs is trained.
        """

    def begin(self, classifier: Classifier, terms: Sequence[str], words: Sequence[str]) -> str:
        """Change the model's weights before its first step, if the technique does that.

        It is called when all that is to be known of the baseline is known, its scores included. If
        no epoch keeps the limits, the baseline's own weights are kept.

        Args:
            classifier: The baseline.
            terms: The identity terms of the pairs.
            words: Words that the model or the texts have, the commonest first.

        Returns:
            What the user should read about it: a sentence, or nothing.
        """
        return ""

    def before_epoch(
        self, wrapper: Any, epoch: int, epochs: int, groups: Callable[[], GroupState]
    ) -> None:
        """Do what is to be done before an epoch; only a technique that measures groups is asked.

        A training that is resumed asks before its next epoch, too, so what is done must depend on
        the weights of the model and of its wrapper alone.

        Args:
            wrapper: What `wrap` returned.
            epoch: The number of the epoch, from 0.
            epochs: How many there are.
            groups: Measures the model as it is.
        """

    def made_of(self, classifier: Classifier, manifest: Manifest) -> Any:
        """Return the Keras model that a technique makes which trains nothing.

        Args:
            classifier: The baseline.
            manifest: That of the dataset.
        """
        raise NotImplementedError(f"{self.name} trains")

    @property
    def in_words(self) -> str:
        """Its name among the trials of a sweep: the options that they differ in."""
        return ", ".join(f"{name.replace('_', ' ')} {getattr(self, name)}" for name in self.tried)

    def record(self, wrapper: Any) -> dict[str, Any]:
        """Return the options as the record of a training holds them, ready for JSON.

        Args:
            wrapper: What `wrap` returned.
        """
        return self.as_keywords()
