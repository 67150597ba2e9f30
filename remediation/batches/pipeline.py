"""Batches for training: examples and their pairs.

The seed and the epoch's number decide the order of the examples; the cache does not change it. As
many blocks as memory should hold are shuffled together: up to 131,072 examples, that is all blocks.
If batches bring the pairs of their own examples, the examples with pairs are spread evenly over an
epoch. So nearly all batches have the same shape, which TensorFlow compiles once, and very few rows
are padding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evenhand.remediation.batches.cache import Blocks
from evenhand.remediation.batches.pairs import AlignedPairs, IndependentPairs, PairedInputs
from evenhand.remediation.batches.python_dataset import endless_dataset
from evenhand.remediation.batches.training_data import Column, Ints, Singles, TrainingData
from evenhand.remediation.batches.vectorisation import Encoding
from evenhand.remediation.literals import Pairing

_BATCHES_AHEAD = 4  # that are made during a step
_BLOCKS_TOGETHER = 8  # blocks that are in memory and shuffled at once
_MORE_SLOTS = 8  # step in which pair slots grow if a batch has more pairs than usual: few shapes


class _PairRows(NamedTuple):
    original: Column
    counterfactual: Column
    weight: Singles


@dataclass(frozen=True)
class Batches:
    """Endless training batches, epoch after epoch.

    Attributes:
        blocks: The data to train on.
        encoding: How it was encoded.
        labels: Turns the blocks' targets, float32, into what the task loss takes. Without other
            targets these are labels in [0, 1], shape (n,).
        batch_size: Examples in a step, over all replicas.
        seed: Decides the order.
        pairing: ``"aligned"``: batches carry the pairs of their own examples. ``"independent"``: as
            many pairs as examples, drawn independently of them and repeatedly, as in TFMR's
            `pack_counterfactual_data`. None: no pairs.
        has_pairs: Whether batches bring their pairs. Otherwise they have the same examples in the
            same order, and are inputs alone if no head is held.
        replicas: Number of devices that share a step; each gets a part of its examples with their
            pairs.
        first_epoch: The epoch to begin with, counted from 0, if a training is resumed.
        pair_blocks: Where the pairs come from, if not from `blocks`. If aligned, an epoch spreads
            them evenly over its batches: each pair once. A batch with fewer pairs than replicas
            gets one for each replica.
        held: Turns targets into the targets of the held heads; see `PairedInputs`.
        has_groups: Whether batches bring the groups of their examples, which the blocks have.
    """

    blocks: Blocks
    encoding: Encoding
    labels: Callable[[Singles], npt.NDArray[Any]]
    batch_size: int
    seed: int
    pairing: Pairing | None
    has_pairs: bool = True
    replicas: int = 1
    first_epoch: int = 0
    pair_blocks: Blocks | None = None
    held: Callable[[Singles], tuple[Singles, ...]] = lambda targets: ()
    has_groups: bool = False

    @property
    def steps(self) -> int:
        """Steps in an epoch. If fewer examples than replicas are left, they join the last batch."""
        whole, rest = divmod(self.blocks.n_examples, self.batch_size)
        return max(whole + (rest >= self.replicas), 1)

    @property
    def pair_slots(self) -> int:
        """Pairs that a replica's batch usually has room for; a batch with more gets more room."""
        mean = self.blocks.n_pairs * self.batch_size / self.blocks.n_examples / self.replicas
        # If no example has several pairs, evenly spread ones are at most their mean, rounded up,
        # and one more in a batch that takes its examples from two windows.
        more = self.blocks.n_blocks > _BLOCKS_TOGETHER
        return max(math.ceil(mean) + more, 1)

    def dataset(self, worker: int = 0, workers: int = 1) -> Any:
        """Return the batches of one of several workers as a `tf.data.Dataset`.

        Its elements, one for each replica, are ``(x, label, weight)``. ``x`` is the encoded texts,
        leading dimension rows, or a `PairedInputs` of texts and pairs.
        """
        import tensorflow as tf

        here = self.replicas // workers
        parts = range(worker * here, (worker + 1) * here)
        elements = endless_dataset(lambda: self._elements(parts), self._signature())
        # There is nothing to tune, and the tuning thread sleeps for .01, .02, .04 ... seconds: the
        # end of a training would wait for it as long as the training took.
        untuned = tf.data.Options()
        untuned.autotune.enabled = False
        return elements.prefetch(_BATCHES_AHEAD).with_options(untuned)

    @property
    def _pairs_are_apart(self) -> bool:
        """Whether the pairs of a batch come from elsewhere than its examples."""
        return self.pairing == "independent" or (
            self.pairing == "aligned" and self.pair_blocks is not None
        )

    def _signature(self) -> Any:
        import tensorflow as tf

        def spec_of(made: npt.NDArray[Any]) -> Any:
            return tf.TensorSpec([None, *made.shape[1:]], made.dtype)

        text, weight = self.encoding.spec, tf.TensorSpec([None], tf.float32)
        targets = np.zeros((1, *self.blocks.target_shape), np.float32)
        held = tuple(map(spec_of, self.held(targets)))
        pairs: dict[str, Any] = {
            "aligned": AlignedPairs(tf.TensorSpec([None], tf.int32), text, weight),
            "independent": IndependentPairs(text, text, weight),
        }
        kind = "independent" if self._pairs_are_apart else "aligned"
        of_pairs = pairs[kind] if self.pairing is not None and self.has_pairs else ()
        x = self._inputs(text, of_pairs, held, tf.TensorSpec([None], tf.int32))
        return x, spec_of(self.labels(targets)), weight

    def _inputs(self, text: Any, pairs: Any, held: tuple[Any, ...], groups: Any) -> Any:
        """Return the x of a batch, or what it is like: the text alone if nothing stands beside."""
        if not (pairs or held or self.has_groups):
            return text
        return PairedInputs(text, pairs, held, groups if self.has_groups else ())

    def _elements(self, parts: range) -> Iterator[Any]:
        drawn: Iterator[_PairRows | None] = itertools.repeat(None)
        if self.has_pairs and self._pairs_are_apart:
            drawn = itertools.islice(self._drawn_pairs(), self.first_epoch * self.steps, None)
        for (window, batch), pairs in zip(self._epochs(), drawn, strict=False):
            for part in parts:
                rows = np.array_split(batch, self.replicas)[part]
                targets = window.label[rows]
                of_pairs: Any = ()
                if pairs is not None:
                    mine = (np.array_split(column, self.replicas)[part] for column in pairs)
                    original, counterfactual, weight = mine
                    original, counterfactual = map(self.encoding.batch, (original, counterfactual))
                    of_pairs = IndependentPairs(original, counterfactual, weight)
                elif self.has_pairs and self.pairing == "aligned":
                    of_pairs = self._aligned(window, rows)
                groups = None if window.groups is None else window.groups[rows]
                text = self.encoding.batch(window.text[rows])
                x = self._inputs(text, of_pairs, self.held(targets), groups)
                yield x, self.labels(targets), window.weight[rows]

    def _epochs(self) -> Iterator[tuple[TrainingData, Ints]]:
        """Yield each batch of each epoch as rows of data."""
        for epoch in itertools.count(self.first_epoch):
            rng = np.random.default_rng([self.seed, epoch])
            left_over: list[TrainingData] = []
            to_go = self.steps - 1  # batches before the last one, which takes all remaining rows
            for blocks, is_last in _windows(self.blocks, rng):
                window = TrainingData.concatenated([*left_over, *blocks])
                order = rng.permutation(len(window.label))
                if self.pairing == "aligned" and self.pair_blocks is None:
                    order = _with_pairs_spread(order, window)
                whole = min(len(order) // self.batch_size, to_go)
                to_go -= whole
                for start in range(0, whole * self.batch_size, self.batch_size):
                    yield window, order[start : start + self.batch_size]
                rest = order[whole * self.batch_size :]
                if is_last:
                    yield window, rest
                left_over = [window.taking(np.sort(rest))]

    def _drawn_pairs(self) -> Iterator[_PairRows]:
        """Yield the pairs of each batch; after the last pair they are shuffled again."""
        source = self.pair_blocks or self.blocks
        numbers = self._pairs_of_batches(source.n_pairs)
        wanted = next(numbers)
        left_over: list[_PairRows] = []
        for time in itertools.count():
            rng = np.random.default_rng([self.seed, time, 1])  # not the order of the examples
            for blocks, _ in _windows(source, rng):
                window = TrainingData.concatenated(blocks)
                order = rng.permutation(len(window.example))
                shuffled = _PairRows(
                    window.text[window.example[order]],
                    window.counterfactual[order],
                    window.pair_weight[order],
                )
                columns = zip(*left_over, shuffled, strict=True)
                pairs = _PairRows(*(np.concatenate(column) for column in columns))
                start = 0
                while start + wanted <= len(pairs.weight):
                    rows = slice(start, start + wanted)
                    yield _PairRows(*(column[rows] for column in pairs))
                    start, wanted = rows.stop, next(numbers)
                left_over = [_PairRows(*(column[start:] for column in pairs))]

    def _pairs_of_batches(self, n_pairs: int) -> Iterator[int]:
        """Yield the number of pairs in each batch, if pairs do not come with examples."""
        if self.pairing == "independent":
            yield from itertools.repeat(self.batch_size)
        edges = [n_pairs * step // self.steps for step in range(self.steps + 1)]
        for step in itertools.cycle(range(self.steps)):
            yield max(edges[step + 1] - edges[step], self.replicas)

    def _aligned(self, window: TrainingData, rows: Ints) -> Any:
        pairs, position = window.pairs_of(rows)
        more = max(len(pairs) - self.pair_slots, 0)
        slots = self.pair_slots + math.ceil(more / _MORE_SLOTS) * _MORE_SLOTS
        padding = slots - len(pairs)
        # Padding may be any text: its weight is 0.
        counterfactual = window.counterfactual[pairs] if len(pairs) else window.text[:1]
        counterfactual = np.concatenate(
            [counterfactual, np.repeat(counterfactual[:1], slots - len(counterfactual), axis=0)]
        )
        return AlignedPairs(
            np.pad(position, (0, padding), constant_values=-1),
            self.encoding.batch(counterfactual),
            np.pad(window.pair_weight[pairs], (0, padding)),
        )


def _windows(blocks: Blocks, rng: np.random.Generator) -> Iterator[tuple[list[TrainingData], bool]]:
    """Yield all blocks, a few at a time, and whether they are the last ones."""
    n_blocks = blocks.n_blocks
    together = n_blocks <= _BLOCKS_TOGETHER
    order = range(n_blocks) if together else rng.permutation(n_blocks).tolist()
    for start in range(0, n_blocks, _BLOCKS_TOGETHER):
        numbers = order[start : start + _BLOCKS_TOGETHER]
        yield [blocks.load(n) for n in numbers], start + _BLOCKS_TOGETHER >= n_blocks


def _with_pairs_spread(order: Ints, data: TrainingData) -> Ints:
    """Return the rows with pairs evenly among the others; both kinds keep their order."""
    n_pairs = np.bincount(data.example, minlength=len(order))[order]
    place = np.empty(len(order))
    for rows, size in ((n_pairs > 0, n_pairs), (n_pairs == 0, np.ones_like(n_pairs))):
        end = np.cumsum(size[rows])
        place[rows] = (end - size[rows] / 2) / max(end[-1:].sum(), 1)
    return order[np.argsort(place, kind="stable")]
