"""Ids of the rows that flip, as FlipRate and FlipCount of TFMA 0.46 list them.

The lists hold the first rows that are read. A row's id is kept as an array of text, usually with
one element. An array of k ids then has shape (k, 1), which TFMA stores as bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

DEFAULT_IDS_COUNT = 100  # TFMA 0.46's
_SEED = 0  # the same sample from the same flips

Id = npt.NDArray[np.str_]
IdLists = list[tuple[list[Id], list[Id]]]
"""For each threshold: ids of rows that flip to negative, and ids of rows that flip to positive."""


def read_ids(value: Any) -> Id | None:
    """Return a row's id or ids as text, shape (ids,), or None if it has none."""
    values = np.atleast_1d([] if value is None else value).ravel()
    texts = [
        item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)
        for item in values.tolist()
        if item is not None
    ]
    return np.array(texts, dtype=np.str_) if texts else None


def keep_first(kept: list[Id], more: Iterable[Id], count: int) -> None:
    """Add ids to a list until it holds `count`."""
    kept.extend(islice(more, max(count - len(kept), 0)))


def join_ids(joined: IdLists, others: Iterable[IdLists], count: int) -> IdLists:
    """Append the ids of the other lists, up to `count` ids in each list."""
    for other in others:
        for mine, theirs in zip(joined, other, strict=True):
            for kept, more in zip(mine, theirs, strict=True):
                keep_first(kept, more, count)
    return joined


def id_array(ids: Sequence[Id]) -> npt.NDArray[Any]:
    """Return ids as one array of shape (k, 1); without any, shape (0,).

    It is always text, so that TFMA does not subtract the ids of two models or slices.
    """
    if len({len(own) for own in ids}) > 1:  # no array holds rows of different lengths
        ids = [np.array([" ".join(own)]) for own in ids]
    return np.array(ids, dtype=np.str_)


def sample_ids(
    to_negative: Sequence[Id], to_positive: Sequence[Id], flips: tuple[float, float], count: int
) -> list[Id]:
    """Draw up to `count` of the ids, as if at random from all rows that flip.

    TFMA 0.46 draws another sample each time; here the same flips give the same sample.

    Args:
        to_negative: Ids of rows that flip from positive to negative, or the first of them.
        to_positive: Ids of rows that flip from negative to positive, or the first of them.
        flips: How many rows flip in each direction, listed or not.
        count: Maximum number of ids to draw.
    """
    random = np.random.default_rng(_SEED)
    size = min(count, len(to_negative) + len(to_positive))
    fair = int(random.hypergeometric(int(flips[0]), int(flips[1]), size)) if size else 0
    first = min(max(fair, size - len(to_positive)), len(to_negative))
    drawn = [
        ids[i]
        for ids, share in ((to_negative, first), (to_positive, size - first))
        for i in random.choice(len(ids), size=share, replace=False)
    ]
    return [drawn[i] for i in random.permutation(size)]
