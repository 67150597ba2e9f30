"""Reading files of every format, and what is wrong with files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import in_dialect, input_file
from evenhand.data.reading.readers import read_batches

ALL = Columns(text="text", label="toxic", slices=("topic",))
TEXT = Columns(text="text")
NUMBERED = Columns(text="text", label="toxic", weight="w", id="name")


def read(path, columns=TEXT, **dialect) -> pa.Table:
    (file,) = in_dialect([input_file(path)], Dialect(**dialect))
    return pa.Table.from_batches(list(read_batches(file, columns)))


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "A.CSV"])
def test_every_format_gives_the_same_rows(write_rows, name):
    quoting = "double" if name == "a.tsv" else None  # Arrow puts strings in quotation marks
    table = read(write_rows(name), ALL, quoting=quoting)
    assert table.column_names == ["id", "text", "label", "weight", "topic"]
    assert table["text"].to_pylist() == [
        "She is late.",
        "The bus is late.",
        "Ask the king,\nor the queen!",
        "queen",
        None,
    ]
    assert table["label"].type == pa.float32()
    assert table["label"].to_pylist() == [1.0, 0.0, 0.0, 0.0, 1.0]
    assert table["weight"].to_pylist() == [1.0] * 5
    assert table["topic"].to_pylist() == ["work", "travel", "work", "travel", "work"]


def test_csv_quirks(tmp_path):
    content = '\ufefftext,other\r\n"say ""hi"",\r\nyou",x\r\n,missing\r\n"",empty\r\nlast,y'
    assert read(write(tmp_path / "a.csv", content))["text"].to_pylist() == [
        'say "hi",\r\nyou',
        None,
        "",
        "last",
    ]


def test_labels_weights_and_ids_may_be_written_in_many_ways(tmp_path):
    content = "text,toxic,w,name\na,1,0.5,007\nb, 0.25 ,1e1,x\nc,TRUE,0,x\nd,False,3,y\ne,,1,z\n"
    table = read(write(tmp_path / "a.csv", content), NUMBERED)
    assert table["label"].to_pylist() == [1.0, 0.25, 1.0, 0.0, None]
    assert table["weight"].to_pylist() == [0.5, 10.0, 0.0, 3.0, 1.0]
    assert table["id"].to_pylist() == ["007", "x", "x", "y", "z"]


def test_what_pandas_writes_is_read(tmp_path):
    frame = pd.DataFrame(
        {
            "text": pd.Categorical(["she", "he", "she"]),
            "toxic": [1.0, np.nan, 0.0],
            "w": [1, 2, 3],
            "name": [10, 11, 12],
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet", NUMBERED)
    assert table["text"].to_pylist() == ["she", "he", "she"]
    assert table["label"].to_pylist() == [1.0, None, 0.0]
    assert table["id"].to_pylist() == ["10", "11", "12"]


def test_slice_columns_keep_their_type_where_the_format_has_types(tmp_path):
    rows = [{"text": "a", "n": 1, "x": 0.5, "b": True}, {"text": "b", "n": 2, "x": None, "b": None}]
    columns = Columns(text="text", slices=("n", "x", "b"))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for name in ("a.parquet", "a.jsonl"):
        table = read(tmp_path / name, columns)
        assert table["n"].to_pylist() == [1, 2]
        assert table["x"].to_pylist() == [0.5, None]
        assert table["b"].to_pylist() == [True, None]


def test_json_escapes_that_are_no_text_become_replacement_characters(tmp_path):
    path = write(tmp_path / "a.jsonl", r'{"text": "a\ud83d b \ud83d\ude00 \u0000"}')
    assert read(path)["text"].to_pylist() == ["a\ufffd b \U0001f600 \x00"]


def test_empty_json_lines_and_missing_keys(tmp_path):
    path = write(tmp_path / "a.jsonl", '\n{"text": "a"}\n\n{"other": 1}\n')
    assert read(path)["text"].to_pylist() == ["a", None]


def test_a_long_line_is_read(tmp_path):
    text = "she said " * 120_000
    assert read(write(tmp_path / "a.csv", f"text\n{text}\n"))["text"].to_pylist() == [text]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "empty"),
        ("a.csv", "text\n", "no rows"),
        ("a.jsonl", "", "empty"),
        ("a.jsonl", "\n", "no rows"),
        ("a.csv", "text,x\na,1\nb,2,3\n", "the row has 3 fields, the header has 2"),
        ("a.csv", b"text,x\na,1\nb\xff,2\n", "the text is not UTF-8"),
        ("a.csv", "text,x\na,1\n".encode("utf-16"), "the input is UTF-16"),
        ("a.csv", "text,text\na,b\n", "there are two columns 'text'"),
        ("a.jsonl", '{"text": "a"}\n{"text": \n', "not JSON"),
        ("a.jsonl", b'{"text": "\xff"}\n', "not UTF-8"),
        ("a.jsonl", '["a"]\n', "not a JSON object"),
        ("a.jsonl", "[" * 100_000, "not JSON"),
        ("a.jsonl", '{"text": 1}\n', "holds int64"),
        ("a.jsonl", '{"text": "a"}\n{"text": 1}\n', "mixes values"),
        ("a.jsonl", '{"text": ["a"]}\n', "holds list"),
        ("a.parquet", b"PAR1 this is no parquet file PAR1", "cannot be read"),
        ("a.docx", "text", "name does not tell its format"),
        ("data", "text", "no suffix"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, content, says):
    path = write(tmp_path / name, content)
    with pytest.raises(InputError, match=says) as raised:
        read(path)
    assert str(path) in raised.value.where


def test_lines_of_another_kind_than_the_others_are_named_and_can_be_skipped(tmp_path):
    lines = ['"a", "label": 1', '7, "label": 1', 'null, "label": 0.5', '"b", "label": "x"']
    lines += ['"c", "label": true', '{"a": 1}, "label": 1', '"d", "label": null']
    lines += [f'"e", "label": {2**63}']
    content = "".join(f'{{"text": {line}}}\n' for line in lines)
    path, columns = write(tmp_path / "a.jsonl", content), Columns(text="text", label="label")
    with pytest.raises(InputError, match="mixes values of different kinds: here is") as raised:
        list(read_batches(path, columns))
    assert raised.value.where == f"{path}, line 2, column 'text'"
    bad_rows = BadRows("skip")
    (batch,) = read_batches(path, columns, bad_rows=bad_rows)
    assert batch.column("text").to_pylist() == ["a", None, "d"]
    skipped = [f" line {number}" for number in (2, 6, 4, 5, 8)]
    assert [line.split(",")[1] for line in bad_rows.first] == skipped


def test_a_truncated_parquet_file_is_refused(tmp_path, write_rows):
    whole = write_rows("a.parquet").read_bytes()
    with pytest.raises(InputError, match="cannot be read"):
        read(write(tmp_path / "b.parquet", whole[:-20]))


def test_parquet_text_that_is_not_utf8_is_refused(tmp_path):
    bad = pa.array([b"ok", b"\xff"]).view(pa.string())
    pq.write_table(pa.table({"text": bad}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match="not UTF-8"):
        read(tmp_path / "a.parquet")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such input file"):
        read(tmp_path / "a.csv")
    with pytest.raises(InputError, match="not a file"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_missing_column_is_answered_with_the_columns_there_are(write_rows, name):
    with pytest.raises(InputError, match="no column 'txt'") as raised:
        read(write_rows(name), Columns(text="txt"))
    assert raised.value.expected == "one of 'text', 'toxic', 'topic'"
    assert raised.value.remedy == "did you mean 'text'?"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("b,2,1,x", "'2.0'"),
        ("b,-0.1,1,x", "'-0.1'"),
        ("b,inf,1,x", "'inf'"),
        ("b,toxic,1,x", "'toxic'"),
        ("b,0,-1,x", "'-1.0'"),
        ("b,0,nan,x", "'nan'"),
        ("b,0,,x", "missing"),
        ("b,0,1,", "missing"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_row(tmp_path, row, says):
    path = write(tmp_path / "a.csv", f"text,toxic,w,name\na,1,1,x\n{row}\n")
    with pytest.raises(InputError, match=says) as raised:
        read(path, NUMBERED)
    assert f"{path}, row 2, column" in raised.value.where


def test_columns_of_a_kind_that_has_no_use_are_refused(tmp_path):
    values = {"text": ["a"], "l": [[1]], "m": [[[1]]], "b": [[b"\xff"]]}
    pq.write_table(pa.table(values), tmp_path / "a.parquet")
    slices = [Columns(text="text", slices=(name,)) for name in ("m", "b")]
    for columns in (*slices, Columns(text="text", label="l")):
        with pytest.raises(InputError, match=r"holds (list|binary)"):
            read(tmp_path / "a.parquet", columns)


def test_a_header_longer_than_most_is_read(tmp_path):
    others = [f"column {n} {'x' * 100}" for n in range(1_000)]
    content = f"text,{','.join(others)}\nshe is late{',' * len(others)}\n"
    assert read(write(tmp_path / "wide.csv", content))["text"].to_pylist() == ["she is late"]
