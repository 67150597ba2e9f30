"""Batches for training: examples, and beside them the pairs made from them.

Texts and labels are held in memory once, as TensorFlow tensors. An epoch is a seeded permutation of
the examples; each batch carries the pairs of its own examples, padded to one of a few fixed numbers
so that TensorFlow does not compile a step for every batch.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation.texts import encode_texts

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Texts = npt.NDArray[np.object_]

_PAIR_STEP = 8  # pair slots are a multiple of it, as accelerators like


@dataclass(frozen=True)
class TrainingData:
    """Labelled examples and their pairs, in memory.

    Attributes:
        text: UTF-8 bytes objects, shape (n,).
        label: In [0, 1], float32, shape (n,).
        weight: Example weights, float32, shape (n,).
        example: Row of each pair's original, int64, ascending, shape (pairs,).
        counterfactual: UTF-8 bytes objects, shape (pairs,).
        pair_weight: float32, shape (pairs,).
        n_unlabelled: Examples of the dataset that have no label, and are left out with their pairs.
    """

    text: Texts
    label: Floats
    weight: Floats
    example: Ints
    counterfactual: Texts
    pair_weight: Floats
    n_unlabelled: int = 0

    @classmethod
    def read(cls, dataset: CounterfactualDataset) -> TrainingData:
        """Read a dataset's labelled examples, and the pairs made from them.

        Raises:
            InputError: No example has a label.
        """
        examples = dataset.examples(["text", "label", "weight"])
        pairs = dataset.pairs(["example", "counterfactual", "weight"])
        label = examples["label"].to_numpy().astype(np.float32)
        labelled = ~np.isnan(label)
        if not labelled.any():
            raise InputError(
                "no example of the dataset has a label",
                where=str(dataset.path),
                expected="labels for training",
                remedy="build the dataset with --label-column",
            )
        n_unlabelled = int((~labelled).sum())
        everything = cls(
            encode_texts(examples["text"].to_pylist()),
            label,
            examples["weight"].to_numpy().astype(np.float32),
            pairs["example"].to_numpy().astype(np.int64),
            encode_texts(pairs["counterfactual"].to_pylist()),
            pairs["weight"].to_numpy().astype(np.float32),
            n_unlabelled,
        )
        return everything.taking(np.flatnonzero(labelled)) if n_unlabelled else everything

    def taking(self, rows: Ints) -> TrainingData:
        """Return these rows of the examples, ascending, with their pairs."""
        new_row = np.full(len(self.text), -1)
        new_row[rows] = np.arange(len(rows))
        kept = new_row[self.example] >= 0
        return TrainingData(
            self.text[rows],
            self.label[rows],
            self.weight[rows],
            new_row[self.example[kept]],
            self.counterfactual[kept],
            self.pair_weight[kept],
            self.n_unlabelled,
        )

    def split(self, validation_share: float, seed: int) -> tuple[TrainingData, TrainingData]:
        """Split at random into training and validation; an example's pairs stay with it.

        Raises:
            ConfigurationError: The share leaves nothing to train on.
        """
        n_examples = len(self.text)
        n_validation = round(n_examples * validation_share)
        if n_validation == n_examples:
            raise ConfigurationError(
                f"the validation split leaves none of {n_examples} examples to train on",
                where="--validation-split",
            )
        order = np.random.default_rng(seed).permutation(n_examples)
        validation, training = order[:n_validation], order[n_validation:]
        return self.taking(np.sort(training)), self.taking(np.sort(validation))

    def pairs_of(self, rows: Ints) -> tuple[Ints, npt.NDArray[np.int32]]:
        """Return the pairs made from these examples, and where in `rows` each one's example is."""
        first = np.searchsorted(self.example, rows)
        count = np.searchsorted(self.example, rows, side="right") - first
        position = np.repeat(np.arange(len(rows), dtype=np.int32), count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(first, count) + within, position


@dataclass(frozen=True)
class Batches:
    """Endless training batches, an epoch after the other, each a permutation seeded by its number.

    Attributes:
        data: What to train on.
        label: The labels as the task loss takes them, leading dimension that of ``data.label``.
        batch_size: Examples in a step, over all replicas.
        seed: Decides the permutations.
        with_pairs: Whether batches carry the pairs of their examples.
        replicas: Devices that share a step; each gets a part of its examples with their pairs.
    """

    data: TrainingData
    label: npt.NDArray[Any]
    batch_size: int
    seed: int
    with_pairs: bool
    replicas: int = 1

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return math.ceil(len(self.data.text) / self.batch_size)

    @property
    def pair_slots(self) -> int:
        """Pairs that a replica's batch has room for; few batches need twice as much or more."""
        mean = len(self.data.example) * self.batch_size / len(self.data.text) / self.replicas
        return _rounded_up(mean + 3 * math.sqrt(mean))  # three deviations, were pairs independent

    def dataset(self) -> Any:
        """Return the batches as a `tf.data.Dataset` of ``(x, label, weight)``.

        ``x`` is the texts, shape (rows,), or with pairs a `PairedInputs` of aligned pairs.
        """
        import tensorflow as tf

        signature = tuple(tf.TensorSpec([None], dtype) for dtype in (tf.int64, tf.int64, tf.int32))
        rows = tf.data.Dataset.from_generator(self._rows, output_signature=signature)
        # Told that there is no end, a distributed iterator does not test for it at each step.
        endless = rows.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
        return endless.map(self._gather()).prefetch(tf.data.AUTOTUNE)

    def _rows(self) -> Iterator[tuple[Ints, Ints, npt.NDArray[np.int32]]]:
        none = np.zeros(0, np.int64), np.zeros(0, np.int32)
        for epoch in itertools.count():
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.data.text))
            for start in range(0, len(order), self.batch_size):
                batch = order[start : start + self.batch_size]
                for rows in np.array_split(batch, self.replicas):
                    yield rows, *(self._padded_pairs(rows) if self.with_pairs else none)

    def _padded_pairs(self, rows: Ints) -> tuple[Ints, npt.NDArray[np.int32]]:
        pairs, position = self.data.pairs_of(rows)
        slots = self.pair_slots
        while slots < len(pairs):
            slots *= 2
        padding = (0, slots - len(pairs))
        return np.pad(pairs, padding), np.pad(position, padding, constant_values=-1)

    def _gather(self) -> Callable[..., Any]:
        import tensorflow as tf

        from evenhand.remediation.clp import AlignedPairs, PairedInputs

        text, label, weight = (
            tf.constant(column) for column in (self.data.text, self.label, self.data.weight)
        )
        # A dataset without pairs still has slots, all padding, and a row for them to point to.
        counterfactual = tf.constant(np.append(self.data.counterfactual, b""))
        pair_weight = tf.constant(np.append(self.data.pair_weight, np.float32(0)))

        def gather(rows: Any, pairs: Any, position: Any) -> Any:
            x = tf.gather(text, rows)
            if self.with_pairs:
                aligned = AlignedPairs(
                    position, tf.gather(counterfactual, pairs), tf.gather(pair_weight, pairs)
                )
                x = PairedInputs(x, aligned)
            return x, tf.gather(label, rows), tf.gather(weight, rows)

        return gather


def _rounded_up(slots: float) -> int:
    return max(1, math.ceil(slots / _PAIR_STEP)) * _PAIR_STEP
