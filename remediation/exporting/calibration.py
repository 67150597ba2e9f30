"""The texts that a quantised model is calibrated with."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path

from evenhand.data.dataset.manifest import MANIFEST_NAME, Columns
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import find_inputs
from evenhand.data.reading.examples import FileExamples
from evenhand.data.reading.readers import check_inputs
from evenhand.remediation.exporting.export_options import ExportOptions

_BATCH_ROWS = 8192


def read_calibration(inputs: Sequence[str | Path], options: ExportOptions) -> list[str]:
    """Return some of the different texts of files and datasets that are not empty.

    Those are taken whose digests are the smallest: a draw that depends neither on the order of the
    texts nor on chance.

    Raises:
        InputError: An input cannot be used, or there is no text.
    """
    texts = {text for text in _texts_of(inputs, options) if text.strip()}
    if not texts:
        raise InputError("there is no text to calibrate with", where="`calibration`")
    return heapq.nsmallest(options.calibration_texts, texts, key=_digest)


def _texts_of(inputs: Sequence[str | Path], options: ExportOptions) -> Iterator[str]:
    datasets = [each for each in inputs if (Path(each) / MANIFEST_NAME).is_file()]
    for each in datasets:
        opened = CounterfactualDataset.open(each)
        for batch in opened.iter_examples(["text"], _BATCH_ROWS):
            yield from batch.column("text").to_pylist()
    others = [each for each in inputs if each not in datasets]
    if not others:
        return
    files = find_inputs(others, options.chosen_for(Dialect))
    columns = Columns(text=options.text_column)
    check_inputs(files, columns)
    bad_rows = BadRows(options.on_error)
    for file in files:
        for batch in FileExamples(file, columns, first_id=0, bad_rows=bad_rows).batches():
            yield from batch.column("text").to_pylist()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
