"""A comparison: what is trained and measured, that it goes on, and what it writes."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenhand.cli.main import run
from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation import ComparisonInterrupted, compare, load_classifier, train
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.judging.validation import validate

# Toy models, which start from nothing or lean on what is to be taken from them, keep no limits.
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
OPTIONS: dict[str, Any] = {
    **ANY,
    "techniques": ["fine-tune", "clp:loss_weight=20"],
    "epochs": 3,
    "batch_size": 32,
    "learning_rate": 0.1,
    "seeds": 2,
    "held_out_terms": 0.4,
}


def rows(seed: int, n: int = 400) -> str:
    rng = random.Random(seed)
    lines = ["text,label"]
    for _ in range(n):
        bad = rng.random() < 0.5
        hers, his = ("she", "the woman"), ("he", "the man")
        if rng.random() < 0.2:
            hers, his = his, hers
        who = rng.choice(hers if bad else his)
        word = rng.choice(("rude", "awful", "fine") if bad else ("kind", "good", "fine"))
        lines.append(f"{who} was {word},{bad:d}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_of: Callable[..., Any]) -> Path:
    """Return a folder with data to train and to measure on, and a model that leans on gender."""
    folder = tmp_path_factory.mktemp("compared")
    for number, split in enumerate(("train", "test")):
        (folder / f"{split}.csv").write_text(rows(number))
        build_dataset([folder / f"{split}.csv"], folder / split, label_column="label")
    model_of().save(folder / "start.keras")
    fit = {"loss_weight": 0.0, "epochs": 4, "learning_rate": 0.1, **ANY}
    trained = train(folder / "start.keras", folder / "train", folder / "start", **fit)
    trained.model.rename(folder / "baseline.keras")
    return folder


def inputs(folder: Path) -> list[Path]:
    return [folder / "baseline.keras", folder / "train", folder / "test", folder / "out"]


@pytest.fixture(scope="module")
def record(folder: Path) -> dict[str, Any]:
    """Compare, with an interruption in the third training; return what is written in the end."""

    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("training 3 of 4") and "epoch 2" in note:
            raise KeyboardInterrupt

    with pytest.raises(ComparisonInterrupted, match="2 of 4 trainings are done"):
        compare(*inputs(folder), progress=interrupt, **OPTIONS)
    assert not (folder / "out").exists()
    with pytest.raises(ConfigurationError, match="unfinished"):
        compare(*inputs(folder), **OPTIONS)
    result = compare(*inputs(folder), resume=True, **OPTIONS)
    assert not (folder / "out.checkpoint").exists()
    in_a_notebook = result._repr_html_()
    assert "Comparison: recommended" in in_a_notebook and "clp:loss_weight=20" in in_a_notebook
    found: dict[str, Any] = json.loads((folder / "out" / "compare.json").read_text())
    return found


def test_every_technique_is_trained_with_every_seed(record: dict[str, Any]) -> None:
    fine_tuned, clp = record["compared"]
    assert (fine_tuned["name"], clp["name"]) == ("fine-tune", "clp:loss_weight=20")
    assert clp["options"]["loss_weight"] == 20
    for each in (fine_tuned, clp):
        assert [run["seed"] for run in each["runs"]] == [0, 1]
    interrupted = [run["seconds"] is None for each in (fine_tuned, clp) for run in each["runs"]]
    assert interrupted == [False, True, False, False]
    one, two = (run["metrics"]["flip_rate"] for run in clp["runs"])
    assert clp["mean"]["flip_rate"] == pytest.approx((one + two) / 2)
    # two values: their standard deviation is their distance by the root of 2, and t is 12.7062
    assert clp["half_width"]["flip_rate"] == pytest.approx(12.7062 * abs(one - two) / 2, rel=1e-4)


def test_the_one_that_mends_flips_is_recommended_and_saved(
    folder: Path, record: dict[str, Any]
) -> None:
    assert record["recommendation"]["decision"] == "recommended"
    assert record["recommendation"]["picked"] == 1
    assert record["recommendation"]["reason"].startswith("Use clp:loss_weight=20: ")
    first = record["compared"][1]["runs"][0]
    assert first["metrics"]["flip_rate"] < record["baseline_measured"]["metrics"]["flip_rate"] / 2
    saved = load_classifier(folder / "out" / "model.keras")
    data = DatasetBlocks(CounterfactualDataset.open(folder / "test")).all_training()
    on_all = validate(saved, data)
    for name in ("auc", "accuracy", "positive_rate"):
        assert first["metrics"][name] == pytest.approx(on_all[name])
    flips = first["metrics"]["n_flips"] + first["metrics"]["unseen_n_flips"]
    assert flips == on_all["n_flips"]


def test_pairs_of_held_out_terms_are_trained_on_by_none_and_measured(
    folder: Path, record: dict[str, Any]
) -> None:
    held_out = set(record["held_out_terms"])
    pairs = CounterfactualDataset.open(folder / "test").pairs(["terms"])["terms"].to_pylist()
    unseen = sum(bool(held_out & set(terms)) for terms in pairs)
    metrics = record["baseline_measured"]["metrics"]
    assert 0 < unseen == metrics["unseen_n_pairs"]
    assert metrics["n_pairs"] == len(pairs) - unseen
    assert metrics["unseen_ctf_gap"] > 0


def test_false_positives_are_counted_by_group(folder: Path, record: dict[str, Any]) -> None:
    baseline = load_classifier(folder / "baseline.keras")
    texts = [line.split(",") for line in (folder / "test.csv").read_text().splitlines()[1:]]
    starts = ("she was", "the woman was")
    hers = [text for text, label in texts if label == "0" and text.startswith(starts)]
    expected = float((baseline.score(hers) > 0.5).mean())
    assert record["baseline_measured"]["false_positive_rates"]["female"] == pytest.approx(expected)


def test_a_report_can_show_its_table(folder: Path, record: dict[str, Any]) -> None:
    from evenhand.evaluation.reports.technique_table import read_technique_table

    table = read_technique_table(folder / "out")
    assert table.measured_on == "test"
    assert [row[0] for row in table.rows] == ["baseline", "fine-tune", "clp:loss_weight=20"]
    assert table.notes[0] == record["recommendation"]["reason"]
    assert table.trade_off is not None
    assert [each.name for each in table.trade_off.points] == [row[0] for row in table.rows]
    assert [each.mark for each in table.trade_off.points][::2] == ["baseline", "picked"]


def test_its_files(folder: Path, record: dict[str, Any]) -> None:
    assert {path.name for path in (folder / "out").iterdir()} == {
        ".evenhand.json", "model.keras", "compare.json", "compare.md", "trade-off.svg",
    }  # fmt: skip
    summary = (folder / "out" / "compare.md").read_text()
    assert "recommended, Pareto front" in summary and "| female |" in summary
    svg = ET.parse(folder / "out" / "trade-off.svg").getroot()
    texts = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"technique", "picked", "baseline", "clp:loss_weight=20"} <= texts


def test_beyond_the_limits_no_row_is_the_baseline_s(folder: Path) -> None:
    limits = dict.fromkeys(ANY, 0.0)
    options = {**OPTIONS, **limits, "techniques": ["blind", "clp:loss_weight=20"], "seeds": 1}
    model, data, test, _ = inputs(folder)
    result = compare(model, data, test, folder / "none", **{**options, "epochs": 1})
    blind, clp = result.compared
    assert result.recommendation.picked is None
    assert "nothing keeps the limits" in result.recommendation.reason
    assert not clp.mean and "loses" in clp.runs[0].beyond
    before = result.baseline_measured.metrics
    assert blind.mean["flip_rate"] == 0 < before["flip_rate"]
    assert blind.mean["accuracy"] < before["accuracy"]
    assert blind.runs[0].beyond.startswith("the model ")
    hers = [line for line in (folder / "test.csv").read_text().splitlines() if line[-2:] == ",0"]
    assert result.negatives["female"] == sum(line.startswith(("she", "the w")) for line in hers)
    assert "blind: beyond a limit." in (folder / "none" / "compare.md").read_text()
    scores = [
        load_classifier(each).score(["she was rude"])
        for each in (model, folder / "none" / "model.keras")
    ]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--technique", "clp:weight=3"], "has no option"),
        (["--technique", "clp:loss=l7"], "loss"),
        (["--technique", "clp:loss_weight=-1"], "loss"),
        (["--technique", "clp:loss_weight"], "gives no value"),
        (["--technique", "clq"], "clq"),
        (["--seeds", "0"], "--seeds"),
        (["--held-out-terms", "1"], "--held-out-terms"),
        (["--enough", "2"], "--enough"),
        (["--test-data", "train"], "the data to train on"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_trained(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(folder)
    command = ["remediate", "compare", "--baseline", "baseline.keras", "--data", "train"]
    test = [] if "--test-data" in arguments else ["--test-data", "test"]
    assert run([*command, "--output", "wrong", *test, *arguments]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not list(folder.glob("wrong*"))
