"""Make the pairs of a batch of texts, and count what was paired and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.building.build_options import Controls
from evenhand.data.building.selection import Selection
from evenhand.data.controls.control_pairs import ControlMaker, EditedPair
from evenhand.data.dataset.on_disk import CONTROL_SCHEMA, PAIR_SCHEMA
from evenhand.data.lexicons.entries import Lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Names
from evenhand.data.methods.ablation import AblationMethod
from evenhand.data.methods.base import Counterfactual, Skipped
from evenhand.data.methods.choice import MethodChoice
from evenhand.data.methods.plain_ablation import ablate_plain

_NAMES = PAIR_SCHEMA.field("terms").type
_CONTROL = pa.struct([("counterfactual", pa.string()), ("words", _NAMES)])


@dataclass
class Tally:
    """Pairs by term and by group, mentions that guards left alone by group, what was skipped by
    reason, and pairs without a control by reason; tallies of batches add up.
    """

    by_term: Counter[str] = field(default_factory=Counter)
    by_group: Counter[str] = field(default_factory=Counter)
    left_alone: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    without_control: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add another batch's counts to these."""
        self.by_term.update(other.by_term)
        self.by_group.update(other.by_group)
        self.left_alone.update(other.left_alone)
        self.skipped.update(other.skipped)
        self.without_control.update(other.without_control)


class Paired(NamedTuple):
    """The pairs of a batch of texts.

    Attributes:
        rows: Index in the batch of each pair's text, int64, ascending.
        counterfactuals: string.
        terms: list<string>.
        groups: list<string>.
        tally: Their counts.
        controls: Of each pair, its control's `counterfactual` and the `words` that were edited, or
            null; None where no controls are made, and maybe where there are no pairs.
    """

    rows: pa.Array
    counterfactuals: pa.Array
    terms: pa.Array
    groups: pa.Array
    tally: Tally
    controls: pa.StructArray | None = None


class Pairing:
    """Pairs texts with their counterfactuals; texts alone decide, so batches may be cut anywhere.

    Args:
        lexicons: Their terms are edited.
        choice: The method.
        selection: Which texts are paired.
        controls: Which control pairs are made, if any.

    Attributes:
        matcher: Finds the terms.
        method: Makes the counterfactuals.

    Raises:
        ConfigurationError, UnavailableError: As for `MethodChoice.make`.
    """

    def __init__(
        self,
        lexicons: Sequence[Lexicon],
        choice: MethodChoice,
        selection: Selection,
        controls: Controls | None = None,
    ) -> None:
        self._parts = (lexicons, choice, selection, controls)
        self.matcher = TermMatcher(lexicons, names=choice.finds_names)
        self.method = choice.make(self.matcher)
        self._ablates = isinstance(self.method, AblationMethod)
        self._selection = selection
        self._control_maker: ControlMaker | None = None
        if controls is not None:
            self._control_maker = ControlMaker(
                self.matcher, takes_out=self._ablates, seed=choice.seed
            )

    def __reduce__(self) -> tuple[type[Pairing], tuple[object, ...]]:
        return Pairing, self._parts  # its patterns and a method's pipeline are not for pickling

    @property
    def takes_words_out(self) -> bool:
        """Whether the words of control pairs are taken out, as the terms of pairs are."""
        return self._control_maker is not None and self._ablates

    def at_once(self, texts: pa.Array, labels: pa.Array) -> tuple[Paired, pa.Array]:
        """Pair the texts where that is plain, several hundred thousand a second.

        Args:
            texts: string.
            labels: float32, null where a text has none.

        Returns:
            Their pairs, and the rows of the texts that are left to be paired one by one.
        """
        if not self._ablates or self._control_maker is not None:
            return KeptPairs(self._selection).paired(), pa.array(np.arange(len(texts)))
        rows, counterfactuals, combinations, names_of, rest = ablate_plain(texts, self.matcher)
        if self._selection != Selection():
            sizes = pa.array([len(terms) for terms, _ in combinations], pa.int64())
            accepted = self._selection.surely_accepts(
                texts.take(rows), labels.take(rows), counterfactuals, sizes.take(names_of)
            )
            rest = pa.concat_arrays([rest, rows.filter(pc.invert(accepted))])  # to be counted
            rest = rest.take(pc.sort_indices(rest))
            rows, counterfactuals, names_of = (
                values.filter(accepted) for values in (rows, counterfactuals, names_of)
            )
        return _paired(rows, counterfactuals, names_of, combinations, Counter()), rest

    def __call__(self, texts: pa.Array, labels: pa.Array) -> Paired:
        """Pair every text that holds a term with its counterfactuals, one by one.

        Args:
            texts: string.
            labels: float32, null where a text has none.
        """
        self.matcher.left_alone.clear()
        kept = KeptPairs(self._selection)
        chosen: dict[int, str] = dict(enumerate(texts.to_pylist()))
        if self._selection != Selection():
            for row, label in enumerate(labels.to_pylist()):
                refusal = self._selection.refusal(chosen[row], label)
                if refusal is not None:
                    text = chosen.pop(row)
                    if self.matcher.find(text):
                        kept.add(row, Skipped(refusal))
        for row, outcome in zip(chosen, self.method(list(chosen.values())), strict=True):
            kept.add(row, outcome)
        paired = kept.paired()
        paired.tally.left_alone.update(self.matcher.left_alone)
        if self._control_maker is None:
            return paired
        return with_controls(paired, texts, self._control_maker)


