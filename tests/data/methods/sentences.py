"""Sentences labelled by hand, in the `.tsv` files of this folder."""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).parent
NO_PAIR = "-"  # what a sentence that wants no pair must become


def files_there(name: str, files: dict[str, float]) -> list[str]:
    """Return those of the files called `<name>_<file>.tsv` that are there."""
    return [file for file in files if path_of(name, file).exists()]


def rows_of(name: str, file: str, *, kind: str = "kind") -> list[dict[str, str]]:
    """Return the rows of a file; `kind` is the column that says what a sentence was written for."""
    with path_of(name, file).open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert reader.fieldnames == ["text", "expected", kind, "lexicon"]
        return list(reader)


def path_of(name: str, file: str) -> Path:
    return FOLDER / f"{name}_{file}.tsv"
