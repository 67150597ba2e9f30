"""Options that say how to load a MODEL and how to read its outputs."""

from __future__ import annotations

from dataclasses import dataclass

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
