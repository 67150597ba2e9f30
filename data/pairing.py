"""Make the pairs of a batch of examples, and count what was paired and what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.ablation import ablate
from evenhand.data.dataset import PAIR_SCHEMA
from evenhand.data.matching import TermMatcher

NOTHING_LEFT = "nothing is left without its terms"


@dataclass
class Tally:
    """Pairs by term and by group, and what was skipped by reason; tallies of batches add up."""

    by_term: Counter[str] = field(default_factory=Counter)
    by_group: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add another batch's counts to these."""
        self.by_term.update(other.by_term)
        self.by_group.update(other.by_group)
        self.skipped.update(other.skipped)


def pair_batch(
    examples: pa.RecordBatch, *, first_example: int, matcher: TermMatcher
) -> tuple[pa.RecordBatch, Tally]:
    """Pair every example that holds a term with its ablated text.

    A batch is paired by itself, whatever comes before or behind it.

    Args:
        examples: A batch of a dataset's examples.
        first_example: Row number of the batch's first example in the dataset.
        matcher: Finds the terms.

    Returns:
        The pairs, of schema `PAIR_SCHEMA`, and their tally.
    """
    candidates = matcher.candidates(examples.column("text"))
    rows = pc.indices_nonzero(candidates)
    tally = Tally()
    kept, pairs = [], []
    for row, text in zip(
        rows.to_pylist(), examples.column("text").take(rows).to_pylist(), strict=True
    ):
        counterfactual = ablate(text, matcher)
        if counterfactual is None:
            continue
        if not counterfactual.text:
            tally.skipped[NOTHING_LEFT] += 1
            continue
        kept.append(row)
        pairs.append(counterfactual)
        tally.by_term.update(counterfactual.terms)
        tally.by_group.update(counterfactual.groups)
    taken = examples.take(pa.array(kept, pa.int64()))
    columns = {
        "example": pa.array([first_example + row for row in kept], pa.int64()),
        "id": taken.column("id"),
        "original": taken.column("text"),
        "counterfactual": pa.array([pair.text for pair in pairs], pa.string()),
        "terms": pa.array([pair.terms for pair in pairs], PAIR_SCHEMA.field("terms").type),
        "groups": pa.array([pair.groups for pair in pairs], PAIR_SCHEMA.field("groups").type),
        "weight": taken.column("weight"),
    }
    return pa.RecordBatch.from_pydict(columns, schema=PAIR_SCHEMA), tally
