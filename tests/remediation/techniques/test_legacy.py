"""CLP training of Keras 2 models, in processes of their own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.errors import ConfigurationError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("legacy")
    rng = random.Random(3)
    rows = []
    for _ in range(400):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "somebody"), (6, 0, 4) if bad else (0, 3, 7))[0]
        word = rng.choice(("rude", "odd") if bad else ("kind", "odd"))
        rows.append((f"{who} was {word} {rng.choice(('today', 'again'))}", int(bad)))
    lines = ["text,label", *(f"{text},{label}" for text, label in rows)]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    build_dataset([folder / "rows.csv"], folder / "data", label_column="label", method="ablate")
    (folder / "fit.json").write_text(json.dumps(list(zip(*rows, strict=True))))
    return folder


SCRIPTS = ("training", "fine_tuning", "long_runs", "pairs")


@pytest.fixture(scope="module")
def ran(folder: Path) -> Path:
    """Run all scripts, one after another, and return the folder that says what they printed."""
    command = [sys.executable, str(Path(__file__).with_name("legacy_scripts.py")), str(folder)]
    names = [f"legacy_{name}.py" for name in SCRIPTS]
    subprocess.run([*command, *names], check=True, capture_output=True, timeout=500)
    return folder


def printed_by(name: str, ran: Path) -> list[str]:
    code, printed, errors = json.loads((ran / f"legacy_{name}.py.json").read_text())
    assert code == 0, errors[-3000:]
    return printed.splitlines()  # type: ignore[no-any-return]


@pytest.mark.slow
def test_keras_2_models_are_trained_by_tfmr_and_saved_as_they_were(ran: Path) -> None:
    said = printed_by("training", ran)
    assert said[:-4] == [
        "as TFMR",
        "as plain training",
        "in training mode",
        "saved as model.keras",
        "saved as model.h5",
        "saved as model",
        "one head of two, behind a function",
    ]
    assert "can be scored but not trained" in said[-4]
    command = [
        *(sys.executable, "-c", "from evenhand.cli.main import main; main()"),
        *("remediate", "train", "--baseline", str(ran / "old.h5")),
        *("--data", str(ran / "data"), "--output", str(ran / "clp"), "--json"),
        *("--epochs", "1"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == str(ran / "clp" / "model.h5")


@pytest.mark.slow
def test_they_are_fine_tuned_as_they_were_trained(ran: Path) -> None:
    assert printed_by("fine_tuning", ran) == [
        "as plain training, with a head that is held",
        "the control of a training",
    ]


@pytest.mark.slow
def test_their_long_runs_are_those_of_keras_3(ran: Path) -> None:
    assert printed_by("long_runs", ran) == ["resumed", "stopped early", "refused"]


@pytest.mark.slow
def test_their_pairs_are_compared_without_chance_and_by_one_label(ran: Path) -> None:
    said = printed_by("pairs", ran)
    assert said[:3] == [
        "the same text has no pair loss",
        "one label of several is paired, in inference mode",
        "it counts fully",
    ]
    assert "random even in inference" in said[3]


def test_a_process_with_keras_3_cannot_train_them(tmp_path: Path) -> None:
    import keras  # noqa: F401, as a caller may have done

    from evenhand.remediation.wrappers.clp_keras_2 import counterfactual_model

    with pytest.raises(ConfigurationError, match="loaded TensorFlow with Keras 3"):
        counterfactual_model(None)
