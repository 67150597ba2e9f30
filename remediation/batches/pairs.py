"""Pairs beside a batch of examples, as the models of either Keras train on them."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias


class AlignedPairs(NamedTuple):
    """Pairs whose originals are among the batch's own examples, padded to a fixed number.

    Attributes:
        example: Row of each pair's original in the batch, int32, shape (pairs,); -1 is padding.
        counterfactual: Model input, leading dimension pairs.
        weight: Pair weights, float32, shape (pairs,).
    """

    example: Any
    counterfactual: Any
    weight: Any


class IndependentPairs(NamedTuple):
    """A batch of pairs beside the batch of examples, drawn independently of it, as TFMR does.

    Attributes:
        original: Model input, leading dimension pairs.
        counterfactual: Model input, leading dimension pairs.
        weight: Pair weights, float32, shape (pairs,).
    """

    original: Any
    counterfactual: Any
    weight: Any


Pairs: TypeAlias = AlignedPairs | IndependentPairs
NoPairs: TypeAlias = tuple[()]


class PairedInputs(NamedTuple):
    """What a model trains on with a pair loss, in the place of ``x``: examples and pairs.

    Attributes:
        inputs: Model input of the examples.
        pairs: Pairs beside them; an empty tuple for a training without pairs.
        held: For a model with several heads, what those that are not trained on labels are held to,
            in their order: arrays of the heads' own shapes, leading dimension that of `inputs`.
    """

    inputs: Any
    pairs: Pairs | NoPairs
    held: tuple[Any, ...] = ()
