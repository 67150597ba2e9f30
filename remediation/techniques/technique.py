"""What a technique is: a way to remediate a model, with its options and what it trains.

The trainer reads data, takes devices, keeps checkpoints, validates and saves; a technique says what
it needs of the data, and wraps the model in one that trains as the technique wants it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import Self

from evenhand.data.options import Options
from evenhand.remediation.literals import Pairing

if TYPE_CHECKING:
    from evenhand.remediation.runtime.tensorflow import KerasGeneration


@dataclass(frozen=True)
class Needs:
    """What a technique needs of the data.

    Attributes:
        pairs: Whether it trains on pairs; otherwise its batches are examples alone.
        pairing: ``"aligned"``: a batch brings the pairs of its own examples. ``"independent"``: as
            many pairs as examples in each step, drawn apart. None is what is usual for the model's
            Keras; see `usual_pairing`.
        random_words: How many more pairs to make of each pair's original, with random common words
            in the place of its terms.
        labels: Whether every example and every pair's original has to have a label. Otherwise
            texts without one may be trained to keep the baseline's scores, and pairs may come from
            another dataset.
    """

    pairs: bool
    pairing: Pairing | None = None
    random_words: int = 0
    labels: bool = False


def usual_pairing(generation: KerasGeneration) -> Pairing:
    """Return how batches get pairs, and in which order examples come, where nothing is asked for.

    For Keras 2 that is as TFMR's loop draws them.
    """
    return "independent" if generation == 2 else "aligned"


@dataclass(frozen=True)
class TrainedOutput:
    """Which of a model's outputs is trained on labels.

    Attributes:
        head: Number of the output, of several.
        logits: Whether it is logits.
        label: Number of the label that the labels of the data speak of, of several in that output
            that a text may have together; None where they speak of all that the output says.
    """

    head: int
    logits: bool
    label: int | None


@dataclass(frozen=True, kw_only=True)
class Technique(Options, ABC):
    """A way to remediate a model. The fields of a subclass are its options.

    A subclass is a frozen dataclass, and each field an option, declared by
    `evenhand.data.options.option`. It is read for help pages, too: what takes long to import, such
    as TensorFlow, is imported in `wrap`.

    Attributes:
        name: What commands, run files and records call it: ``"fine-tune"``.
        title: What tables and sentences call it: ``"CLP"``.
        summary: What it does, in half a sentence for help pages.
        tried: Which of its options a sweep varies, and the values that it tries unless told others.
            ``{"loss_weight": (0.1, 1.0)}`` gives a sweep the option ``loss_weights``.
        gentler: Its options of which a lower value makes a gentler training, for the remedy where a
            loss is no number any more.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {}
    gentler: ClassVar[Sequence[str]] = ()

    def settled(self, generation: KerasGeneration) -> Self:
        """Return the technique with its options as it takes them for a model of this Keras.

        Raises:
            ConfigurationError: An option, or the technique, is not there for this Keras.
        """
        return self

    @property
    @abstractmethod
    def needs(self) -> Needs:
        """What it needs of the data, once it is `settled`."""

    @abstractmethod
    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return a Keras model that trains another one's weights.

        The trainer compiles it with the task's loss and fits it with batches of ``(x, y, weight)``.
        ``x`` is a `PairedInputs`, or the input alone where there are neither pairs nor other heads
        to hold. Its logs have ``loss``. `evenhand.remediation.techniques.task_model.TaskModel` does
        all of that for Keras 3, and a subclass adds to its loss.

        Args:
            model: The baseline, built, of either Keras; its weights are the wrapper's.
            output: Which of its outputs is trained.
        """

    @property
    def in_words(self) -> str:
        """What it is called among the trials of a sweep: what they differ in."""
        return ", ".join(f"{name.replace('_', ' ')} {getattr(self, name)}" for name in self.tried)

    def record(self, wrapper: Any) -> dict[str, Any]:
        """Return what the record of a training says of the options, as JSON takes it.

        Args:
            wrapper: What `wrap` returned.
        """
        return self.as_keywords()
