"""The interface of every kind of model: inputs go in, named heads come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.data.support.suggest import did_you_mean
from evenhand.remediation.outputs.meaning import Evidence

# Input of a model: a batch of texts or of numbers, or several batches by input name.
Inputs: TypeAlias = "npt.NDArray[Any] | Mapping[str, npt.NDArray[Any]]"
Heads: TypeAlias = Mapping[str, npt.NDArray[Any]]
Preprocess: TypeAlias = Callable[[list[str]], Any]


class Predictor(Protocol):
    """A loaded model of any kind.

    Attributes:
        takes_strings: Whether its input is one batch of strings; None where only trying tells.
    """

    @property
    def takes_strings(self) -> bool | None:
        """Whether its input is one batch of strings; None where only trying tells."""

    def __call__(self, inputs: Inputs) -> Heads:
        """Return every output by its name, arrays with the leading dimension of the inputs."""

    def evidence(self, head: str) -> Evidence:
        """Return what the model tells about a head's outputs, once some have been computed."""


def named_outputs(outputs: Any, names: Sequence[str] = ()) -> dict[str, npt.NDArray[Any]]:
    """Return a model's outputs, a tensor or a list or dict of them, as arrays by name.

    Args:
        outputs: What the model returned.
        names: Names of a list's outputs, if there are any; otherwise their numbers are their names.
    """
    if isinstance(outputs, Mapping):
        return {str(name): np.asarray(output) for name, output in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        if len(names) != len(outputs) or len(set(names)) < len(names):
            names = [str(number) for number in range(len(outputs))]
        return {name: np.asarray(output) for name, output in zip(names, outputs, strict=True)}
    return {names[0] if len(names) == 1 else "output": np.asarray(outputs)}


def choose_head(heads: Heads, wanted: str | None, *, where: str) -> str:
    """Return the name of the head to read.

    Raises:
        InputError: There are several and none was named, or there is none by that name.
    """
    names = list(heads)
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in heads:
        return str(wanted)
    if wanted is not None and wanted.isdecimal() and int(wanted) < len(names):
        return names[int(wanted)]
    raise InputError(
        f"the model has no output {wanted!r}" if wanted else "the model gives several outputs",
        where=where,
        expected=f"one of: {', '.join(names)}; or a number from 0 to {len(names) - 1}",
        remedy="name the one to read with `head`",
    )


def choose_label(labels: Sequence[str], wanted: str, *, where: str) -> int:
    """Return the number of the class of a model that is called `wanted`.

    Raises:
        InputError: There is none.
    """
    if wanted in labels:
        return labels.index(wanted)
    raise InputError(
        f"the model has no label {wanted!r}",
        where=where,
        expected=f"one of: {', '.join(labels)}",
        remedy=did_you_mean(wanted, labels),
    )


def choose_class(
    n_classes: int,
    wanted: int | None,
    *,
    are_exclusive: bool,
    where: str,
    labels: Sequence[str] = (),
) -> int | None:
    """Return the column of a head that holds the positive class; None if no class is special.

    Args:
        n_classes: Columns of the head.
        wanted: The column that was asked for.
        are_exclusive: Whether a text has one of the classes, so that the most probable one decides.
        where: For errors.
        labels: What the classes are called, if that is known.

    Raises:
        InputError: There is no such class, or a text may have several classes and none was named.
    """
    if wanted is not None and wanted < n_classes:
        return wanted
    if wanted is None and not are_exclusive:
        raise needs_a_class(n_classes, are_exclusive, where, labels)
    if wanted is None:
        return n_classes - 1 if n_classes <= 2 else None
    raise InputError(
        f"the model has no class or label {wanted}: it gives {n_classes} numbers a text",
        where=where,
        expected=f"a number from 0 to {n_classes - 1}",
    )


def needs_a_class(
    n_classes: int, are_exclusive: bool, where: str, labels: Sequence[str] = ()
) -> InputError:
    """Return the error of a model whose outputs give no score until a class is named."""
    several = "classes a text" if are_exclusive else "labels, of which a text may have several"
    return InputError(
        f"the model gives outputs of {n_classes} {several}",
        where=where,
        expected="one score a text, or two classes that sum to 1",
        remedy="name the class whose probability is the score with "
        + (f"`head`, one of: {', '.join(labels)}" if labels else "`positive_class`"),
    )


def labels_of_no_class(n_classes: int, where: str) -> InputError:
    """Return the error of labels from 0 to 1 for a model of several classes, none special."""
    return InputError(
        f"the model gives {n_classes} classes, and labels from 0 to 1 do not say which one",
        where=where,
        expected="labels that are the numbers of classes",
        remedy=f"build the dataset with `classes` {n_classes}, or name the class that its labels "
        "speak of with `positive_class`",
    )
