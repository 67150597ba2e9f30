"""Pairs written elsewhere, by people or by a language model, read from a file and checked.

The file is of any format that `evenhand.data.reading.readers` reads, with the columns `id` and
`counterfactual`, and optionally `original`. A row pairs the example with its `id` (the row's number
where the dataset has no id column) with `counterfactual`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from evenhand.data.building.pairing import KeptPairs, Paired, with_controls
from evenhand.data.building.selection import Selection
from evenhand.data.controls.control_pairs import ControlMaker
from evenhand.data.dataset.manifest import Columns, Method
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import input_file
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import terms_and_groups
from evenhand.data.methods.base import Counterfactual, Skipped
from evenhand.data.reading.readers import column_names, read_numbered
from evenhand.data.storage.files import sha256_of


class _Written(NamedTuple):
    place: str
    original: str | None
    counterfactual: str


class WrittenPairs:
    """The pairs of a file, which are held in memory, given out to the examples that they name.

    Args:
        path: The file.
        matcher: Finds a pair's terms and groups in its original.
        selection: Which texts are paired.
        bad_rows: Takes the rows that cannot be used.
        dialect: How it is written, if it is text.
        control_maker: Makes their control pairs, if there are any.

    Raises:
        InputError: The file cannot be read, or a row of it cannot be used.
    """

    def __init__(
        self,
        path: str | Path,
        matcher: TermMatcher,
        selection: Selection,
        bad_rows: BadRows,
        dialect: Dialect,
        control_maker: ControlMaker | None = None,
    ) -> None:
        self._file = replace(input_file(path), dialect=dialect)
        self._matcher = matcher
        self._selection = selection
        self._bad_rows = bad_rows
        self._control_maker = control_maker
        self._rows = 0
        self._by_id: dict[str, list[_Written]] = {}
        self._used: set[str] = set()
        self._read()

    @property
    def method(self) -> Method:
        """The file, for the manifest."""
        path = self._file.path
        return Method(
            name="pairs",
            options={"file": path.name, "sha256": sha256_of(path), "rows": self._rows},
        )

    def __call__(self, examples: pa.RecordBatch) -> Paired:
        """Return the pairs of a batch of examples.

        A pair whose counterfactual is its example's text, whose original is not, or whose id two
        examples have is a bad row.
        """
        kept = KeptPairs(self._selection)
        for row, name in enumerate(examples.column("id").to_pylist()):
            written = self._by_id.get(name)
            if not written:
                continue
            if name in self._used:
                self._refuse(written[0].place, "two examples have its id", f" ({name!r})")
                continue
            self._used.add(name)
            text = examples.column("text")[row].as_py()
            label = examples.column("label")[row].as_py()
            made = self._checked(text, written)
            refusal = self._selection.refusal(text, label)
            kept.add(row, Skipped(refusal) if made and refusal else made)
        if self._control_maker is None:
            return kept.paired()
        return with_controls(kept.paired(), examples.column("text"), self._control_maker)

    def check_all_used(self) -> None:
        """Make rows whose id no example had bad rows; call it after the last batch."""
        for name, written in self._by_id.items():
            if name not in self._used:
                for pair in written:
                    self._refuse(pair.place, "no example has its id", f" ({name!r})")

    def _read(self) -> None:
        has_original = "original" in column_names(self._file)
        columns = Columns(
            text="counterfactual", id="id", slices=("original",) if has_original else ()
        )
        for batch, numbers in read_numbered(self._file, columns, bad_rows=self._bad_rows):
            originals = (
                batch.column("original").cast(pa.string()).to_pylist()
                if has_original
                else [None] * batch.num_rows
            )
            rows = zip(
                numbers,
                batch.column("id").to_pylist(),
                originals,
                batch.column("text").to_pylist(),
                strict=True,
            )
            for number, name, original, counterfactual in rows:
                place = f"{self._file.path}, row {number}"
                self._rows += 1
                if not (counterfactual or "").strip():
                    self._refuse(place, "the counterfactual is missing")
                    continue
                self._by_id.setdefault(name, []).append(_Written(place, original, counterfactual))

    def _checked(self, text: str, written: list[_Written]) -> list[Counterfactual]:
        names = terms_and_groups(self._matcher.find(text))
        made = []
        for pair in written:
            if pair.original is not None and pair.original != text:
                self._refuse(pair.place, "the original is not the text of its example")
            elif pair.counterfactual == text:
                self._refuse(pair.place, "the counterfactual is the same as the original")
            else:
                made.append(Counterfactual(pair.counterfactual, *names))
        return made

    def _refuse(self, place: str, reason: str, detail: str = "") -> None:
        self._bad_rows.add(reason + detail, where=place, reason=f"pair not used: {reason}")
