"""`evenhand remediate`: exit codes, what is printed, and what is left behind."""

from __future__ import annotations

import importlib
import json
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evenhand.cli.main import run
from evenhand.data.building.build import build_dataset


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = [
        f"{('she', 'he', 'nobody')[i % 3]} was {'rude' if i % 2 else 'kind'},{i % 2}"
        for i in range(120)
    ]
    (folder / "rows.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    build_dataset([folder / "rows.csv"], folder / "cf", label_column="label")
    return folder / "cf"


@pytest.fixture(scope="module")
def baseline(data: Path) -> Path:
    path = data.parent / "baseline.keras"
    assert run(["remediate", "baseline", "--data", str(data), "--output", str(path)]) == 0
    return path


def arguments(baseline: Path | str, data: Path, output: Path, *more: str) -> list[str]:
    common = ["--baseline", str(baseline), "--data", str(data), "--output", str(output)]
    return ["remediate", "train", *common, "--epochs", "1", *more]


def test_train_prints_a_table_and_what_to_run_next(
    baseline: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(arguments(baseline, data, tmp_path / "clp")) == 0
    shown = capsys.readouterr()
    assert "flip rate" in shown.out
    assert f"Next: evenhand evaluate flip-rate --model {tmp_path}/clp/model.keras" in shown.out
    assert "epoch 1 of 1" in shown.err
    assert "pair loss" in shown.err
    assert {path.name for path in (tmp_path / "clp").iterdir()} == {
        ".evenhand.json", "model.keras", "history.json", "train.json",
    }  # fmt: skip


def test_with_json_stdout_is_one_document(
    baseline: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(arguments(baseline, data, tmp_path / "clp", "--json")) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["model"] == str(tmp_path / "clp" / "model.keras")
    assert result["n_examples"] == 108
    assert {"accuracy", "auc", "flip_rate", "ctf_gap"} <= set(result["metrics"])


EXITING_LAYER = """
import sys
import keras

class ExitingLayer(keras.layers.Layer):
    @classmethod
    def from_config(cls, config):
        sys.exit(0)
"""


class Exiting:
    def __reduce__(self) -> tuple[Any, ...]:
        return sys.exit, (0,)


def test_errors_have_their_exit_codes_and_leave_nothing(
    baseline: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keras

    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "exits_on_import.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "exits_when_called.py").write_text("import sys\ndef model(*_):\n    sys.exit(0)\n")
    (tmp_path / "exits_in_a_layer.py").write_text(EXITING_LAYER)
    layered, pickled = tmp_path / "layered.keras", tmp_path / "pickled.pkl"
    layer = importlib.import_module("exits_in_a_layer").ExitingLayer()
    keras.Sequential([keras.layers.Input((), dtype="string"), layer]).save(layered)
    pickled.write_bytes(pickle.dumps(Exiting()))
    numbers, text = tmp_path / "numbers.keras", tmp_path / "text.keras"
    keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)]).save(numbers)
    text.write_text("not a model")
    existing = tmp_path / "existing"
    existing.mkdir()
    (existing / "train.json").write_text("{}")
    output = tmp_path / "out"
    cases = [
        (arguments(tmp_path / "absent.keras", data, output), 3, "no such model"),
        (arguments(text, data, output), 3, "cannot be read"),
        (arguments(numbers, data, output), 3, "does not take strings"),
        (arguments("no_module_here:model", data, output), 3, "cannot be imported"),
        (arguments("exits_on_import:model", data, output), 3, "(SystemExit: 0)"),
        (arguments("exits_when_called:model", data, output), 3, "(SystemExit: 0)"),
        (
            arguments(layered, data, output, "--custom-objects", "exits_in_a_layer"),
            3,
            "the model cannot be loaded (SystemExit: 0)",
        ),
        (
            arguments(pickled, data, output, "--allow-unsafe"),
            3,
            "the pickle cannot be read (SystemExit: 0)",
        ),
        (
            arguments(baseline, data, output, "--preprocess", "exits_when_called:model"),
            3,
            "the preprocessing fails (SystemExit: 0)",
        ),
        (arguments(baseline, tmp_path / "absent", output), 3, "manifest cannot be read"),
        (arguments(baseline, data, existing), 2, "left alone"),
        (arguments(baseline, data, output, "--loss", "l7"), 2, "l7"),
        (arguments(baseline, data, output, "--validation-split", "1"), 2, "--validation-split"),
        (arguments(baseline, data, output, "--loss", "cosine", "--pair-on", "logits"), 2, "cosine"),
        (["remediate", "baseline", "--data", str(data), "--output", str(baseline)], 2, "exists"),
        (["remediate", "baseline", "--data", str(data), "--output", "b.txt"], 2, ".keras"),
    ]
    for command, code, message in cases:
        capsys.readouterr()
        assert run(command) == code, command
        error = capsys.readouterr().err
        assert message in error, command
        assert "Traceback" not in error
    assert not output.exists()
    assert (existing / "train.json").read_text() == "{}"


def test_a_gpu_that_is_not_there(
    baseline: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    assert run(arguments(baseline, data, tmp_path / "out", "--device", "gpu")) == 4
    assert "TensorFlow sees no GPU" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_says_where_the_best_model_is(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    command = [*arguments(baseline, data, tmp_path / "out")[:-1], "100000"]
    with subprocess.Popen(
        [sys.executable, "-c", "from evenhand.cli.start import main; main()", *command],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if line.startswith("epoch 3 "):
                    break
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Interrupted" in error
    assert "Traceback" not in error
    best = tmp_path / "out.checkpoint" / "model.keras"
    assert f"): {best}\nTo go on: the same command with --resume" in error
    assert best.is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["out.checkpoint"]


def test_sweep_prints_a_table_and_why_it_picked(
    baseline: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "sweep"
    common = ["--baseline", str(baseline), "--data", str(data), "--output", str(output)]
    weights = ["--loss-weight", "1", "--loss-weight", "2", "--loss", "mse", "--epochs", "1"]
    capsys.readouterr()
    assert run(["remediate", "sweep", *common, *weights]) == 0
    shown = capsys.readouterr().out
    assert shown.count("mse") == 3  # a row each, and the picked one's name
    assert "Pareto front" in shown
    assert "Picked mse × " in shown
    assert {path.name for path in output.iterdir()} == {
        ".evenhand.json", "model.keras", "sweep.json", "trade-off.svg",
    }  # fmt: skip
    assert run(["remediate", "sweep", *common, "--loss", "l7"]) == 2
    capsys.readouterr()
    assert run(["remediate", "sweep", *common, *weights, "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == str(output / "model.keras")
