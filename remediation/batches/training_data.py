"""Training data: examples and their pairs, all at once or in blocks.

A dataset is read in blocks of consecutive rows, so that memory does not have to hold all of it.
Whether a row is held out for validation depends on the share, the seed and its number alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.support.arrays import Flags
from evenhand.remediation.batches.groups import Groups
from evenhand.remediation.batches.random_words import common_words, with_random_words
from evenhand.remediation.runtime.texts import Texts

Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int32]
Column = npt.NDArray[Any]
Rows = Literal["labelled", "paired", "all"]

BLOCK_ROWS = 16_384  # examples; some 3 MB of comments
MOST_HELD_OUT = 100_000  # examples, all in memory; a rate over so many is known to 0.2 %


@dataclass(frozen=True)
class TrainingData:
    """Labelled examples and their pairs, in memory.

    Attributes:
        text: UTF-8 bytes objects, shape (n,), or what an `Encoding` made of them.
        label: In [0, 1], float32, shape (n,), NaN for none; or targets instead: see
            `evenhand.remediation.batches.task.Task`.
        weight: Example weights, float32, shape (n,).
        example: Row of each pair's original, int64, ascending, shape (pairs,).
        counterfactual: As ``text``, leading dimension pairs.
        pair_weight: float32, shape (pairs,).
        groups: Number of each example's group, int32, shape (n,), -1 for none; None if no technique
            needs them. See `evenhand.remediation.batches.groups.Groups`.
        others: Further labels, of which a text may have any, as ``label``, shape (n, labels); None
            where there are none.
    """

    text: Column
    label: Singles
    weight: Singles
    example: Ints
    counterfactual: Column
    pair_weight: Singles
    groups: Numbers | None = None
    others: Singles | None = None

    @classmethod
    def concatenated(cls, parts: Sequence[TrainingData]) -> TrainingData:
        """Join one or more parts, in their order."""
        if len(parts) == 1:
            return parts[0]
        first_row = np.cumsum([0, *(len(part.label) for part in parts)])
        return cls(
            np.concatenate([part.text for part in parts]),
            np.concatenate([part.label for part in parts]),
            np.concatenate([part.weight for part in parts]),
            np.concatenate(
                [part.example + first for part, first in zip(parts, first_row, strict=False)]
            ),
            np.concatenate([part.counterfactual for part in parts]),
            np.concatenate([part.pair_weight for part in parts]),
            None
            if parts[0].groups is None
            else np.concatenate([part.groups for part in parts if part.groups is not None]),
            None
            if parts[0].others is None
            else np.concatenate([part.others for part in parts if part.others is not None]),
        )

    def taking(self, rows: Ints) -> TrainingData:
        """Return these rows of the examples, ascending, with their pairs."""
        new_row = np.full(len(self.label), -1)
        new_row[rows] = np.arange(len(rows))
        kept = new_row[self.example] >= 0
        return TrainingData(
            self.text[rows],
            self.label[rows],
            self.weight[rows],
            new_row[self.example[kept]],
            self.counterfactual[kept],
            self.pair_weight[kept],
            None if self.groups is None else self.groups[rows],
            None if self.others is None else self.others[rows],
        )

    @property
    def is_labelled(self) -> Flags:
        """Whether each example has a label, or any of several, shape (n,)."""
        labelled = np.isfinite(self.label)
        return labelled if self.others is None else labelled | np.isfinite(self.others).any(axis=1)

    def of_label(self, number: int) -> TrainingData:
        """Return the data with one of its labels alone; the main one is number 0."""
        if self.others is None:
            return self
        label = self.others[:, number - 1] if number else self.label
        return replace(self, label=label, others=None)

    def with_more_pairs(self, counterfactuals: Sequence[Column]) -> TrainingData:
        """Return the data with further counterfactuals of each pair's original, shape (pairs,)."""
        times = 1 + len(counterfactuals)
        example = np.tile(self.example, times)
        order = np.argsort(example, kind="stable")
        return replace(
            self,
            example=example[order],
            counterfactual=np.concatenate([self.counterfactual, *counterfactuals])[order],
            pair_weight=np.tile(self.pair_weight, times)[order],
        )

    def encoded(self, encode: Callable[[Texts], Column]) -> TrainingData:
        """Return the same data with its texts encoded."""
        return replace(self, text=encode(self.text), counterfactual=encode(self.counterfactual))

    def pairs_of(self, rows: Ints) -> tuple[Ints, npt.NDArray[np.int32]]:
        """Return the pairs of these examples, and the place of each pair's example in `rows`."""
        first = np.searchsorted(self.example, rows)
        count = np.searchsorted(self.example, rows, side="right") - first
        position = np.repeat(np.arange(len(rows), dtype=np.int32), count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(first, count) + within, position


class DatasetBlocks:
    """A dataset's examples with their pairs, split at random and read block by block.

    Attributes:
        n_examples: Examples to train on.
        n_pairs: Pairs to train on.
        n_unlabelled: Number of examples that are left out with their pairs for lack of a label.

    Args:
        dataset: The dataset. At first only columns of numbers are read, and few numbers kept.
        validation_share: Share of the examples to hold out, with their pairs; at most
            `MOST_HELD_OUT` examples.
        seed: Decides which examples are held out.
        block_rows: Rows of the dataset in a block.
        random_words: Number of pairs to add for each training pair, with random words instead of
            its terms; see `evenhand.remediation.batches.random_words`.
        rows: Which examples to take: those that have a label; those that have a pair, whether or
            not they have a label; or all.
        takes_pairs: Whether to take the pairs.
        groups: Which group each example is of, if that is needed.
        class_weights: What the weight of an example to train on is multiplied by, one factor for
            each class; for labels from 0 to 1 two, of which an example has a part of both.
        pair_labels: Whether pairs are trained on the labels of their originals, and so multiplied
            by the same factor.
        label_fields: The columns of the examples that hold the labels, the main one first; None
            for a label that the dataset lacks. An example is labelled if it has any.

    Raises:
        InputError: There are no such examples.
        ConfigurationError: The share leaves nothing to train on, or there is another number of
            classes.
    """

    def __init__(
        self,
        dataset: CounterfactualDataset,
        validation_share: float = 0.0,
        seed: int = 0,
        block_rows: int = BLOCK_ROWS,
        random_words: int = 0,
        rows: Rows = "labelled",
        takes_pairs: bool = True,
        groups: Groups | None = None,
        class_weights: Sequence[float] | None = None,
        pair_labels: bool = False,
        label_fields: Sequence[str | None] = ("label",),
    ) -> None:
        self._label_fields = label_fields
        classes = dataset.manifest.columns.classes or 2
        if class_weights is not None and len(class_weights) != classes:
            raise ConfigurationError(
                f"there are {len(class_weights)} class weights for labels of {classes} classes",
                where="`class_weights`",
                expected=f"{classes} weights, that of class 0 first",
            )
        self._class_weights, self._weighs_pairs = class_weights, pair_labels
        self._dataset, self._seed, self._block_rows = dataset, seed, block_rows
        self._random_words, self._rows, self._takes_pairs = random_words, rows, takes_pairs
        self._words: Sequence[str] = ()  # none: the commonest of each block's texts
        self._groups = groups
        self._edges = [*range(0, dataset.manifest.counts.examples, block_rows)]
        pairs_in = np.zeros(len(self._edges), dtype=np.int64)
        for batch in dataset.iter_pairs(["example"], block_rows):
            blocks = batch["example"].to_numpy() // block_rows
            pairs_in += np.bincount(blocks, minlength=len(pairs_in))
        self._first_pair = np.cumsum([0, *pairs_in])
        wanted = [int(self._wanted(block).sum()) for block in range(len(self))]
        self._first_wanted = np.cumsum([0, *wanted])
        n_wanted = sum(wanted)
        if not n_wanted:
            raise _nothing_to_train_on(dataset, rows)
        self.n_unlabelled = dataset.manifest.counts.examples - n_wanted if rows == "labelled" else 0
        self._held_out = _HeldOut(n_wanted, validation_share, seed)
        self.n_examples = n_wanted - self._held_out.total
        if not self.n_examples:
            raise ConfigurationError(
                f"the validation split leaves none of {n_wanted} examples to train on",
                where="`validation_split`",
            )
        n_pairs = sum(self._n_training_pairs(block) for block in range(len(self)))
        self.n_pairs = n_pairs * (1 + random_words)

    def __len__(self) -> int:
        return len(self._edges)

    def training(self, block: int) -> TrainingData:
        """Read the training data of a block."""
        return self._read(block, is_held_out=False)

    def drawing_from(self, words: Sequence[str]) -> DatasetBlocks:
        """Return the same data, whose random words are drawn from these."""
        drawing = copy.copy(self)
        drawing._words = words
        return drawing

    def all_training(self) -> TrainingData:
        """Read all training data."""
        return TrainingData.concatenated([self.training(block) for block in range(len(self))])

    def held_out(self) -> TrainingData:
        """Read all held-out data."""
        parts = [self._read(block, is_held_out=True) for block in range(len(self))]
        return TrainingData.concatenated(parts)

    def _read(self, block: int, is_held_out: bool) -> TrainingData:
        start = self._edges[block]
        names = ["text", "weight", *filter(None, self._label_fields)]
        names += [each for each in self._groups.fields if each not in names] if self._groups else []
        examples = self._dataset.examples_between(start, start + self._block_rows, names)
        pairs = self._pairs(block, ["example", "counterfactual", "weight", "terms"])
        labels = labels_of(examples, self._label_fields)
        block_data = TrainingData(
            texts_of(examples["text"]),
            labels[:, 0],
            examples["weight"].to_numpy().astype(np.float32),
            pairs["example"].to_numpy() - start,
            texts_of(pairs["counterfactual"]),
            pairs["weight"].to_numpy().astype(np.float32),
            self._groups.numbers(examples) if self._groups else None,
            labels[:, 1:] if len(self._label_fields) > 1 else None,
        )
        if self._class_weights is not None and not is_held_out:
            block_data = self._weighed(block_data, self._class_weights)
        if self._random_words and not is_held_out:
            rng = np.random.default_rng([self._seed, block])
            terms = pairs["terms"].to_pylist()
            words = self._words or common_words(block_data.text)
            originals = block_data.text[block_data.example]
            more = (
                with_random_words(originals, terms, words, rng) for _ in range(self._random_words)
            )
            block_data = block_data.with_more_pairs(list(more))
        return block_data.taking(np.flatnonzero(self._chosen(block, is_held_out)))

    def _weighed(self, data: TrainingData, class_weights: Sequence[float]) -> TrainingData:
        """Return data with weights multiplied by those of the classes, by 1 without a label."""
        known = np.isfinite(data.label)
        label = np.where(known, data.label, 0)
        below = label.astype(int)
        share, factors = label - below, np.array([*class_weights, 0.0])
        by_label = (1 - share) * factors[below] + share * factors[below + 1]
        factor = np.where(known, by_label, 1).astype(np.float32)
        pair_weight = data.pair_weight
        if self._weighs_pairs:
            pair_weight = pair_weight * factor[data.example]
        return replace(data, weight=data.weight * factor, pair_weight=pair_weight)

    def sizes_of_groups(self, n_groups: int) -> npt.NDArray[np.float64]:
        """Return the weight of each group's training examples, shape (n_groups,)."""
        sizes, groups = np.zeros(n_groups), self._groups
        for block, start in enumerate(self._edges):
            if groups is not None:
                names = ["weight", *groups.fields]
                rows = self._dataset.examples_between(start, start + self._block_rows, names)
                numbers = groups.numbers(rows)
                among = self._chosen(block, is_held_out=False) & (numbers >= 0)
                weight = rows["weight"].to_numpy()[among]
                sizes += np.bincount(numbers[among], weight, minlength=n_groups)
        return sizes

    def _n_training_pairs(self, block: int) -> int:
        example = self._pairs(block, ["example"])["example"].to_numpy() - self._edges[block]
        return int(self._chosen(block, is_held_out=False)[example].sum())

    def _chosen(self, block: int, is_held_out: bool) -> npt.NDArray[np.bool_]:
        """Return which of a block's rows are wanted and are held out, or are not."""
        chosen = self._wanted(block)
        first, last = self._first_wanted[block : block + 2]
        chosen[chosen] = self._held_out.among(first, last) == is_held_out
        return chosen

    def _wanted(self, block: int) -> npt.NDArray[np.bool_]:
        start = self._edges[block]
        n_rows = min(self._block_rows, self._dataset.manifest.counts.examples - start)
        if self._rows == "paired":
            example = self._pairs(block, ["example"])["example"].to_numpy() - start
            return np.asarray(np.bincount(example, minlength=n_rows) > 0)
        if self._rows == "all":
            return np.ones(n_rows, dtype=bool)
        fields = ["weight", *filter(None, self._label_fields)]
        examples = self._dataset.examples_between(start, start + n_rows, fields)
        labels = labels_of(examples, self._label_fields)
        return np.asarray(np.isfinite(labels).any(axis=1))

    def _pairs(self, block: int, columns: list[str]) -> pa.Table:
        first, last = self._first_pair[block : block + 2]
        last = last if self._takes_pairs else first
        return self._dataset.pairs_between(int(first), int(last), columns)


def _nothing_to_train_on(dataset: CounterfactualDataset, rows: Rows) -> InputError:
    if rows == "paired":
        return InputError(
            "the dataset has no pairs to train on",
            where=str(dataset.path),
            remedy="build it with terms that its texts contain",
        )
    return InputError(
        "no example of the dataset has a label",
        where=str(dataset.path),
        expected="labels for training",
        remedy="build the dataset with `label_column`; CLP needs no labels with `unlabelled`",
    )


class _HeldOut:
    """Which of `n` rows are held out: drawn for each `BLOCK_ROWS` rows, so that no list is kept.

    Attributes:
        total: Number of rows that are held out.
    """

    def __init__(self, n: int, share: float, seed: int) -> None:
        self._n, self._seed = n, seed
        self._share = min(share, MOST_HELD_OUT / n)
        self.total = round(n * self._share)

    def among(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        """Return which of the rows from `first` up to but without `last` are held out."""
        draws = range(first // BLOCK_ROWS, -(-last // BLOCK_ROWS))
        masks = [np.zeros(0, dtype=bool), *(self._drawn(draw) for draw in draws)]
        offset = first - first // BLOCK_ROWS * BLOCK_ROWS
        return np.asarray(np.concatenate(masks)[offset : offset + last - first])

    def _drawn(self, draw: int) -> npt.NDArray[np.bool_]:
        start = draw * BLOCK_ROWS
        stop = min(start + BLOCK_ROWS, self._n)
        n_held_out = round(stop * self._share) - round(start * self._share)
        order = np.random.default_rng([self._seed, draw]).permutation(stop - start)
        return np.isin(np.arange(stop - start), order[:n_held_out])


def labels_of(examples: pa.Table, fields: Sequence[str | None]) -> Singles:
    """Return the labels of examples, NaN for none, shape (n, labels).

    Args:
        examples: With the columns that are named.
        fields: The column of each label; None for a label that is not there.
    """
    lacking = np.full(len(examples), np.nan, np.float32)
    columns = [
        lacking if field is None else examples[field].to_numpy().astype(np.float32)
        for field in fields
    ]
    return np.stack(columns, axis=1)


def texts_of(column: pa.ChunkedArray) -> Texts:
    """Return a column of strings as UTF-8 bytes objects, shape (n,)."""
    return np.asarray(column.cast(pa.binary()).to_numpy(), dtype=object)
