"""What libraries remark on stderr reaches nobody unasked; their errors do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import evenhand

from evenhand.data import build_dataset

TALKATIVE = """
import logging, warnings

def change(texts):
    warnings.warn("a warning")
    logging.getLogger("tensorflow").warning("a logged warning")
    logging.getLogger("tensorflow").error("a logged error")
    return [text.upper() for text in texts]
"""


@pytest.mark.parametrize("debug", [False, True])
def test_remarks_of_libraries_are_shown_when_asked_for_and_errors_always(
    project: Path, debug: bool
) -> None:
    (project / "talkative.py").write_text(TALKATIVE)
    arguments = ["data", "build", "rows.csv", "--output", "cf", "--method", "talkative:change"]
    ended = evenhand(*["--debug"] * debug, *arguments, cwd=project)
    assert ended.returncode == 0, ended.stderr
    assert "a logged error" in ended.stderr
    assert ("a logged warning" in ended.stderr) == debug
    assert ("UserWarning: a warning" in ended.stderr) == debug


NOTE = """
import logging
from evenhand.cli.terminal.remarks import hold_back_remarks

hold_back_remarks(debug=False)
logging.getLogger("evenhand").warning("it is asked again \x1b[31m")
logging.getLogger("another").warning("something else")
"""


def test_what_evenhand_itself_remarks_is_shown_as_a_note() -> None:
    ended = subprocess.run([sys.executable, "-c", NOTE], capture_output=True, text=True)
    assert ended.stderr == "Note: it is asked again \\x1b[31m\n"


MODELS = """
import keras, tensorflow as tf

baseline = keras.models.load_model("baseline.keras")
baseline.export("saved")
features = keras.Input((8,))
dense = keras.Model(features, keras.layers.Dense(1, activation="sigmoid")(features))
with open("model.tflite", "wb") as file:
    file.write(tf.lite.TFLiteConverter.from_keras_model(dense).convert())

import tf_keras

older = tf_keras.Sequential([tf_keras.layers.Dense(1, activation="sigmoid", input_shape=(8,))])
older.compile("adam", "binary_crossentropy")
older.save("older.h5")
"""
LETTERS = """
import numpy as np

def letters(texts):
    rows = [[text.count(letter) for letter in "aeiours "] for text in texts]
    return np.array(rows, dtype=np.float32)
"""
COMMANDS = (
    "remediate baseline --data cf --output baseline.keras --epochs 1",
    "remediate train --baseline baseline.keras --data cf --output clp --epochs 1",
    "remediate train --baseline older.h5 --preprocess features:letters --data cf --output older"
    " --epochs 1",
    "remediate sweep --baseline baseline.keras --data cf --output sweep --epochs 1 --loss-weight 1",
    "evaluate flip-rate --model saved --compare-to baseline.keras --data cf --output saved-report",
    "evaluate flip-rate --model model.tflite --preprocess features:letters --data cf"
    " --output tflite-report",
)
FOREIGN = re.compile(
    r"^[IWEF]\d{4} |^\d{4}-\d\d-\d\d |\b(WARNING|INFO|ERROR)\b|\w+Warning\b|\.(py|cc):\d+"
    r"|absl|oneDNN|XNNPACK|XLA|[Cc]uda|rebuild TensorFlow|retracing"
)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_no_command_shows_what_tensorflow_remarks(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "features.py").write_text(LETTERS)
    rows, options = project / "rows.csv", {"label_column": "toxic", "slice_columns": ["topic"]}
    build_dataset([rows], project / "cf", **options)
    for command in COMMANDS:
        ended = evenhand(*command.split(), cwd=project, without=["TF_CPP_MIN_LOG_LEVEL"])
        assert ended.returncode in (0, 1), ended.stderr  # 1: a training that is not worth it
        for line in ended.stderr.splitlines():
            assert not FOREIGN.search(line), f"{command}: {line}"
        if command == COMMANDS[0]:
            exec(MODELS, {})  # noqa: S102
