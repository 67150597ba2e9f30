"""`evenhand data build` and `evenhand data sample` at the terminal."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli.main import run
from evenhand.data.dataset import CounterfactualDataset

ROWS = """\
id,comment,toxic,region
a,She is a clown.,1,north
b,The bus is late.,0,south
c,"I saw him,
and the king.",0,north
d,her,0,south
e,,1,north
"""
COLUMNS = ["--text-column", "comment", "--label-column", "toxic", "--slice-column", "region"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_build_writes_a_dataset_and_prints_its_coverage(folder, capsys):
    assert run(["data", "build", "rows.csv", *COLUMNS, "--id-column", "id", "--output", "cf"]) == 0
    dataset = CounterfactualDataset.open("cf")
    assert dataset.pairs()["counterfactual"].to_pylist() == ["is a clown.", "I saw,\nand the."]
    assert dataset.pairs()["id"].to_pylist() == ["a", "c"]
    assert dataset.slice_columns == ("region",)
    out = capsys.readouterr().out
    for row in (
        ("examples", "4", "100.0%"),
        ("pairs", "2", "50.0%"),
        ("pairs of group female", "1", "25.0%"),
        ("pairs with 'king'", "1", "25.0%"),
        ("left out: the text is missing", "1"),
        ("left out: nothing is left without its terms", "1"),
    ):
        assert any([cell.strip() for cell in line.strip("│").split("│")][: len(row)] == list(row)
                   for line in out.splitlines()), row  # fmt: skip


def test_build_with_json_prints_the_manifest_and_nothing_else(folder, capsys):
    assert run(["data", "build", "rows.csv", *COLUMNS, "--output", "cf", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((folder / "cf" / "manifest.json").read_text())


def test_build_takes_one_s_own_terms_and_several_inputs(folder, capsys):
    (folder / "vehicles.txt").write_text("bus\n")
    terms = ["--terms", "vehicles.txt", "--terms", "gender"]
    assert run(["data", "build", "rows.csv", "rows.csv", *COLUMNS, *terms, "--output", "cf"]) == 0
    counts = CounterfactualDataset.open("cf").manifest.counts
    assert (counts.examples, counts.pairs, counts.by_term["bus"]) == (8, 6, 2)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_shows_coverage_and_pairs_and_writes_nothing(folder, capsys, as_json):
    before = names(folder)
    arguments = ["data", "build", "rows.csv", *COLUMNS, "--dry-run"]
    assert run([*arguments, "--json"] if as_json else arguments) == 0
    out = capsys.readouterr().out
    if as_json:
        document = json.loads(out)
        assert document["counts"]["pairs"] == 2
        assert document["pairs"][0]["counterfactual"] == "is a clown."
    else:
        assert "pairs of group male" in out
        assert "[-She -]is a clown." in out
    assert names(folder) == before


def test_text_and_names_from_strangers_are_shown_as_they_are(folder, capsys):
    (folder / "rows.csv").write_text("text\n[bold]she[/bold] [link=x]\n")
    (folder / "terms.csv").write_text("[red]she,[b]group[/x]\nshe,[b]group[/x]\n")
    assert run(["data", "build", "rows.csv", "--terms", "terms.csv", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "[bold][-she-][/bold]" in out.replace("\n", "")
    assert "[b]group[/x]" in out


def test_an_existing_dataset_is_replaced_only_on_request(folder, capsys):
    build = ["data", "build", "rows.csv", *COLUMNS, "--output", "cf"]
    assert run(build) == 0
    assert run(build) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert run([*build, "--overwrite"]) == 0


def parquet_of(folder, table):
    pq.write_table(table, folder / "rows.parquet")
    return "rows.parquet"


@pytest.mark.parametrize(
    ("content", "arguments", "code", "says"),
    [
        (None, ["nowhere.csv"], 3, ["no such input file", "nowhere.csv"]),
        (None, ["rows.csv", "--text-column", "coment"], 3, ["'coment'", "mean 'comment'"]),
        (None, ["rows.csv", *COLUMNS, "--label-column", "toxicity"], 3, ["'toxicity'", "'toxic'"]),
        ("", ["rows.csv"], 3, ["empty", "rows.csv"]),
        ("text\n", ["rows.csv"], 3, ["no rows"]),
        ("text\nnobody\n", ["rows.csv"], 3, ["no row can be paired", "--terms"]),
        ("text\nshe\n", ["rows.csv"], 3, ["no row can be paired"]),
        ("text,l\nshe is,2\n", ["rows.csv", "--label-column", "l"], 3, ["row 1", "0 to 1"]),
        ("text,l\nx,1\ny,bad\n", ["rows.csv", "--label-column", "l"], 3, ["row 2", "'bad'"]),
        ("text\nshe is\na,b\n", ["rows.csv"], 3, ["2 fields", "rows.csv, row 2"]),
        (None, ["rows.csv", *COLUMNS, "--terms", "gendr"], 3, ["'gendr'", "mean 'gender'"]),
        (None, ["rows.csv", *COLUMNS, "--terms", "no/such.toml"], 3, ["no/such.toml"]),
        (None, ["rows.csv", *COLUMNS, "--slice-column", "id", "--slice-column", "id"], 2, ["'id'"]),
        (None, ["rows.csv", "--seed", "x"], 2, ["--seed"]),
        (None, [], 2, ["INPUT"]),
    ],
)
def test_bad_input_is_a_clear_error_with_its_exit_code(
    folder, capsys, content, arguments, code, says
):
    if content is not None:
        (folder / "rows.csv").write_text(content)
    before = names(folder)
    assert run(["data", "build", *arguments, "--output", "cf"]) == code
    printed = capsys.readouterr()
    for words in says:
        assert words in printed.err
    assert printed.out == ""
    assert names(folder) == before, "nothing is left half written"


def test_a_parquet_file_without_text_is_a_clear_error(folder, capsys):
    source = parquet_of(folder, pa.table({"text": [1, 2]}))
    assert run(["data", "build", source, "--output", "cf"]) == 3
    assert "holds int64" in capsys.readouterr().err


def test_no_output_is_a_usage_error(folder, capsys):
    assert run(["data", "build", "rows.csv", *COLUMNS]) == 2
    assert "--dry-run" in capsys.readouterr().err


def test_sample_writes_what_build_takes(folder, capsys):
    assert run(["data", "sample", "--output", "sample", "--rows", "1000", "--seed", "2"]) == 0
    assert "train.csv" in capsys.readouterr().out
    columns = ["--id-column", "id", "--text-column", "comment_text", "--label-column", "toxicity"]
    columns += ["--slice-column", "gender"]
    assert run(["data", "build", "sample/test.csv", *columns, "--output", "cf"]) == 0
    assert CounterfactualDataset.open("cf").manifest.counts.examples == 200


def test_sample_refuses_too_few_rows_and_an_existing_folder(folder, capsys):
    assert run(["data", "sample", "--output", "sample", "--rows", "3"]) == 2
    assert "--rows" in capsys.readouterr().err
    (folder / "taken").mkdir()
    (folder / "taken" / "mine.txt").write_text("")
    assert run(["data", "sample", "--output", "taken", "--rows", "1000", "--overwrite"]) == 2
    assert (folder / "taken" / "mine.txt").exists()
