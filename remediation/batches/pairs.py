"""Pairs that come with a batch of examples, in the form that models of either Keras train on."""

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
    """A batch of pairs drawn independently of the batch of examples, as in TFMR.

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
    """Examples and pairs: the ``x`` of a training with a pair loss.

    Attributes:
        inputs: Model input of the examples.
        pairs: Their pairs; an empty tuple for a training without pairs.
        held: Targets of the heads that are held to the baseline, not trained on labels, in their
            order: arrays in the heads' own shapes, with the leading dimension of `inputs`.
        groups: Number of each example's group, int32, shape (n,), -1 for none; an empty tuple for a
            technique that needs no groups.
    """

    inputs: Any
    pairs: Pairs | NoPairs
    held: tuple[Any, ...] = ()
    groups: Any = ()
