"""Groups of examples: the values of one of a dataset's slice columns, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation.literals import LabelsOfGroups

if TYPE_CHECKING:
    from evenhand.remediation.batches.training_data import TrainingData

MOST_GROUPS = 50  # each is compared with the others in every step
_POSITIVE = 0.5  # a label above it is positive


@dataclass(frozen=True)
class Groups:
    """The values of a slice column, in the order of their numbers.

    Attributes:
        column: The slice column.
        values: Its values as text, in alphabetical order; rows without a value are of no group.
        labels: Which examples are members: all, or those labelled negative or positive.
        label_field: The column of the examples that says how they are labelled; None if there is
            none.
    """

    column: str
    values: tuple[str, ...]
    labels: LabelsOfGroups
    label_field: str | None = "label"

    @classmethod
    def of(
        cls,
        dataset: CounterfactualDataset,
        column: str | None,
        labels: LabelsOfGroups,
        label_field: str | None = "label",
    ) -> Groups:
        """Read which groups a dataset has.

        Args:
            dataset: The dataset.
            column: Its slice column; None for the only one.
            labels: Which examples are members.
            label_field: See the attribute.

        Raises:
            ConfigurationError: There is no such column, or several and None; it has one value or
                more than `MOST_GROUPS`, or several values in a text; or labels that number classes
                are neither negative nor positive.
        """
        found = cls(_chosen_column(dataset, column), (), labels, label_field)
        columns = dataset.manifest.columns
        has_labels = columns.label is not None and label_field is not None
        if labels != "all" and (not has_labels or columns.classes is not None):
            what = "labels number classes" if has_labels else "has no labels"
            raise ConfigurationError(
                f"the dataset {what}, so none of its examples is labelled {labels}",
                where=str(dataset.path),
                expected="labels from 0 to 1",
                remedy="compare groups over all labels",
            )
        values: set[str] = set()
        for batch in dataset.iter_examples([found.column]):
            texts = _texts(batch[found.column], found.column)
            values.update(each for each in texts.unique().to_pylist() if each)
        if not 2 <= len(values) <= MOST_GROUPS:
            raise ConfigurationError(
                f"the slice column {found.column!r} has {len(values)} different values",
                where=str(dataset.path),
                expected=f"2 to {MOST_GROUPS} groups to compare",
                remedy="name another column",
            )
        return cls(found.column, tuple(sorted(values)), labels, label_field)

    def check_column(self, dataset: CounterfactualDataset, where: str) -> None:
        """Raise ConfigurationError if another dataset has no such column."""
        if self.column not in dataset.slice_columns:
            raise ConfigurationError(
                f"the dataset {dataset.path} has no slice column {self.column!r}",
                where=where,
                remedy="build it with `slice_columns`",
            )

    def check_sizes(self, sizes: npt.NDArray[np.float64]) -> None:
        """Raise ConfigurationError if fewer than two groups have training examples that count.

        Args:
            sizes: The weight of each group's training examples, shape (groups,).
        """
        if (sizes > 0).sum() < 2:
            of_label = "" if self.labels == "all" else f" labelled {self.labels}"
            raise ConfigurationError(
                f"fewer than two groups have an example{of_label} to train on",
                where=f"the slice column {self.column!r}",
                expected="two or more groups to compare",
                remedy="name another column, or compare groups over all labels",
            )

    @property
    def fields(self) -> list[str]:
        """The columns of the examples that `numbers` needs."""
        label = [] if self.labels == "all" or self.label_field is None else [self.label_field]
        return [self.column, *label]

    def numbers(self, examples: pa.Table) -> npt.NDArray[np.int32]:
        """Return the group of each example, -1 for none, shape (n,).

        Args:
            examples: With the columns in `fields`.
        """
        found = pc.index_in(
            _texts(examples[self.column], self.column), pa.array(self.values, pa.string())
        )
        numbers = found.fill_null(-1).to_numpy().astype(np.int32)
        if self.labels == "all":
            return np.asarray(numbers)
        label = examples[self.label_field].to_numpy().astype(np.float32)
        # No label is neither negative nor positive.
        members = label > _POSITIVE if self.labels == "positive" else label <= _POSITIVE
        return np.where(members, numbers, np.int32(-1))


def has_labelled_groups(data: TrainingData) -> bool:
    """Return whether a labelled example of a group counts."""
    if data.groups is None:
        return False
    return bool(((data.groups >= 0) & data.is_labelled & (data.weight > 0)).any())


def _chosen_column(dataset: CounterfactualDataset, column: str | None) -> str:
    columns = dataset.slice_columns
    if column in columns:
        return str(column)
    if not columns:
        raise ConfigurationError(
            "the dataset has no slice columns, so it has no groups",
            where=str(dataset.path),
            remedy="build it with `slice_columns`, or choose a technique that needs no groups",
        )
    if column is None and len(columns) == 1:
        return columns[0]
    listed = ", ".join(columns)
    what = "has several slice columns" if column is None else f"has no slice column {column!r}"
    raise ConfigurationError(
        f"the dataset {what}",
        where=str(dataset.path),
        expected=f"one of {listed}",
        remedy="name the column whose values are the groups",
    )


def _texts(values: pa.Array | pa.ChunkedArray, column: str) -> pa.Array | pa.ChunkedArray:
    """Return a slice column as text, of lists their only value, null for none."""
    if not pa.types.is_list(values.type):
        return values.cast(pa.string())
    sizes = pc.fill_null(pc.list_value_length(values), 0).to_numpy()
    if sizes.max(initial=0) > 1:
        raise ConfigurationError(
            f"texts have several values in the slice column {column!r}, so that they would be in "
            "several groups",
            where="the dataset",
            expected="one group a text",
            remedy="name another column, or build the dataset without `slice_separator`",
        )
    places = pa.array(np.cumsum(sizes) - 1, mask=sizes == 0)
    return pc.list_flatten(values).take(places)
