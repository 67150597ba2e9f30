"""A report whose texts a real Spark cluster scores is that of one machine."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evenhand.cli import main
from evenhand.cli.runs import steps
from evenhand.data import ConfigurationError, CounterfactualDataset, UnavailableError, build_dataset
from evenhand.data.progress import ignore_progress
from evenhand.evaluation import evaluate_flip_rate
from evenhand.evaluation.cluster.spark_scores import score_on_spark
from evenhand.evaluation.engine import tfma_tables
from evenhand.evaluation.inputs.different_texts import find_different
from evenhand.remediation import load_classifier
from evenhand.remediation.model_options import ModelOptions

MODEL, BASELINE, CLASSES = (
    f"cluster_methods:{name}" for name in ("score", "other_score", "classes")
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> CounterfactualDataset:
    folder = tmp_path_factory.mktemp("flips")
    lines = ["text,label,source"]
    lines += [
        f"{'she ' * (n % 50)}{n % 150} he,{n % 2},{['web', 'mail'][n % 3 % 2]}" for n in range(300)
    ]
    (folder / "rows.csv").write_text("\n".join(lines))
    options = {"label_column": "label", "slice_columns": ["source"], "method": "ablate"}
    return build_dataset([folder / "rows.csv"], folder / "cf", controls="nonce", **options)


NUMBER = re.compile(r"-?\d+(?:\.\d+(?:e-?\d+)?)?")


def assert_close(found: str, wanted: str) -> None:
    """Assert that texts are the same but for their numbers' last digits: parts are summed up."""
    assert NUMBER.sub("0", found) == NUMBER.sub("0", wanted)
    values = [[float(number) for number in NUMBER.findall(text)] for text in (found, wanted)]
    np.testing.assert_allclose(*values, rtol=1e-12)


@pytest.mark.slow
def test_a_report_of_a_cluster_is_that_of_one_machine(on_spark, dataset, tmp_path, monkeypatch):
    """The workers score, and where there are several batches of rows they count, too."""
    monkeypatch.setattr(tfma_tables, "BATCH_ROWS", 64)
    stages = []
    options = {"compare_to": BASELINE, "batch_size": 16}
    there = evaluate_flip_rate(
        dataset,
        MODEL,
        output=tmp_path / "there",
        engine="spark",
        progress=lambda stage, *_, **__: stages.append(stage),
        **options,
    )
    here = evaluate_flip_rate(dataset, MODEL, output=tmp_path / "here", **options)
    assert_close(there.to_json(), here.to_json())
    assert there.candidate.find_slice("overall").metrics["flip_rate"].value > 0
    assert {"starting Spark", "counting"} <= {*stages}
    assert {"scoring with the candidate", "scoring with the baseline"} <= {*stages}
    files = [{each.name for each in (tmp_path / name).iterdir()} for name in ("there", "here")]
    assert files[0] == files[1]
    assert {each.name for each in tmp_path.iterdir()} == {"there", "here"}


@pytest.mark.slow
def test_classes_from_a_cluster_are_those_of_one_machine(on_spark, dataset, tmp_path):
    def columns():
        return (batch.column(0) for batch in dataset.iter_pairs(["counterfactual"]))

    texts, _ = find_different(columns)
    there = score_on_spark(
        on_spark.session,
        CLASSES,
        None,
        texts,
        ignore_progress,
        options=ModelOptions(),
        batch_size=16,
        folder=tmp_path,
    )
    here = load_classifier(CLASSES).predict(list(texts), 16)
    assert here.shape == (len(texts), 3)
    np.testing.assert_array_equal(there, here)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UnavailableError, match="cannot be written"):
        score_on_spark(
            on_spark.session,
            MODEL,
            None,
            texts,
            ignore_progress,
            options=ModelOptions(),
            batch_size=16,
            folder=tmp_path / "lost",
        )


@pytest.mark.parametrize(
    ("model", "options", "named"),
    [
        (len, {"engine": "spark"}, "a model in memory"),
        (MODEL, {"engine": "spark", "compare_to": len}, "a model in memory"),
        (MODEL, {"engine": "spark", "cache": "kept"}, "keeps no scores"),
        (MODEL, {"engine": "spark", "output": None}, "beside the output"),
        (MODEL, {"master": "local[2]"}, "a master is for the engine spark"),
    ],
)
def test_what_a_cluster_cannot_do_for_a_report_is_refused(dataset, tmp_path, model, options, named):
    with pytest.raises(ConfigurationError, match=named):
        evaluate_flip_rate(dataset, model, **{"output": tmp_path / "report", **options})
    assert not list(tmp_path.iterdir())


def test_predictions_need_no_cluster(tmp_path, capsys):
    words = ["--predictions", "p.csv", "--engine", "spark", "--output", str(tmp_path / "report")]
    assert main.run(["evaluate", "flip-rate", *words]) == 2
    assert "--engine is for models" in capsys.readouterr().err


@pytest.mark.parametrize(("engine", "keeps"), [("spark", False), ("vectorised", True)])
def test_a_run_file_keeps_no_scores_of_a_cluster(tmp_path, monkeypatch, engine, keeps):
    given = {}
    monkeypatch.setattr(steps, "call", lambda table, arguments, **more: given.update(arguments))
    arguments = {"engine": engine, "cache": None}
    steps.Step("evaluate", tmp_path, {}, arguments).make(resume=False, progress=ignore_progress)
    assert (given["cache"] is not None) == keeps