class KeptPairs:
    """Gathers the pairs of a batch's texts, of which the selection may leave some out."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._selects = selection != Selection()
        self._skipped: Counter[str] = Counter()
        self._rows: list[int] = []
        self._texts: list[str] = []
        # Most pairs have the terms and groups of another: each combination is handled once.
        self._names: list[Names] = []

    def add(self, row: int, outcome: Sequence[Counterfactual] | Skipped) -> None:
        """Add what the text at `row` of the batch gave; rows come in ascending order."""
        if isinstance(outcome, Skipped):
            self._skipped[outcome.reason] += 1
            return
        if self._selects:
            accepted, reason = self._selection.accepted(outcome)
            if outcome and not accepted:
                self._skipped[reason] += 1
            outcome = accepted
        for text, terms, groups in outcome:
            self._rows.append(row)
            self._texts.append(text)
            self._names.append((terms, groups))

    def paired(self) -> Paired:
        """Return what was kept, as arrays, and the tally."""
        numbers: dict[Names, int] = {}
        numbers_of = [numbers.setdefault(names, len(numbers)) for names in self._names]
        return _paired(
            pa.array(self._rows, pa.int64()),
            pa.array(self._texts, pa.string()),
            pa.array(numbers_of, pa.int32()),
            list(numbers),
            self._skipped,
        )


def _paired(
    rows: pa.Array,
    counterfactuals: pa.Array,
    names_of: pa.Array,
    names: Sequence[Names],
    skipped: Counter[str],
) -> Paired:
    """Return pairs, of which each has the terms and groups at its index in `names`."""
    tally = Tally(skipped=skipped)
    pairs_of = np.bincount(names_of, minlength=len(names)).tolist()
    for (terms, groups), pairs in zip(names, pairs_of, strict=True):
        if pairs:
            for term in terms:
                tally.by_term[term] += pairs
            for group in groups:
                tally.by_group[group] += pairs
    return Paired(
        rows,
        counterfactuals,
        pa.array([terms for terms, _ in names], _NAMES).take(names_of),
        pa.array([groups for _, groups in names], _NAMES).take(names_of),
        tally,
    )


def with_controls(paired: Paired, texts: pa.Array, control_maker: ControlMaker) -> Paired:
    """Return the pairs of a batch of texts with their controls."""
    sides = (texts.take(paired.rows), paired.counterfactuals, paired.terms)
    given = [EditedPair(*pair) for pair in zip(*(side.to_pylist() for side in sides), strict=True)]
    made: list[dict[str, Any] | None] = []
    for control in control_maker(given):
        if isinstance(control, Skipped):
            paired.tally.without_control[control.reason] += 1
            made.append(None)
        else:
            made.append({"counterfactual": control.text, "words": control.words})
    return paired._replace(controls=pa.array(made, _CONTROL))


def control_batch(pairs: pa.RecordBatch, paired: Paired, *, first_pair: int) -> pa.RecordBatch:
    """Return the controls of a batch's pairs in the dataset's schema.

    Args:
        pairs: The batch's pairs, as `pair_batch` gives them.
        paired: The same, with their controls.
        first_pair: Row number of the batch's first pair in the dataset.
    """
    if paired.controls is None:
        return pa.RecordBatch.from_pylist([], CONTROL_SCHEMA)
    rows = pc.indices_nonzero(paired.controls.is_valid())
    controls, taken = paired.controls.take(rows), pairs.take(rows)
    edited = {"counterfactual": controls.field("counterfactual"), "terms": controls.field("words")}
    columns = [edited.get(name, taken.column(name)) for name in PAIR_SCHEMA.names]
    numbers = pc.add(rows.cast(pa.int64()), first_pair)
    return pa.RecordBatch.from_arrays([numbers, *columns], schema=CONTROL_SCHEMA)


def pair_batch(examples: pa.RecordBatch, paired: Paired, *, first_example: int) -> pa.RecordBatch:
    """Return a batch's pairs in the dataset's schema.

    Args:
        examples: A batch of a dataset's examples.
        paired: Its pairs.
        first_example: Row number of the batch's first example in the dataset.
    """
    taken = examples.select(["id", "text", "weight"]).take(paired.rows)
    columns = [
        pc.add(paired.rows, first_example),
        taken.column("id"),
        taken.column("text"),
        paired.counterfactuals,
        paired.terms,
        paired.groups,
        taken.column("weight"),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=PAIR_SCHEMA)
