"""Options that say how to load a MODEL and how to read its outputs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import MODEL, Options, option
from evenhand.data.support.option_checks import check_number, check_threshold
from evenhand.remediation.literals import Activation

_WHOLE = re.compile("[0-9]{1,9}")
_DECIMAL = re.compile("[0-9]*\\.?[0-9]+")


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
        label_thresholds: Likewise, such as ``"toxic=0.4,insult=0.3"``.

    Raises:
        ConfigurationError: A text is not of that form, or a name or an output occurs twice.
    """

    labels: Sequence[str] = labels_option("of data with several labels all, in their order")
    label_thresholds: Sequence[str] = option(
        (),
        "Thresholds of labels that are decided at another than the rest, such as "
        "toxic=0.4,insult=0.3.",
        MODEL,
        metavar="NAME=NUMBER,...",
        unset="one threshold for all labels",
    )

    def __post_init__(self) -> None:
        for name in ("labels", "label_thresholds"):
            if isinstance(given := getattr(self, name), Mapping):
                pairs = tuple(f"{label}={number}" for label, number in given.items())
                object.__setattr__(self, name, pairs)
        super().__post_init__()
        _check_once([*self.numbers_of_labels.values()], "`labels`")
        for threshold in self.thresholds_of_labels.values():
            check_number("label_thresholds", threshold, least=0, below=1)
            check_threshold(threshold, "`label_thresholds`")
        if self.labels:
            self.check_thresholds_of(self.numbers_of_labels)

    def check_thresholds_of(self, labels: Collection[str]) -> None:
        """Raise ConfigurationError if a threshold is of none of these labels."""
        for name in self.thresholds_of_labels:
            if name not in labels:
                raise ConfigurationError(
                    f"there is a threshold of {name!r}, which is none of the labels",
                    where="`label_thresholds`",
                    expected=", ".join(labels) or "a model with several labels",
                )

    @property
    def numbers_of_labels(self) -> dict[str, int]:
        """The number of each label's output, by the label's name; the main one first."""
        what = "a label with the number of its output"
        return {name: int(text) for name, text in _named(self.labels, _WHOLE, "`labels`", what)}

    @property
    def thresholds_of_labels(self) -> dict[str, float]:
        """The thresholds of single labels, by the label's name."""
        where, what = "`label_thresholds`", "a label with its threshold"
        found = _named(self.label_thresholds, _DECIMAL, where, what)
        return {name: float(text) for name, text in found}


def _named(
    texts: Sequence[str], form: re.Pattern[str], where: str, what: str
) -> list[tuple[str, str]]:
    """Return names with numbers as text, of texts such as ``"toxic=0,insult=4"``.

    Raises:
        ConfigurationError: A text is not of that form, or a name occurs twice.
    """
    found = []
    for text in (part for each in texts for part in each.split(",")):
        name, _, number = (part.strip() for part in text.rpartition("="))
        if not name or not form.fullmatch(number):
            example = "toxic=0,insult=4" if form is _WHOLE else "toxic=0.4,insult=0.3"
            raise ConfigurationError(
                f"{text!r} is not {what}", where=where, expected=f"such as {example}"
            )
        found.append((name, number))
    _check_once([name for name, _ in found], where)
    return found


def _check_once(given: Sequence[str | int], where: str) -> None:
    again = [each for place, each in enumerate(given) if each in given[:place]]
    if again:
        raise ConfigurationError(f"{again[0]} occurs twice", where=where)
