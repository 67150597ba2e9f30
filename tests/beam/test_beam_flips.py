"""Scores and evaluations of a pipeline's pairs are those of a local score and report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from pipelines import run

from evenhand.beam import BuildPairs, EvaluateFlips, Score
from evenhand.data import ConfigurationError, InputError, UnavailableError, build_dataset
from evenhand.evaluation import (
    beam_scores,
    evaluate_flip_rate,
    evaluate_predictions,
    load_report,
    score_texts,
)
from evenhand.evaluation.cluster.worker_models import digest_here, load_on_worker
from evenhand.evaluation.engine.analysis import read_metrics
from evenhand.remediation import ModelOptions, load_classifier

TEXTS = ("She is kind {}.", "He and she went {} miles.", "Her men left {}.", "Some {} people.")
ROWS: list[dict[str, Any]] = [
    {
        "id": f"r{n}",
        "text": TEXTS[n % 4].format(n % 9),
        "label": [1.0, 0.0, None][n % 3],
        "weight": 1.0 + n % 2,
        "source": ["web", "mail", None][n % 3],
        "age": n % 50,
    }
    for n in range(120)
]
OPTIONS: dict[str, Any] = {
    "id_column": "id",
    "label_column": "label",
    "weight_column": "weight",
    "slice_columns": ["source", "age"],
    "method": "substitute",
}
THRESHOLDS = [0.5, 0.2]


def check_same(found: dict[str, dict[str, float]], wanted: dict[str, dict[str, float]]) -> None:
    assert found.keys() == wanted.keys()
    assert found["overall"]["flip_rate/overall@0.5"] > 0
    for name, values in wanted.items():
        assert found[name] == pytest.approx(values, rel=1e-12, abs=1e-12, nan_ok=True), name


@pytest.mark.slow
def test_two_processes_give_the_numbers_of_the_local_commands(tmp_path: Path, scorer: str) -> None:
    """Rows, pairs, scores, evaluation: in one pipeline, and step by step."""
    slices = ["source", "age:18:30"]
    flags = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    with beam.Pipeline("FnApiRunner", options=PipelineOptions(flags)) as pipeline:
        scored = pipeline | beam.Create(ROWS) | BuildPairs(**OPTIONS) | Score(scorer, batch_size=16)
        _ = scored | EvaluateFlips(
            output=tmp_path / "result", thresholds=THRESHOLDS, slice_columns=slices
        )
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    build_dataset(tmp_path / "rows.parquet", tmp_path / "cf", **OPTIONS)
    score_texts([tmp_path / "cf"], scorer, tmp_path / "pairs.parquet")
    evaluate_predictions(
        tmp_path / "pairs.parquet",
        output=tmp_path / "report",
        thresholds=THRESHOLDS,
        slice_columns=slices,
    )
    check_same(
        read_metrics(tmp_path / "result"), read_metrics(tmp_path / "report" / "tfma" / "candidate")
    )


def test_slices_of_pairs_are_those_of_a_report_on_the_dataset(tmp_path: Path, scorer: str) -> None:
    """Every row has a pair here: of a dataset, a report counts those that have none, too."""
    rows = [row | {"weight": 1.0} for row in ROWS if "people" not in row["text"]]
    options = OPTIONS | {"slice_columns": []}
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    dataset = build_dataset(tmp_path / "rows.parquet", **options)
    evaluate_flip_rate(dataset, scorer, output=tmp_path / "report")
    run(
        rows,
        BuildPairs(**options),
        Score(scorer),
        EvaluateFlips(output=tmp_path / "result", slice_columns=["group", "term"]),
    )
    found = read_metrics(tmp_path / "result")
    assert {"group=female", "term=she"} <= found.keys()
    check_same(found, read_metrics(tmp_path / "report" / "tfma" / "candidate"))


def test_scores_of_texts_and_rows_are_the_models(scorer: str) -> None:
    classifier = load_classifier(scorer)
    texts = [row["text"] for row in ROWS]
    wanted = dict(zip(texts, classifier.score(texts).tolist(), strict=True))
    found, counters = run([*texts, *texts], Score(scorer))
    assert len(found) == 2 * len(texts)
    assert all(row == {"text": row["text"], "prediction": wanted[row["text"]]} for row in found)
    assert counters["texts"] < counters["rows"] == len(found)
    rows = [{"comment": row["text"], "more": row["age"]} for row in ROWS]
    found, counters = run([*rows, {"comment": None}], Score(scorer, text_column="comment"))
    assert all(row["prediction"] == wanted[row["comment"]] for row in found)
    assert sorted(row["more"] for row in found) == sorted(row["more"] for row in rows)
    assert counters["left out: the text is missing"] == 1


@pytest.mark.parametrize(
    ("model", "error", "said"),
    [
        (lambda texts: [0.5] * len(texts), ConfigurationError, "a model in memory"),
        ("nowhere.keras", InputError, "there is no such model"),
        ("model.txt", InputError, "this kind of model is not supported"),
    ],
)
def test_a_model_that_cannot_be_used_is_found_before_the_pipeline_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Any, error: Any, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.txt").write_text("no model")
    with pytest.raises(error, match=said):
        Score(model)


def test_a_model_that_fails_on_a_worker_is_one_clear_error(tmp_path: Path, scorer: str) -> None:
    def error_of(rows: list[Any], transform: Score) -> str:
        with pytest.raises((InputError, RuntimeError)) as error:
            run(rows, transform)
        return str(error.value).strip().splitlines()[-1]

    assert "the module nowhere cannot be imported" in error_of(["she"], Score("nowhere:model"))
    (tmp_path / "model.keras").write_text("no model")
    assert "model.keras" in error_of(["she"], Score(tmp_path / "model.keras"))
    said = error_of([{"id": "r7", "text": "fails"}], Score(scorer))
    assert "no such text" in said and "the row with the id 'r7'" in said
    assert "no column 'text' in a row" in error_of([{"comment": "she"}], Score(scorer))
    assert "the column 'text' holds int" in error_of([{"text": 7}], Score(scorer))


PAIR: dict[str, Any] = {"id": "a", "prediction": 0.9, "counterfactual_prediction": 0.1}


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([{"id": "a", "prediction": 0.9}], {}, "no column 'counterfactual_prediction' in a row"),
        ([PAIR], {"slice_columns": ["source"]}, "no column 'source' in a row"),
        ([PAIR | {"prediction": 7.0}], {}, "'7.0' cannot be used"),
        ([PAIR | {"label": 2.0}], {}, "the row with the id 'a', column 'label'"),
        ([PAIR | {"prediction": None}], {}, "is missing"),
        ([PAIR, PAIR | {"label": 1.0}], {}, "rows of the example 'a' differ in the column 'label'"),
    ],
)
def test_a_pair_that_cannot_be_evaluated_is_one_clear_error(
    rows: list[dict[str, Any]], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as error:
        run(rows, EvaluateFlips(**options))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"thresholds": [1.5]}, "1.5"),
        ({"thresholds": ["auto"]}, "no model whose training"),
        ({"slice_columns": ["label"]}, "cannot be called 'label'"),
        ({"slice_columns": ["group,source"]}, "belongs to pairs"),
    ],
)
def test_a_wrong_option_of_an_evaluation_is_found_before_the_pipeline_runs(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        EvaluateFlips(**options)


def test_a_pair_is_in_the_slice_of_each_of_its_values(tmp_path: Path) -> None:
    cells = ["gay;black", "gay", None, "black; gay"]
    pairs = [PAIR | {"id": str(n), "prediction": 0.4 + n / 10} for n in range(4)]
    pairs = [
        pair | {"who": cell, "counterfactual_prediction": score}
        for pair, cell in zip(pairs, cells, strict=True)
        for score in (0.1, 0.8)  # two pairs an example
    ]
    pq.write_table(pa.Table.from_pylist(pairs), tmp_path / "pairs.parquet")
    options: dict[str, Any] = {"slice_columns": ["who"], "slice_separator": ";"}
    evaluate_predictions(tmp_path / "pairs.parquet", output=tmp_path / "report", **options)
    wanted = read_metrics(tmp_path / "report/tfma/candidate")
    assert wanted.keys() == {"overall", "who=gay", "who=black"}
    run(pairs, EvaluateFlips(output=tmp_path / "flips", **options))
    check_same(read_metrics(tmp_path / "flips"), wanted)


def test_a_report_is_the_same_on_another_runner(tmp_path: Path) -> None:
    pairs = [PAIR | {"id": str(n), "label": n % 2, "prediction": n % 10 / 10} for n in range(50)]
    pq.write_table(pa.Table.from_pylist(pairs), tmp_path / "pairs.parquet")
    flags = ["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"]
    options = PipelineOptions([*flags, "--direct_running_mode=multi_threading"])
    reports = [
        evaluate_predictions(tmp_path / "pairs.parquet", output=tmp_path / name, **chosen)
        for name, chosen in (("here", {}), ("there", {"pipeline_options": options}))
    ]
    assert reports[0] == reports[1] == load_report(tmp_path / "there")
    here, there = (sorted(p.name for p in (tmp_path / n).rglob("*")) for n in ("here", "there"))
    assert [name for name in here if "-of-" not in name] == [
        name for name in there if "-of-" not in name
    ], "the tables are gone"


def test_a_worker_that_finds_another_model_under_the_name_stops(scorer: str) -> None:
    assert load_on_worker(scorer, ModelOptions(), None).name == scorer
    with pytest.raises(UnavailableError, match="another model is found"):
        load_on_worker(scorer, ModelOptions(), "0" * 64)


def test_a_report_with_tfmas_own_evaluator_is_made_here(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([PAIR]), tmp_path / "pairs.parquet")
    with pytest.raises(ConfigurationError, match="in other processes"):
        evaluate_predictions(
            tmp_path / "pairs.parquet", engine="stock", pipeline_options=PipelineOptions([])
        )


def test_a_model_in_a_store_is_that_of_its_file(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    (tmp_path / "model.tflite").write_bytes(b"no model")
    url = f"file://{tmp_path}/model.tflite"
    assert digest_here(url) == digest_here(tmp_path / "model.tflite") is not None
    with pytest.raises(InputError, match="nothing to read"):
        Score(f"file://{tmp_path}/nowhere.keras")


def test_a_process_loads_the_model_once(scorer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers of this process, each with bundles of its own."""
    loaded = []

    def load(*arguments: Any) -> Any:
        loaded.append(arguments)
        return load_on_worker(*arguments)

    monkeypatch.setattr(beam_scores, "load_on_worker", load)
    options = PipelineOptions(["--direct_running_mode=multi_threading", "--direct_num_workers=2"])
    with beam.Pipeline("FnApiRunner", options=options) as pipeline:
        texts = pipeline | beam.Create([row["text"] for row in ROWS])
        _ = texts | "Spread" >> beam.Reshuffle() | Score(scorer, batch_size=2)
    assert len(loaded) == 1
