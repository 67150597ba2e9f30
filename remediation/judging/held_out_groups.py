"""The groups of held-out examples, for what compares groups on them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.remediation.batches.groups import Groups
from evenhand.remediation.batches.training_data import DatasetBlocks, Numbers, Rows


@dataclass(frozen=True)
class HeldOutGroups:
    """The groups of the held-out examples, by a slice column.

    Attributes:
        column: The slice column.
        names: Its values, in the order of their numbers.
        numbers: The number of each example's group, -1 for none, shape (n,).
    """

    column: str
    names: tuple[str, ...]
    numbers: Numbers

    @classmethod
    def of(
        cls,
        data: CounterfactualDataset,
        validation_data: CounterfactualDataset | None,
        column: str | None,
        rows: Rows,
        split: tuple[float, int],
        label_fields: Sequence[str | None] = ("label",),
    ) -> HeldOutGroups:
        """Read the groups of the examples that are held out.

        Args:
            data: The training data.
            validation_data: Another dataset that is held out as a whole, if any.
            column: The slice column; None for the only one.
            rows: Which examples are taken.
            split: The share of the training data that is held out, and the seed that draws it.
            label_fields: The columns of the examples that hold labels.

        Raises:
            ConfigurationError: There is no such column, or several and None, or it has one value or
                too many.
        """
        source = data if validation_data is None else validation_data
        groups = Groups.of(source, column, "all")
        share, seed = split if validation_data is None else (0.0, 0)
        blocks = DatasetBlocks(
            source,
            share,
            seed,
            rows=rows,
            takes_pairs=False,
            groups=groups,
            label_fields=label_fields,
        )
        found = blocks.held_out() if validation_data is None else blocks.all_training()
        return cls(groups.column, groups.values, cast("Numbers", found.groups))
