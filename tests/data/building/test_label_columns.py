"""Several columns of labels in one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenhand.data import build_dataset
from evenhand.data.errors import ConfigurationError, InputError

ROWS = "text,toxic,insult,group\nshe is odd,1,,x\nhe is odd,0,0.5,y\nall is well,,1,x\n"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    return file


def test_each_label_is_kept_beside_the_first(rows: Path, tmp_path: Path) -> None:
    dataset = build_dataset(
        [rows], tmp_path / "cf", label_column=["toxic", "insult"], slice_columns=["insult"]
    )
    examples = dataset.examples(["label", "label:insult", "insult"]).to_pydict()
    assert examples == {
        "label": [1.0, 0.0, None],
        "label:insult": [None, 0.5, 1.0],
        "insult": [None, "0.5", "1"],  # a slice column of the same name is another thing
    }
    columns = dataset.manifest.columns
    assert columns.labels == ("toxic", "insult")
    assert columns.label_fields == {"toxic": "label", "insult": "label:insult"}
    card = (tmp_path / "cf" / "card.md").read_text()
    assert "| label | toxic |" in card and "| label | insult |" in card


def test_one_label_is_written_as_before(rows: Path, tmp_path: Path) -> None:
    datasets = [
        build_dataset([rows], tmp_path / str(n), label_column=given)
        for n, given in enumerate(("toxic", ["toxic"]))
    ]
    first, second = ((each.path / "manifest.json").read_bytes() for each in datasets)
    assert first == second and b"other_labels" not in first


def test_named_labels_count_in_every_column(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,a,b\nshe ran,yes,no\nhe ran,no,yes\n")
    dataset = build_dataset(
        [rows], tmp_path / "cf", label_column=["a", "b"], positive_labels=["yes"]
    )
    assert dataset.examples(["label", "label:b"]).to_pydict() == {
        "label": [1, 0],
        "label:b": [0, 1],
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label_column": ["toxic", "toxic"]}, "named twice"),
        ({"label_column": ["toxic", ""]}, "has no name"),
        ({"label_column": ["toxic", "insult"], "classes": 2}, "several columns.*`classes`"),
        ({"label_column": ["toxic", "insult"], "pair_labels": "negative"}, "`pair_labels`"),
        ({"slice_columns": ["label:insult"]}, "the dataset has a column of that name"),
    ],
)
def test_what_cannot_be_is_refused(
    rows: Path, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        build_dataset([rows], tmp_path / "cf", **options)


def test_values_of_every_column_are_checked(rows: Path, tmp_path: Path) -> None:
    rows.write_text(ROWS.replace("0.5", "2"))
    with pytest.raises(InputError, match="column 'insult'"):
        build_dataset([rows], tmp_path / "cf", label_column=["toxic", "insult"])
