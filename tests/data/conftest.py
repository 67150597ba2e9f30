"""Small inputs that the tests of data share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.matching.matcher import TermMatcher

ROWS = [
    {"text": "She is late.", "toxic": 1.0, "topic": "work"},
    {"text": "The bus is late.", "toxic": 0.0, "topic": "travel"},
    {"text": "Ask the king,\nor the queen!", "toxic": 0.0, "topic": "work"},
    {"text": "queen", "toxic": 0.0, "topic": "travel"},
    {"text": None, "toxic": 1.0, "topic": "work"},
]


@pytest.fixture
def make_matcher(tmp_path: Path) -> Callable[..., TermMatcher]:
    """Makes a matcher of the terms given, all of one group."""

    def make(*terms: str) -> TermMatcher:
        path = tmp_path / "terms.txt"
        path.write_text("".join(f'"{term}"\n' for term in terms), encoding="utf-8")
        return TermMatcher([load_lexicon(path)])

    return make


@pytest.fixture
def terms_file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("term,group\nshe,female\nqueen,female\nking,male\n")
    return path


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows to a file in the format of its suffix."""

    def write(name: str, rows: Sequence[dict[str, Any]] = ROWS) -> Path:
        path = tmp_path / name
        table = pa.Table.from_pylist(list(rows))
        if path.suffix == ".parquet":
            pq.write_table(table, path)
        elif path.suffix == ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        else:
            delimiter = "\t" if path.suffix == ".tsv" else ","
            pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(delimiter=delimiter))
        return path

    return write
