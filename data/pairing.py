"""Make the pairs of a batch of examples, and count what was paired and what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.dataset import PAIR_SCHEMA
from evenhand.data.matching import TermMatcher
from evenhand.data.methods import PairMethod, Skipped


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
    examples: pa.RecordBatch, *, first_example: int, matcher: TermMatcher, method: PairMethod
) -> tuple[pa.RecordBatch, Tally]:
    """Pair every example that holds a term with its counterfactuals.

    A batch is paired by itself, whatever comes before or behind it.

    Args:
        examples: A batch of a dataset's examples.
        first_example: Row number of the batch's first example in the dataset.
        matcher: Finds the terms.
        method: Makes the counterfactuals.

    Returns:
        The pairs, of schema `PAIR_SCHEMA`, and their tally.
    """
    rows = pc.indices_nonzero(matcher.candidates(examples.column("text")))
    outcomes = method(examples.column("text").take(rows).to_pylist())
    tally = Tally()
    kept, pairs = [], []
    for row, outcome in zip(rows.to_pylist(), outcomes, strict=True):
        if isinstance(outcome, Skipped):
            tally.skipped[outcome.reason] += 1
            continue
        for counterfactual in outcome:
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
