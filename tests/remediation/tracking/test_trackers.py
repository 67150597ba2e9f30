"""Trackers are told of what is complete, and their failures cost nothing."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evenhand.cli.main import run
from evenhand.data import build_dataset
from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.evaluation import evaluate_flip_rate, evaluate_predictions
from evenhand.remediation import train
from evenhand.remediation.tracking import trackers
from evenhand.remediation.tracking.trackers import TrackedRun, check_trackers, track


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The runs that a file store of MLflow holds, newest first."""
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"file:{tmp_path / 'mlruns'}")
    client = mlflow.MlflowClient()
    yield lambda: [
        (found, {each.path for each in client.list_artifacts(found.info.run_id)}, client)
        for found in client.search_runs(["0"])
    ]
    mlflow.set_tracking_uri(before)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        f"{who} was {'rude' if number % 2 else 'kind'},{number % 2}"
        for number in range(30)
        for who in ("she", "he")
    ]
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    build_dataset([tmp_path / "rows.csv"], tmp_path / "cf", label_column="label")
    return tmp_path / "cf"


@pytest.mark.filterwarnings("ignore::FutureWarning:mlflow")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:mlflow")
def test_mlflow_has_options_metrics_and_files_of_a_training_and_of_its_report(
    runs: Any, data: Path, tmp_path: Path, model_of: Any
) -> None:
    model_of().save(tmp_path / "b.keras")
    output = tmp_path / "clp"
    result = train(tmp_path / "b.keras", data, output, epochs=2, log_to=["mlflow"])
    [(logged, files, client)] = runs()
    assert logged.info.status == "FINISHED" and logged.data.params["epochs"] == "2"
    assert logged.data.params["baseline"] == "b.keras" and logged.data.params["data"] == "cf"
    assert files == {"model.keras", "history.json", "train.json"}
    assert logged.data.metrics["flip_rate"] == result.metrics["flip_rate"]
    steps = client.get_metric_history(logged.info.run_id, "loss")
    assert [(each.step, each.value) for each in steps] == [
        (number, epoch["loss"]) for number, epoch in enumerate(result.history, start=1)
    ]
    report = evaluate_flip_rate(
        data, result.model, compare_to=tmp_path / "b.keras", output=tmp_path / "report",
        thresholds=[0.5, 0.7], log_to=["mlflow"],
    )  # fmt: skip
    [(logged, files, _), _] = sorted(runs(), key=lambda each: "report.json" not in each[1])
    overall = report.candidate.overall.metrics
    assert logged.data.metrics["flip_rate"] == overall["flip_rate"].value
    assert logged.data.metrics["flip_rate at 0.7"] == overall["flip_rate@0.7"].value
    assert "baseline/flip_rate" in logged.data.metrics
    female = report.candidate.find_slice("group=female")
    assert female is not None
    assert logged.data.metrics["group_female/flip_rate_upper"] == female.metrics["flip_rate"].upper
    assert files == {"report.json", "report.html", "report.md"}


def test_a_report_on_predictions_is_logged_without_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TrackedRun] = []
    monkeypatch.setattr(trackers, "_TRACKERS", {"mlflow": seen.append})
    monkeypatch.setattr(trackers, "find_spec", lambda name: name)
    rows = ["prediction,counterfactual_prediction", "0.9,0.1", "0.9,0.8", "0.1,0.2", "0.3,0.4"]
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    evaluate_predictions(tmp_path / "scores.csv", log_to="mlflow")
    [run] = seen
    assert run.metrics["flip_rate"] == 0.25 and not run.files


def test_wandb_has_them_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    for name in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_ARTIFACT_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "report.json").write_text("{}")
    files = [tmp_path / "report.json"]
    epochs = [{"loss": 0.75}, {"loss": 0.5}]
    track(["wandb"], TrackedRun("train clp", {"epochs": 2}, {"flip_rate": 0.25}, epochs, files))
    [logged] = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    content = logged.read_bytes()
    for word in (b"train clp", b"epochs", b"flip_rate", b"0.25", b"0.75", b"report.json"):
        assert word in content, word


