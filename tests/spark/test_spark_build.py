"""A build on a real Spark cluster gives what a local one gives, whatever happens to its workers."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from spark_cluster import kill

from evenhand.data import (
    ConfigurationError,
    CounterfactualDataset,
    InputError,
    UnavailableError,
    build_dataset,
)
from evenhand.data.building import spark_build
from evenhand.data.cluster.spark_session import spark_session

PART = 4_000  # bytes
OPTIONS = {
    "label_column": "label",
    "positive_labels": ["toxic"],
    "slice_columns": ["source"],
    "on_error": "skip",
}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_build, "_LEAST_PART", PART)


def rows(start: int, stop: int) -> list[dict[str, str | None]]:
    texts = [
        "She is number {}, and he knows.",
        "The women of house {} are kind.",
        "Nobody lives in number {}.",
        "My uncle said: “{} men.”",
    ]
    return [
        {
            "text": None if n % 17 == 5 else texts[n % 4].format(n),
            "label": ["toxic", "clean", f"other {n % 130}", None][n % 3 if n % 7 else 3],
            "source": ["web", "mail"][n % 2],
        }
        for n in range(start, stop)
    ]


def write_inputs(folder: Path) -> Path:
    """Write a file of each format, with bad rows, empty lines, and fields of several lines."""
    folder.mkdir()
    lines = ["text,label,source"]
    for row in rows(0, 300):
        text = '"a quoted\nline"' if row["text"] is None else f'"{row["text"]}"'
        lines.append(f"{text},{row['label'] or ''},{row['source']}")
    lines[50], lines[200] = "one,too,many,fields", '"not closed,clean,web'
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    lines = [json.dumps(row) for row in rows(300, 400)]
    lines[10], lines[90] = "", "no json"
    (folder / "b.jsonl").write_text("\n".join([*lines, "", ""]))
    with pa.output_stream(folder / "c.csv.gz") as stream:
        stream.write(b"text,label,source\nher name,toxic,web\nhis name,clean,mail\n")
    table = pa.Table.from_pylist(rows(400, 500))
    pq.write_table(table, folder / "d.parquet", row_group_size=40)
    return folder


def check_same(one: CounterfactualDataset, other: CounterfactualDataset) -> None:
    assert one.manifest.model_copy(update={"bad_rows": ()}) == other.manifest.model_copy(
        update={"bad_rows": ()}
    )
    assert sorted(one.manifest.bad_rows) == sorted(other.manifest.bad_rows)
    assert one.examples().equals(other.examples())
    assert one.pairs().equals(other.pairs())


@pytest.mark.slow
def test_a_build_on_a_cluster_is_that_of_one_machine(on_spark, tmp_path):
    source = write_inputs(tmp_path / "in")
    local = build_dataset([source], tmp_path / "local", controls="nonce", **OPTIONS)
    there = build_dataset(
        [source], tmp_path / "there", controls="nonce", engine="spark", shard_rows=70, **OPTIONS
    )
    check_same(local, there)
    controls = [pa.Table.from_batches(each.iter_controls()) for each in (local, there)]
    assert controls[0].equals(controls[1])
    assert local.pairs()["id"].to_pylist()[-1] == "501"  # over all files, empty lines too
    files = sorted(file.name for file in (tmp_path / "there").glob("examples-*"))
    assert len(files) > 5
    assert files == [f"examples-{n:05d}.parquet" for n in range(len(files))]
    assert CounterfactualDataset.open(tmp_path / "there").manifest == there.manifest
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in", "local", "there"]


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_nothing(on_spark, tmp_path):
    source = tmp_path / "rows.csv"
    source.write_text(
        "\n".join(["text", *(f'"She has said {n}."' for n in range(1500))]), encoding="utf-8"
    )
    options = {"method": "cluster_methods:slow"}
    local = build_dataset([source], tmp_path / "local", **options)
    calls = on_spark.code / "calls"
    before = len(list(calls.iterdir()))
    victim = on_spark.workers.pop()

    def kill_in_mid_job() -> None:
        while len(list(calls.iterdir())) < before + 2:  # one on each worker
            time.sleep(0.05)
        kill(victim)

    killer = threading.Thread(target=kill_in_mid_job, daemon=True)
    killer.start()
    there = build_dataset([source], tmp_path / "there", engine="spark", **options)
    killer.join(timeout=1)
    assert not killer.is_alive()
    on_spark.workers.append(on_spark.cluster.start_worker())
    check_same(local, there)
    parts = len(list((tmp_path / "there").glob("examples-*")))
    assert parts > 4
    assert len(list(calls.iterdir())) - before > parts, "none was tried again"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["local", "rows.csv", "there"]


@pytest.mark.slow
def test_what_goes_wrong_on_a_worker_is_one_clear_error_and_leaves_nothing(
    on_spark, tmp_path, monkeypatch
):
    source = tmp_path / "rows.csv"
    source.write_text("\n".join(["text", *(f"she {n}" for n in range(900)), "a,b", "she"]))
    context = on_spark.session.sparkContext

    def fails(error: type[Exception], **options: object) -> str:
        with pytest.raises(error) as caught:
            build_dataset([source], tmp_path / "there", engine="spark", **options)
        assert [each.name for each in tmp_path.iterdir()] == [source.name]
        return str(caught.value)

    with pytest.raises(InputError) as local:
        build_dataset([source], tmp_path / "local")
    assert fails(InputError) == str(local.value)
    (on_spark.code / "calls" / "lose").write_text(str(tmp_path))
    lost = fails(UnavailableError, method="cluster_methods:losing", on_error="skip")
    assert "the output" in lost
    killed = fails(UnavailableError, method="cluster_methods:killing", on_error="skip")
    assert "an executor was lost with it 2 times" in killed
    with monkeypatch.context() as patch:
        patch.setattr(context, "pythonVer", "3.9")
        assert "another version of Python" in fails(UnavailableError)
    with monkeypatch.context() as patch:
        bare = tmp_path.parent / f"{tmp_path.name}-python"
        bare.write_text(f'#!/bin/sh\nexec "{context.pythonExec}" -S "$@"\n')
        bare.chmod(0o755)
        patch.setattr(context, "pythonExec", str(bare))
        assert "has no module" in fails(UnavailableError)


@pytest.mark.slow
def test_a_session_of_another_master_is_not_taken_for_ones_own(on_spark):
    with spark_session() as session:
        assert session is on_spark.session
    with pytest.raises(ConfigurationError, match="has a Spark session"), spark_session("local"):
        pass
