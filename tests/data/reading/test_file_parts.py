"""A file's parts, read one by one, give the rows, numbers and errors of the whole."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import InputError
from evenhand.data.formats import csv_rows
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import InputFile, find_inputs, input_file
from evenhand.data.reading.examples import FileExamples
from evenhand.data.reading.readers import parts_of

COLUMNS = Columns(text="text")
LINES = st.lists(
    st.sampled_from(
        [
            'a,"one, two"',
            'b,"line\nend ""quoted"" "',
            "c,",
            "too,many,fields",
            'd,"not closed',
            "",
            "e,plain",
            "f,\xff",
        ]
    ),
    max_size=30,
)


def read(file: InputFile, part=None, first_id: int = 0):
    bad = BadRows("skip")
    reading = FileExamples(file, COLUMNS, first_id=first_id, bad_rows=bad, part=part)
    rows = [row for batch in reading.batches() for row in batch.to_pylist()]
    return rows, bad.first, reading.rows, reading.next_id


def check(file: InputFile, part_bytes: int) -> int:
    """Check that the parts give what the whole does, and return how many there are."""
    found = parts_of(file, part_bytes)
    whole, of_parts = read(file), [read(file, part) for part in found.parts]
    assert [row for part in of_parts for row in part[0]] == whole[0]
    # Of the rows that are read at once, those that are no rows of a table are noted first.
    assert sorted(place for part in of_parts for place in part[1]) == sorted(whole[1])
    assert sum(part[2] for part in of_parts) == whole[2]
    assert found.rows in (None, whole[3])
    return len(found.parts)


@settings(max_examples=60)
@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from([1, 20, 200]))
def test_parts_of_a_csv_file(tmp_path_factory, lines, end, ends, part_bytes):
    path = tmp_path_factory.mktemp("parts") / "rows.csv"
    text = end.join(["id,text", *lines]) + (end if ends else "")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("latin-1"))
    file = input_file(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "_BLOCK_BYTES", 150)
        patch.setattr(csv_rows, "_HEADER_BYTES", 40)
        try:
            read(file)
        except InputError as error:  # of the whole file, as that it holds no rows
            if "no rows" not in str(error):
                with pytest.raises(InputError):
                    for part in parts_of(file, part_bytes).parts:
                        read(file, part)
            return
        check(file, part_bytes)


def test_parts_of_json_lines(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [json.dumps({"text": f"text {n}"}) for n in range(1000)]
    rows[300] = "not json"
    path.write_text("\n".join(rows))
    assert check(input_file(path), 1_000) > 10
    assert parts_of(input_file(path), 1_000).rows == 1000
    rows[100] = " "
    path.write_text("\n".join(rows) + "\n\n")
    check(input_file(path), 1_000)
    assert parts_of(input_file(path), 1_000).rows is None


def test_a_column_that_a_part_lacks_is_null_there(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"text": "{n}"}}\n' for n in range(10)) + '{"other": 1}\n')
    assert check(input_file(path), 10) == 11


@pytest.mark.parametrize("group", [7, 100])
def test_parts_of_a_parquet_file(tmp_path, group):
    path = tmp_path / "rows.parquet"
    texts = [None if n % 10 == 3 else f"text {n}" for n in range(100)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=group)
    assert check(input_file(path), 1) == -(-100 // group)


@pytest.mark.parametrize("name", ["rows.csv.gz", "latin.csv"])
def test_a_file_that_cannot_be_cut_is_one_part(tmp_path, name):
    path = Path(tmp_path / name)
    with pa.output_stream(path) as stream:  # which compresses by the name
        stream.write("text\nzwölf\n".encode("latin-1") * 2)
    [file] = find_inputs([path], Dialect(encoding="latin-1"))
    assert parts_of(file, 1) == ([None], None)
