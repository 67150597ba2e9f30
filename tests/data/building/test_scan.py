"""Scanning data for identity terms: what is counted, by term, group and label."""

from __future__ import annotations

import pytest

from evenhand.data.building.scan import scan_terms
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.formats.dialect import Dialect

ROWS = [
    {"text": "She saw her, she saw herself.", "toxic": 1.0},
    {"text": "she left", "toxic": 0.0},
    {"text": "SHE and the gay man", "toxic": None},
    {"text": "The bus left.", "toxic": 1.0},
    {"text": None, "toxic": 1.0},
    {"text": "a black car", "toxic": 0.0},
    {"text": "he came", "toxic": 0.5},
]


def by_name(occurrences):
    return {found.name: (found.rows, found.labelled, found.positive) for found in occurrences}


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.jsonl", "rows.parquet"])
def test_rows_are_counted_once_by_term_and_group_with_their_labels(write_rows, name):
    path = write_rows(name, ROWS)
    dialect = Dialect(quoting="double") if name == "rows.tsv" else None  # as Arrow writes it
    found = scan_terms([path], label_column="toxic", terms=["gender"], dialect=dialect)
    assert by_name([found.all_rows]) == {"all rows": (6, 5, 2)}
    assert by_name([found.rows_with_a_term]) == {"rows with a term": (4, 3, 1)}
    assert by_name(found.groups) == {
        "female": (3, 2, 1),
        "male": (2, 1, 0),
        "sexual-orientation": (1, 0, 0),
    }
    assert by_name(found.terms) == {
        "she": (3, 2, 1),
        "her": (1, 1, 1),
        "herself": (1, 1, 1),
        "gay": (1, 0, 0),
        "man": (1, 0, 0),
        "he": (1, 1, 0),
    }
    assert found.terms[0].name == "she"
    assert found.terms[0].positive_rate == 0.5
    assert {f.name: f.positive_rate for f in found.terms}["gay"] is None


def test_several_files_add_up_and_labels_may_be_absent(write_rows):
    path = write_rows("rows.jsonl", ROWS)
    reported = []
    found = scan_terms([path, path], progress=lambda *told, **_: reported.append(told))
    assert found.all_rows.rows == 12
    assert found.all_rows.labelled == 0
    assert found.all_rows.positive_rate is None
    gay = {f.name: f for f in found.terms}["gay"]
    assert gay.groups == ("sexual-orientation", "gay")
    assert "black" not in {f.name for f in found.terms}
    assert reported[0] == ("scanning", 0), "before the first rows, which may take seconds"
    assert reported[-1] == ("scanning", 14, 14)


def test_nothing_to_scan_is_refused(write_rows):
    with pytest.raises(ConfigurationError):
        scan_terms([])
    with pytest.raises(ConfigurationError):
        scan_terms([write_rows("rows.csv")], terms=[])
    with pytest.raises(InputError, match="no column"):
        scan_terms([write_rows("rows.csv")], text_column="comment")
