"""Several labels, of which a text may have any: which output of a model stands for which."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from evenhand.data.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from evenhand.data.dataset.manifest import Columns

_NEAR = 0.8  # so alike are names of which one is a slip of the other


def outputs_of_labels(
    named: Mapping[str, int], columns: Columns, positive_class: int | None
) -> dict[str, int]:
    """Return the number of each label's output, the main label first; none for one without a name.

    They are those that are named. Without names they are the labels of data that has several, for
    which the model's outputs stand in the same order; `check_outputs` makes sure that it may be so.

    Args:
        named: The labels that the user names, with their outputs.
        columns: The columns of the data.
        positive_class: The output that the user names without a label.

    Raises:
        ConfigurationError: One output is named beside several labels; labels are named for data
            whose labels are class numbers; or none of the names, or a misspelt one, is in the data.
    """
    if named and positive_class is not None:
        raise ConfigurationError(
            "`labels` and `positive_class` both say which output is read",
            where="`labels`",
            remedy="give one of them",
        )
    if not named and len(columns.labels) < 2:
        return {}
    if not named:
        if positive_class is not None:
            raise ConfigurationError(
                f"the data has {len(columns.labels)} labels, and `positive_class` does not say "
                f"which of them output {positive_class} stands for",
                where="`positive_class`",
                remedy=f"name it with `labels`, such as {columns.labels[0]}={positive_class}",
            )
        return {name: number for number, name in enumerate(columns.labels)}
    if columns.classes is not None:
        raise ConfigurationError(
            "the data's labels are the numbers of classes, of which a text has one",
            where="`labels`",
            remedy="leave `labels` out, or name one class with `positive_class`",
        )
    others = [name for name in columns.labels if name not in named]
    if columns.labels and len(others) == len(columns.labels):
        raise ConfigurationError(
            f"the data has none of the labels {', '.join(named)}",
            where="`labels`",
            expected=f"names of its columns of labels: {', '.join(columns.labels)}",
        )
    for name in named:
        close = get_close_matches(name, others, n=1, cutoff=_NEAR)
        if close and name not in columns.labels:
            raise ConfigurationError(
                f"the data has no label {name!r}, did you mean {close[0]!r}?", where="`labels`"
            )
    return dict(named)


def check_outputs(
    labels: Mapping[str, int],
    n_outputs: int,
    *,
    are_exclusive: bool,
    are_named: bool,
    where: str,
) -> None:
    """Check that a model has the outputs that labels stand for.

    Args:
        labels: The labels, with their outputs.
        n_outputs: How many numbers the model gives for a text.
        are_exclusive: Whether a text has one of them.
        are_named: Whether the user named the outputs; otherwise they are those of the data, in
            order.
        where: The model, for errors.

    Raises:
        InputError: It has not.
    """
    gives = "one score" if n_outputs == 1 else f"{n_outputs} outputs"
    most = max(labels.values())
    if are_named and most >= n_outputs:
        raise InputError(
            f"the model has no output {most}: it gives {gives} a text",
            where=f"{where}, `labels`",
            expected=f"numbers from 0 to {n_outputs - 1}",
        )
    if not are_named and (n_outputs != len(labels) or are_exclusive):
        one = " of classes, of which a text has one" * (n_outputs > 1 and are_exclusive)
        raise InputError(
            f"the model gives {gives} a text{one}, and the data has {len(labels)} labels",
            where=where,
            remedy="say with `labels` which output stands for which label, such as "
            f"{next(iter(labels))}=0",
        )
