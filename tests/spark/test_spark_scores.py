"""Scores from the workers of a real Spark cluster are those of one machine."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evenhand.data import ConfigurationError, InputError
from evenhand.evaluation import score_texts

MODEL = "cluster_methods:score"


def write_texts(folder: Path, *more: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(
        "\n".join(["text", *(f"{'she ' * (n % 90)}{n % 450}" for n in range(900)), *more])
    )
    return path


@pytest.mark.slow
def test_scores_from_a_cluster_are_those_of_one_machine(on_spark, tmp_path):
    path = write_texts(tmp_path)
    there, here = tmp_path / "there.parquet", tmp_path / "here.parquet"
    result = score_texts([path], MODEL, there, engine="spark", batch_size=32)
    assert result == score_texts([path], MODEL, here, batch_size=32)
    assert result.texts < result.rows
    assert pq.read_table(there).equals(pq.read_table(here))
    write_texts(tmp_path, "plain", "fails")
    with pytest.raises(InputError, match="no such text") as error:
        score_texts([path], MODEL, there, engine="spark", batch_size=32, overwrite=True)
    assert "the row with the id 901" in str(error.value)
    assert pq.read_table(there).equals(pq.read_table(here)), "the file that was there stays"
    assert {each.name for each in tmp_path.iterdir()} == {path.name, there.name, here.name}


@pytest.mark.parametrize(
    ("model", "options", "named"),
    [
        (lambda texts: [0.5] * len(texts), {}, "a model in memory"),
        (MODEL, {"cache": "kept"}, "keeps no scores"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(tmp_path, model, options, named):
    path = write_texts(tmp_path)
    with pytest.raises(ConfigurationError, match=named):
        score_texts([path], model, tmp_path / "scores.parquet", engine="spark", **options)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