def events_in(folder: Path) -> tuple[Any, dict[str, list[float]], dict[str, Any]]:
    """What TensorBoard reads: its accumulator, the scalars by step, and the hyperparameters."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    scalars = {
        tag: [float(make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        for tag in events.PluginTagToContent("scalars")
    }
    content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    parameters = HParamsPluginData.FromString(content).session_start_info.hparams
    return events, scalars, dict(parameters)


def test_tensorboard_shows_a_training_whose_folder_it_chose_itself(
    data: Path, tmp_path: Path, model_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "logs"))
    model_of().save(tmp_path / "b.keras")
    options: dict[str, Any] = {"epochs": 2, "validation_split": 0.5, "log_to": "tensorboard"}
    result = train(tmp_path / "b.keras", data, tmp_path / "clp", **options)
    [folder] = (tmp_path / "logs").glob("train-clp-*")
    _, scalars, parameters = events_in(folder)
    losses = [epoch["loss"] for epoch in result.history]
    assert scalars["train/loss"] == pytest.approx(losses)
    assert len(scalars["validation/flip_rate"]) == 2
    assert scalars["result/flip_rate"] == pytest.approx([result.metrics["flip_rate"]])
    assert "result/baseline/flip_rate" in scalars
    assert parameters["epochs"].number_value == 2
    assert parameters["baseline"].string_value == "b.keras"


def test_tensorboard_shows_a_report_by_group(tmp_path: Path) -> None:
    from tensorboard.util.tensor_util import make_ndarray

    rows = ["example,prediction,counterfactual_prediction,group,label"]
    rows += [
        f"{number},0.9,{0.1 if number < 3 else 0.8},{'a $b$' if number % 2 else 'ж'},1"
        for number in range(20)
    ]
    (tmp_path / "scores.csv").write_text("\n".join(rows) + "\n")
    report = evaluate_predictions(
        tmp_path / "scores.csv", slice_columns=["group"], tensorboard=tmp_path / "log"
    )
    events, scalars, parameters = events_in(tmp_path / "log")
    for group in ("a $b$", "ж"):
        found = report.candidate.find_slice(f"group={group}")
        assert found is not None
        rate, name = found.metrics["flip_rate"], f"result/group={group}/flip_rate"
        assert scalars[name] == pytest.approx([rate.value])
        assert scalars[f"{name}_lower"] == pytest.approx([rate.lower])
        assert scalars[f"{name}_upper"] == pytest.approx([rate.upper])
    assert scalars["result/flip_rate"] == pytest.approx([0.15])
    assert parameters["candidate"].string_value == "scores.csv"
    text = make_ndarray(events.Tensors("report")[0].tensor_proto).item().decode()
    assert "15.00%" in text and "group=a" in text
    width, height, png = make_ndarray(events.Tensors("flip rate by group")[0].tensor_proto)
    assert png.startswith(b"\x89PNG") and int(width) > int(height) > 50


def test_a_tensorboard_folder_within_the_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("prediction,counterfactual_prediction\n0.9,0.1\n")
    with pytest.raises(ConfigurationError, match="`tensorboard`"):
        evaluate_predictions(
            tmp_path / "scores.csv", output=tmp_path / "out", tensorboard=tmp_path / "out" / "log"
        )


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def test_a_tracker_that_fails_is_a_warning_without_secrets(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        assert os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"
        raise OSError("no answer from https://me:secret@host/mlflow?token=secret")

    mlflow = stand_in(monkeypatch, "mlflow")
    mlflow.active_run, mlflow.start_run = lambda: None, fail  # type: ignore[attr-defined]
    with caplog.at_level(logging.WARNING, "evenhand"):
        track(["mlflow"], TrackedRun("a run", {}, {}))
    assert "not logged to mlflow (OSError: no answer from https://***@host" in caplog.text
    assert "secret" not in caplog.text
    assert "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT" not in os.environ


def test_parameters_hide_secrets_of_urls_and_leave_out_what_was_not_given() -> None:
    given = {"compare_to": "https://me:secret@host/v1/models/m", "head": None, "epochs": 3}
    parameters = TrackedRun("a run", given, {}).parameters
    assert parameters == {"compare_to": "https://***@host/v1/models/m", "epochs": "3"}


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_a_library_that_is_missing_is_told_before_any_work(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=f"{name} is not installed"):
        check_trackers([name])
    words = ["--baseline", "lost.keras", "--data", "lost", "--output", "out", "--log-to", name]
    assert run(["remediate", "train", *words]) == 4
    assert f"pip install 'evenhand[{name}]'" in capsys.readouterr().err
