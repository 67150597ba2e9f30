"""Opening a dataset folder: what is whole, and what is refused."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.data import CounterfactualDataset, InputError, build_dataset
from evenhand.data.dataset.on_disk import PAIR_SCHEMA
from evenhand.data.storage.files import sha256_of


@pytest.fixture
def dataset(tmp_path, write_rows, terms_file):
    return build_dataset(
        [write_rows("rows.jsonl")],
        tmp_path / "out",
        label_column="toxic",
        slice_columns=["topic"],
        terms=[terms_file],
    )


def test_an_opened_dataset_gives_its_tables(dataset):
    opened = CounterfactualDataset.open(str(dataset.path))
    assert opened.slice_columns == ("topic",)
    assert opened.sha256 == sha256_of(dataset.path / "manifest.json")
    assert opened.manifest == dataset.manifest
    examples = opened.examples()
    assert [(field.name, field.type) for field in examples.schema] == [
        ("id", pa.string()),
        ("text", pa.string()),
        ("label", pa.float32()),
        ("weight", pa.float32()),
        ("topic", pa.string()),
    ]
    assert opened.pairs().schema.equals(PAIR_SCHEMA)


def test_batches_and_tables_hold_the_same_rows(dataset):
    batches = list(dataset.iter_examples(["text", "label"], batch_rows=3))
    assert [batch.num_rows for batch in batches] == [3, 1]
    assert pa.Table.from_batches(batches).equals(dataset.examples(["text", "label"]))
    assert pa.Table.from_batches(dataset.iter_pairs()).equals(dataset.pairs())


def edit(dataset, **changes):
    path = dataset.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda d: (d.path / "manifest.json").unlink(), "manifest cannot be read"),
        (lambda d: (d.path / "manifest.json").write_text("{"), "manifest is not JSON"),
        (lambda d: edit(d, schema_version=2), "its schema_version differs"),
        (lambda d: edit(d, surprise=1), "manifest is not valid"),
        (lambda d: (d.path / "pairs-00000.parquet").unlink(), "has no pairs"),
        (lambda d: (d.path / "examples-00000.parquet").write_bytes(b"x"), "cannot be read"),
        (
            lambda d: pq.write_table(d.pairs().slice(1), d.path / "pairs-00000.parquet"),
            "holds 1 pairs, but its manifest says 2",
        ),
        (
            lambda d: pq.write_table(
                d.examples(["id", "text", "label", "weight"]), d.path / "examples-00000.parquet"
            ),
            "lack the column 'topic'",
        ),
    ],
)
def test_a_damaged_dataset_is_refused(dataset, damage, says):
    damage(dataset)
    with pytest.raises(InputError, match=says) as raised:
        CounterfactualDataset.open(dataset.path)
    assert str(dataset.path) in raised.value.where


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="manifest cannot be read"):
        CounterfactualDataset.open(tmp_path / "nowhere")
