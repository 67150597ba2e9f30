"""`evenhand data build` and `evenhand data sample` at the terminal."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli.main import run
from evenhand.cli.results.data_tables import difference_of
from evenhand.data.dataset.on_disk import CounterfactualDataset

ROWS = """\
id,comment,toxic,region
a,She is a clown.,1,north
b,The bus is late.,0,south
c,"I saw him,
and the king.",0,north
d,her,0,south
e,,1,north
"""
TEXT = ["--text-column", "comment"]
COLUMNS = [*TEXT, "--label-column", "toxic", "--slice-column", "region"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_build_writes_a_dataset_and_prints_its_coverage(folder, capsys):
    options = ["--id-column", "id", "--method", "ablate"]
    assert run(["data", "build", "rows.csv", *COLUMNS, *options, "--output", "cf"]) == 0
    dataset = CounterfactualDataset.open("cf")
    assert dataset.pairs()["counterfactual"].to_pylist() == ["is a clown.", "I saw,\nand the."]
    assert dataset.pairs()["id"].to_pylist() == ["a", "c"]
    assert dataset.slice_columns == ("region",)
    out = capsys.readouterr().out
    for row in (
        ("examples", "4", "100.0%"),
        ("pairs", "2", "0.50 an example"),
        ("pairs of group female", "1", "50.0%"),
        ("pairs with 'king'", "1", "50.0%"),
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
        assert document["counts"]["pairs"] == 3
        assert document["pairs"][0]["counterfactual"] == "They are a clown."
    else:
        assert "pairs of group male" in out
        assert "[-She-]{+They+} [-is-]{+are+} a clown." in out
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
        (None, ["rows.csv", *TEXT, "--label-column", "toxicity"], 3, ["'toxicity'", "'toxic'"]),
        ("", ["rows.csv"], 3, ["empty", "rows.csv"]),
        ("text\n", ["rows.csv"], 3, ["no rows"]),
        ("text\nnobody\n", ["rows.csv"], 3, ["no row can be paired", "--terms"]),
        ("text\nshe\n", ["rows.csv", "--method", "ablate"], 3, ["no row can be paired"]),
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


def test_substitution_shows_its_pairs_as_differences(folder, capsys):
    options = ["--method", "substitute", "--counterparts", "one", "--preview", "1"]
    assert run(["data", "build", "rows.csv", *COLUMNS, *options, "--output", "cf"]) == 0
    assert "[-She-]{+He+} is a clown." in capsys.readouterr().out
    manifest = CounterfactualDataset.open("cf").manifest
    assert (manifest.method.name, manifest.method.options["per_example"]) == ("substitute", 1)


def test_differences_are_in_colour_where_the_terminal_has_colours():
    shown = difference_of("She is [b]late", "He is [b]late", has_marks=False)
    assert shown.plain == "SheHe is [b]late"
    assert [shown.plain[span.start : span.end] for span in shown.spans] == ["She", "He"]
    assert len({str(span.style) for span in shown.spans}) == 2


def test_what_is_left_out_is_on_stderr_and_in_the_manifest(folder, capsys):
    (folder / "rows.csv").write_text("comment,toxic\nshe is,1\nhe is,0\nshe is\nher a,0,0\n")
    options = ["--text-column", "comment", "--label-column", "toxic", "--on-error", "skip"]
    options += ["--pair-labels", "negative", "--workers", "1", "--shard-rows", "1"]
    assert run(["data", "build", "rows.csv", *options, "--output", "cf"]) == 0
    printed = capsys.readouterr()
    assert "Left out: rows.csv, row 3: the row has 1 fields" in printed.err
    assert "left out: the label is not negative" in printed.out
    manifest = CounterfactualDataset.open("cf").manifest
    assert len(manifest.bad_rows) == 2
    assert manifest.counts.pairs == 1
    assert names(folder / "cf")[2:4] == ["examples-00000.parquet", "examples-00001.parquet"]


def test_pairs_from_a_file_and_their_errors(folder, capsys):
    (folder / "pairs.csv").write_text("id,counterfactual\na,Ann is a clown.\nz,No one.\n")
    build = ["data", "build", "rows.csv", *COLUMNS, "--id-column", "id", "--pairs", "pairs.csv"]
    assert run([*build, "--output", "cf"]) == 3
    error = capsys.readouterr().err
    assert "no example has its id ('z')" in error
    assert "pairs.csv, row 2" in error
    assert run([*build, "--output", "cf", "--on-error", "skip"]) == 0
    assert CounterfactualDataset.open("cf").pairs()["counterfactual"].to_pylist() == [
        "Ann is a clown."
    ]


@pytest.mark.parametrize(
    "options",
    [
        ["--counterparts", "one"],
        ["--method", "substitute", "--counterparts", "all", "--per-example", "2"],
        ["--pairs", "pairs.csv", "--method", "substitute"],
        ["--method", "nothing"],
        ["--workers", "0"],
    ],
)
def test_options_that_exclude_each_other_are_a_usage_error(folder, capsys, options):
    assert run(["data", "build", "rows.csv", *COLUMNS, *options, "--output", "cf"]) == 2
    assert names(folder) == ["rows.csv"]


def test_export_writes_records(folder, capsys):
    assert run(["data", "build", "rows.csv", *COLUMNS, "--output", "cf"]) == 0
    assert run(["data", "export", "cf", "--format", "tfrecord", "--output", "records"]) == 0
    assert "pairs-00000-of-00001.tfrecord" in capsys.readouterr().out
    assert run(["data", "export", "cf", "--output", "records"]) == 2
    assert run(["data", "export", "nowhere", "--output", "other"]) == 3
