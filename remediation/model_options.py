"""Options that say how to load a MODEL and how to read its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import MODEL, Options, option
from evenhand.remediation.literals import Activation


@dataclass(frozen=True)
class ModelOptions(Options):
    """How to load a MODEL and how to read its outputs.

    Without `positive_class`, the score is the probability of the second of two classes. A model of
    more classes then has no score, and decides for one class. A model whose texts may have several
    labels needs `positive_class`. For `logits`, `probabilities` and `activation` see
    `evenhand.remediation.outputs.meaning`.

    Raises:
        ConfigurationError: An option is out of range, or two contradict each other.
    """

    preprocess: str | None = option(
        None,
        "Maps a list of str to the input of a model that does not take strings.",
        MODEL,
        metavar="MODULE:FUNCTION",
        names="code",
    )
    head: str | None = option(
        None, "Name or number of the output to read, or to train, of several.", MODEL
    )
    positive_class: int | None = option(
        None,
        "Class whose probability is the score.",
        MODEL,
        least=0,
        unset="the second of two; of more, the most probable one is the decision",
    )
    custom_objects: str | None = option(
        None,
        "Holds custom layers and functions that the model refers to. Its code runs.",
        MODEL,
        metavar="MODULE",
        names="code",
    )
    logits: bool = option(False, "The outputs are logits, where the model does not tell.", MODEL)
    probabilities: bool = option(
        False, "The outputs are probabilities, where the model does not tell.", MODEL
    )
    activation: Activation | None = option(
        None,
        "How several logits become probabilities, where the model does not tell: sigmoid for "
        "labels, of which a text may have any; softmax for classes, of which it has one.",
        MODEL,
    )
    allow_unsafe: bool = option(
        False,
        "Load files that run code or touch other files: Lambda layers, pickles, some graphs.",
        MODEL,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.logits and self.probabilities:
            raise ConfigurationError(
                "`logits` and `probabilities` both say what the outputs are", remedy="give one"
            )


def labels_option(unset: str) -> Any:
    """Return the option that names labels; `unset` says what happens without it."""
    return option(
        (),
        "Labels with the numbers of their outputs, such as toxic=0,insult=4. The first is the main "
        "one.",
        MODEL,
        metavar="NAME=NUMBER,...",
        unset=unset,
    )


@dataclass(frozen=True, kw_only=True)
class LabelOptions(Options):
    """Which outputs of a model stand for which labels, of which a text may have any.

    Args:
        labels: Texts such as ``"toxic=0"`` or ``"toxic=0,insult=4"``; or, in Python, a mapping of
            names to numbers.

    Raises:
        ConfigurationError: A text is not of that form, or a name or a number occurs twice.
    """

    labels: Sequence[str] = labels_option("of data with several labels all, in their order")

    def __post_init__(self) -> None:
        if isinstance(self.labels, Mapping):
            pairs = tuple(f"{name}={number}" for name, number in self.labels.items())
            object.__setattr__(self, "labels", pairs)
        super().__post_init__()
        for given in zip(*self._named, strict=True):
            again = [each for place, each in enumerate(given) if each in given[:place]]
            if again:
                raise ConfigurationError(f"{again[0]} occurs twice", where="`labels`")

    @property
    def numbers_of_labels(self) -> dict[str, int]:
        """The number of each label's output, by the label's name; the main one first."""
        return dict(self._named)

    @property
    def _named(self) -> list[tuple[str, int]]:
        found = []
        for text in (part for each in self.labels for part in each.split(",")):
            name, _, number = (part.strip() for part in text.rpartition("="))
            if not name or not (number.isascii() and number.isdecimal()):
                raise ConfigurationError(
                    f"{text!r} is not a label with the number of its output",
                    where="`labels`",
                    expected="such as toxic=0,insult=4",
                )
            found.append((name, int(number)))
        return found
