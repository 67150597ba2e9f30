"""A sweep: what is tried, what is picked and why, and that it goes on where it stopped."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.storage.files import sha256_of
from evenhand.remediation import SweepInterrupted, load_classifier, sweep, train
from evenhand.remediation.judging.trade_off import TradeOff

# Toy models, which start from nothing or lean on what is to be taken from them, keep no limits.
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
OPTIONS: dict[str, Any] = {
    **ANY,
    "loss_weights": (0.0, 5.0),
    "epochs": 2,
    "batch_size": 32,
    "learning_rate": 1e-2,
    "validation_split": 0.3,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweep")
    rng = random.Random(2)
    lines = ["text,label"]
    for _ in range(200):
        bad = rng.random() < 0.5
        who = rng.choice(("she", "she", "nobody") if bad else ("he", "he", "nobody"))
        word = rng.choice(("rude", "fine") if bad else ("kind", "fine"))
        lines.append(f"{who} was {word},{bad:d}")
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    build_dataset([folder / "rows.csv"], folder / "cf", label_column="label")
    return folder / "cf"


@pytest.fixture(scope="module")
def baseline(data: Path, model_of: Callable[..., Any]) -> Path:
    path = data.parent / "baseline.keras"
    model_of().save(path)
    start = train(
        path, data, data.parent / "start", loss_weight=0.0, epochs=8, learning_rate=0.1, **ANY
    )
    return start.model


def test_learning_rates_are_tried_too_and_by_techniques_without_options_of_their_own(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    rates = {**OPTIONS, "learning_rate": [1e-3, 1e-2, 1e-3], "loss_weights": [0.0, 5.0]}
    result = sweep(baseline, data, tmp_path / "clp", **rates)
    tried = [(trial.loss_weight, trial.learning_rate) for trial in result.trials]
    assert tried == [(0.0, 1e-3), (0.0, 1e-2), (5.0, 1e-3), (5.0, 1e-2)]
    assert result.trials[3].name.endswith(", learning rate 0.01")
    record = json.loads((tmp_path / "clp" / "sweep.json").read_text())
    assert "learning_rate" not in record["options"]
    assert [each["learning_rate"] for each in record["trials"]] == [1e-3, 1e-2] * 2

    plain = {name: value for name, value in rates.items() if name != "loss_weights"}
    alone = sweep(baseline, data, tmp_path / "plain", technique="fine-tune", **plain)
    assert [trial.name for trial in alone.trials] == ["learning rate 0.001", "learning rate 0.01"]
    for trial, like in zip(alone.trials, result.trials, strict=False):
        assert trial.metrics == pytest.approx(like.metrics, abs=1e-5)  # a weight of 0 is no pairs


def test_a_technique_without_options_needs_several_rates(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    for given in ({}, {"learning_rate": 0.01}, {"learning_rate": (0.01,)}):
        with pytest.raises(ConfigurationError, match="no option that a sweep varies") as raised:
            sweep(baseline, data, tmp_path / "no", technique="fine-tune", **given)
        assert "`learning_rate`" in raised.value.remedy


def test_it_trains_every_combination_and_keeps_the_picked_one(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "sweep"
    result = sweep(baseline, data, output, losses=("absolute", "mse"), **OPTIONS)
    tried = [(trial.loss, trial.loss_weight) for trial in result.trials]
    assert tried == [("absolute", 0.0), ("absolute", 5.0), ("mse", 0.0), ("mse", 5.0)]
    picked = result.trials[result.picked]
    rule = TradeOff(1.0, 1.0, 1.0)
    assert result.picked == rule.best([t.metrics for t in result.trials], result.baseline_metrics)
    error = result.baseline_metrics["auc_error"]  # nearly equal AUCs are told apart by the gap
    for other in result.trials:
        has_fewer = other.metrics["flip_rate"] <= picked.metrics["flip_rate"]
        assert not (has_fewer and other.metrics["auc"] > picked.metrics["auc"] + error)
    assert "of the 4 of 4 within limits" in result.reason
    alone = {name: value for name, value in OPTIONS.items() if name != "loss_weights"}
    trained = train(
        baseline, data, tmp_path / "one", loss=picked.loss, loss_weight=picked.loss_weight, **alone
    )
    assert trained.metrics == pytest.approx(picked.metrics, abs=1e-5)  # threads decide on rounding
    record = json.loads((output / "sweep.json").read_text())
    assert record["picked"] == result.picked
    assert record["reason"] == result.reason
    assert record["trials"][0]["metrics"] == result.trials[0].metrics
    assert record["baseline"]["sha256"] == sha256_of(baseline)
    from evenhand.evaluation.reports.technique_table import read_technique_table

    shown = read_technique_table(output)  # beside a report
    assert [row[0] for row in shown.rows] == ["baseline", *(trial.name for trial in result.trials)]
    assert shown.trade_off is not None
    marks = [point.mark for point in shown.trade_off.points]
    assert marks[0] == "baseline" and marks[1 + result.picked] == "picked"
    svg = ET.parse(output / "trade-off.svg").getroot()
    texts = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Pareto front", "picked", "baseline", "mse × 5"} <= texts
    assert {path.name for path in tmp_path.iterdir()} == {"sweep", "one"}
    assert {path.name for path in output.iterdir()} == {
        ".evenhand.json", "model.keras", "sweep.json", "trade-off.svg",
    }  # fmt: skip


def test_a_sweep_of_which_no_trial_keeps_the_limits_leaves_the_baseline(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    options = {**OPTIONS, "loss_weights": (5.0, 50.0), "max_positive_rate_change": 0.0}
    options |= {"learning_rate": 0.5, "epochs": 1}
    result = sweep(baseline, data, tmp_path / "sweep", **options)
    assert result.picked is None and result.limits_kept is False
    assert "the baseline is kept" in result.reason
    assert [trial.kept_epoch for trial in result.trials] == [0, 0]
    for trial in result.trials:  # shown as what they did
        assert trial.metrics["positive_rate"] != result.baseline_metrics["positive_rate"]
    texts = ["she was fine", "he was rude", "nobody was kind"]
    scores = [load_classifier(model).score(texts).tolist() for model in (baseline, result.model)]
    assert scores[0] == scores[1]
    record = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert record["picked"] is None and record["limits_kept"] is False


@pytest.mark.filterwarnings("ignore:overflow encountered")  # as is meant
def test_a_trial_that_loses_its_loss_is_left_out(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    options = {**OPTIONS, "losses": ("mse",), "loss_weights": (1e39, 1.0), "epochs": 1}
    result = sweep(baseline, data, tmp_path / "sweep", **options)
    assert [trial.loss_weight for trial in result.trials] == [1.0]
    assert len(result.failed) == 1
    assert result.failed[0].startswith("mse × 1e+39: the loss is ")
    with pytest.raises(InputError, match="the loss is"):
        sweep(baseline, data, tmp_path / "none", **{**options, "loss_weights": (1e39,)})
    assert [path.name for path in tmp_path.iterdir()] == ["sweep"]


def test_it_goes_on_where_it_stopped(baseline: Path, data: Path, tmp_path: Path) -> None:
    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("trial 2 ") and note.startswith("epoch 2 "):
            raise KeyboardInterrupt

    output = tmp_path / "sweep"
    with pytest.raises(SweepInterrupted) as caught:
        sweep(baseline, data, output, progress=interrupt, **OPTIONS)
    assert (caught.value.finished, caught.value.trials) == (1, 2)
    with pytest.raises(ConfigurationError, match="unfinished"):
        sweep(baseline, data, output, **OPTIONS)
    with pytest.raises(ConfigurationError, match="another grid"):
        sweep(baseline, data, output, resume=True, **{**OPTIONS, "loss_weights": (1.0,)})
    notes: list[tuple[str, str]] = []
    result = sweep(
        baseline, data, output, resume=True, **OPTIONS,
        progress=lambda stage, done, total=None, note="": notes.append((stage, note)),
    )  # fmt: skip
    trained = {(stage[:7], note[:7]) for stage, note in notes if "epoch" in note}
    assert trained == {("trial 2", "epoch 2")}
    whole = sweep(baseline, data, tmp_path / "whole", **OPTIONS)
    assert result.trials == whole.trials
    assert not (tmp_path / "sweep.checkpoint").exists()


@pytest.mark.parametrize(
    "options",
    [{"losses": ()}, {"losses": ("l7",)}, {"max_auc_drop": 2.0}, {"validation_split": 0.0}],
)
def test_a_sweep_without_sense_is_refused(
    baseline: Path, data: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        sweep(baseline, data, tmp_path / "sweep", **{**OPTIONS, **options})
    assert not list(tmp_path.iterdir())


def test_several_workers_are_refused(
    baseline: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    with pytest.raises(ConfigurationError, match="several workers"):
        sweep(baseline, data, tmp_path / "sweep", **OPTIONS)


def test_pairs_alone_are_nothing_to_compare_by(baseline: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text("text,label\nshe was rude,1\nnobody was kind,0\n")
    build_dataset([tmp_path / "two.csv"], tmp_path / "two", label_column="label")
    with pytest.raises(ConfigurationError, match="nothing to compare") as caught:
        sweep(
            baseline, tmp_path / "two", tmp_path / "sweep", pairs=data,
            **{**OPTIONS, "validation_split": 0.1},
        )  # fmt: skip
    assert caught.match("examples and pairs")


def test_an_error_leaves_the_first_trials_epochs_to_go_on_with(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    def fail(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if note.startswith("epoch 2 "):
            raise InputError("the disk is gone")

    output = tmp_path / "sweep"
    with pytest.raises(InputError, match="gone"):
        sweep(baseline, data, output, progress=fail, **OPTIONS)
    notes: list[str] = []
    sweep(
        baseline, data, output, resume=True, **OPTIONS,
        progress=lambda stage, done, total=None, note="": notes.append(f"{stage} {note[:7]}"),
    )  # fmt: skip
    assert not any(note.startswith("trial 1") and note.endswith("epoch 1") for note in notes)
