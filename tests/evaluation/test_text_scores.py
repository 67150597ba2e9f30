"""Scores of texts in a file: each different text once, in the rows' order, or no file at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli import main
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import evaluate_predictions, score_texts

ROWS = [("a", "she is here"), ("b", "nothing"), ("c", "she is here"), ("d", ""), ("e", "er, she")]


class Scorer:
    """Gives 0.9 to a text with the word "she" and 0.2 to others, and remembers what it saw."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[float]:
        if tuple(texts) != ("one text", "another"):  # which models are tried on
            self.seen += texts
        return [0.9 if "she" in text.split() else 0.2 for text in texts]


def write_rows(folder: Path, suffix: str) -> Path:
    path = folder / f"rows{suffix}"
    if suffix == ".csv":
        lines = [f'{name},"{text}"' if text else f"{name}," for name, text in ROWS]
        path.write_text("\n".join(["id,text", *lines]) + "\n")
    elif suffix == ".jsonl":
        rows = [{"id": name, "text": text or None} for name, text in ROWS]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(
            pa.table({"id": [n for n, _ in ROWS], "text": [t or None for _, t in ROWS]}), path
        )
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_each_different_text_is_scored_once_and_every_row_has_its_score(tmp_path, suffix):
    path, model = write_rows(tmp_path, suffix), Scorer()
    output = tmp_path / "scores.parquet"
    result = score_texts([path, path], model, output, id_column="id", batch_size=2)
    assert model.seen == ["she is here", "nothing", "er, she"]
    table = pq.read_table(output)
    assert table["id"].to_pylist() == ["a", "b", "c", "e"] * 2
    assert table["prediction"].to_pylist() == [0.9, 0.2, 0.9, 0.9] * 2
    assert (result.rows, result.texts) == (8, 3)
    assert result.left_out == {"the text is missing": 2}


def test_rows_without_an_id_have_the_number_that_a_build_gives_them(tmp_path):
    path = write_rows(tmp_path, ".csv")
    score_texts([path, path], Scorer(), tmp_path / "scores.parquet")
    ids = pq.read_table(tmp_path / "scores.parquet")["id"].to_pylist()
    assert ids == ["0", "1", "2", "4", "5", "6", "7", "9"]


def test_a_report_on_the_scores_of_pairs_counts_the_flips_of_the_dataset(dataset, tmp_path):
    model, output = Scorer(), tmp_path / "pairs.parquet"
    result = score_texts([dataset], model, output)
    assert len(model.seen) == len(set(model.seen)) == result.texts
    table = pq.read_table(output)
    assert table["example_id"].to_pylist() == ["a", "b", "b", "d", "e"]
    assert table["source"].to_pylist() == ["web", "web", "web", "mail", None]
    assert table["label"].to_pylist() == [1, 0, 0, None, 1]
    report = evaluate_predictions(output, output=tmp_path / "report", slice_columns=["source"])
    assert [flip.id for flip in report.flips] == ["0", "1", "3"]
    assert (report.data.pairs, report.data.examples, report.data.labelled) == (5, 4, 3)


def test_a_run_that_fails_leaves_no_file_and_keeps_what_it_scored(tmp_path):
    path, output = write_rows(tmp_path, ".csv"), tmp_path / "scores.parquet"

    def fails_on_nothing(texts: Sequence[str]) -> list[float]:
        if "nothing" in texts:
            raise ValueError("no such text")
        return [0.5] * len(texts)

    with pytest.raises(InputError, match="no such text") as error:
        score_texts([path], fails_on_nothing, output, id_column="id")
    assert "the row with the id b" in str(error.value)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_output_is_replaced_only_on_demand(tmp_path):
    path, output = write_rows(tmp_path, ".csv"), tmp_path / "scores.parquet"
    output.write_text("somebody's")
    with pytest.raises(ConfigurationError, match="exists"):
        score_texts([path], Scorer(), output)
    assert output.read_text() == "somebody's"
    score_texts([path], Scorer(), output, overwrite=True)
    assert pq.read_table(output).num_rows == 4
    with pytest.raises(ConfigurationError, match="is an input"):
        score_texts([path], Scorer(), path, overwrite=True)


@pytest.mark.parametrize("option", [{"id_column": "id"}, {"delimiter": ";"}, {"on_error": "skip"}])
def test_options_of_files_have_no_effect_on_a_dataset_and_are_refused(dataset, tmp_path, option):
    with pytest.raises(ConfigurationError, match="no effect on a dataset"):
        score_texts([dataset], Scorer(), tmp_path / "scores.parquet", **option)


def test_bad_rows_are_left_out_on_demand(tmp_path, capsys):
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n1,she\n2,too,many\n3,he\n")
    with pytest.raises(InputError, match="row 2"):
        score_texts([path], Scorer(), tmp_path / "scores.parquet")
    result = score_texts([path], Scorer(), tmp_path / "scores.parquet", on_error="skip")
    assert sum(result.left_out.values()) == len(result.bad_rows) == 1
    assert result.rows == 2


def test_a_dry_run_reads_and_loads_and_writes_nothing(tmp_path, scorers, capsys):
    path = write_rows(tmp_path, ".csv")
    command = ["score", str(path), "--model", f"{scorers}:biased"]
    assert main.run([*command, "--dry-run", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["rows"], shown["texts"], shown["model"]) == (4, 3, f"{scorers}:biased")
    assert main.run(command) == 2
    assert "--output is missing" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_command_writes_scores_and_takes_kept_ones(tmp_path, scorers, capsys):
    path, output = write_rows(tmp_path, ".csv"), tmp_path / "scores.parquet"
    command = ["score", str(path), "--model", f"{scorers}:biased", "--output", str(output)]
    assert main.run(command) == 0
    assert "4 rows, 3 different texts" in capsys.readouterr().out
    scores = pq.read_table(output)["prediction"].to_pylist()
    assert scores == pytest.approx([0.9, 0.2, 0.9, 0.9])
    assert main.run([*command, "--overwrite"]) == 0
    metadata = pq.read_schema(output).metadata
    assert metadata[b"model"].decode() == f"{scorers}:biased"
