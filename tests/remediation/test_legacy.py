"""CLP training of Keras 2 models, in processes of their own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.data.build import build_dataset
from evenhand.data.errors import ConfigurationError


@pytest.mark.slow
def test_keras_2_models_are_trained_by_tfmr_and_saved_as_they_were(tmp_path: Path) -> None:
    rng = random.Random(3)
    rows = []
    for _ in range(400):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "somebody"), (6, 0, 4) if bad else (0, 3, 7))[0]
        word = rng.choice(("rude", "odd") if bad else ("kind", "odd"))
        rows.append((f"{who} was {word} {rng.choice(('today', 'again'))}", int(bad)))
    lines = ["text,label", *(f"{text},{label}" for text, label in rows)]
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    build_dataset([tmp_path / "rows.csv"], tmp_path / "data", label_column="label")
    (tmp_path / "fit.json").write_text(json.dumps(list(zip(*rows, strict=True))))
    script = Path(__file__).with_name("legacy_training.py")
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=400
    )
    assert run.returncode == 0, run.stderr[-3000:]
    for line in (
        "as TFMR",
        "as plain training",
        "in training mode",
        "saved as model.keras",
        "saved as model.h5",
        "saved as model\n",
        "can be scored but not trained",
    ):
        assert line in run.stdout
    command = [
        *(sys.executable, "-c", "from evenhand.cli.main import main; main()"),
        *("remediate", "train", "--baseline", str(tmp_path / "old.h5")),
        *("--data", str(tmp_path / "data"), "--output", str(tmp_path / "clp"), "--json"),
        *("--epochs", "1"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == str(tmp_path / "clp" / "model.h5")
    refused = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=200)
    assert refused.returncode == 2 and "--resume" in refused.stderr


def test_a_process_with_keras_3_cannot_train_them(tmp_path: Path) -> None:
    import keras  # noqa: F401, as a caller may have done

    from evenhand.remediation.legacy import counterfactual_model

    with pytest.raises(ConfigurationError, match="loaded TensorFlow with Keras 3"):
        counterfactual_model(None)
