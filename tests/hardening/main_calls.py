"""The library's main calls in one process, and what they leave changed in it, as a line of JSON.

It is run in an empty folder, which is not on the Python path.
"""

from __future__ import annotations

import csv
import itertools
import json
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

OF_TEXTS = """
from pathlib import Path

streams = []  # where the standard streams lead, each time that code of the user's runs

def note():
    streams.append([str(Path(f"/proc/self/fd/{number}").readlink()) for number in range(3)])

def change(texts):
    note()
    return [text.replace("she", "he") for text in texts]

def score(texts):
    note()
    return [0.9 if "awful" in text else 0.2 for text in texts]

note()
"""
OF_MODELS = """
import keras
import numpy as np
from of_texts import note

def letters(texts):
    note()
    return np.array([[text.count(letter) for letter in "aefhsw"] for text in texts], np.float32)

class Halved(keras.layers.Layer):
    def call(self, inputs):
        note()
        return inputs / 2

    def get_config(self):
        note()
        return super().get_config()

    @classmethod
    def from_config(cls, config):
        note()
        return cls(**config)

def model():
    note()
    return keras.Sequential(
        [keras.layers.Input((6,)), Halved(), keras.layers.Dense(1, activation="sigmoid")]
    )
"""


def state() -> dict[str, Any]:
    """Return what a process shares with all code in it."""

    mask = os.umask(0)
    os.umask(mask)
    return {
        "umask": mask,
        "working folder": str(Path.cwd()),
        "sys.path": list(sys.path),
        "environment": dict(os.environ),
        "signals": {each.name: repr(signal.getsignal(each)) for each in signal.Signals},
        "streams": [str(Path(f"/proc/self/fd/{number}").readlink()) for number in range(3)],
        "objects": [repr(getattr(sys, f"std{name}")) for name in ("in", "out", "err")],
        "hooks": [repr(sys.excepthook), repr(sys.unraisablehook), repr(warnings.showwarning)],
        "logging": [
            (logger.name, logger.level, [repr(handler) for handler in logger.handlers])
            for logger in (logging.getLogger(), logging.getLogger("evenhand"))
        ],
        "log level of TensorFlow": logging.getLogger("tensorflow").level,
        "warnings": [repr(each) for each in warnings.filters],
    }


def random_numbers() -> list[float]:
    """Return the random numbers that would come next, without taking them."""
    import numpy as np

    kept, numpy_kept = random.getstate(), np.random.get_state()
    numbers = [random.random(), float(np.random.random_sample())]
    random.setstate(kept)
    np.random.set_state(numpy_kept)
    return numbers


def calls(folder: Path) -> dict[str, Callable[[], Any]]:
    from evenhand.data import build_dataset, make_pairs
    from evenhand.evaluation import assert_no_flips, evaluate_flip_rate
    from evenhand.remediation import ModelOptions, load_classifier, train

    (folder / "of_texts.py").write_text(OF_TEXTS)
    (folder / "of_models.py").write_text(OF_MODELS)
    with (folder / "rows.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for n, who, how in itertools.product(range(40), ("she", "it"), ("awful", "fine")):
            rows.writerow([f"{who} is {how} {n}", int(how == "awful")])
    texts = ["she is fine", "it is awful"]
    named = {"preprocess": "of_models:letters", "custom_objects": "of_models"}
    options = ModelOptions(**named)
    return {
        "make_pairs": lambda: list(make_pairs(texts, terms=["gender"], method="of_texts:change")),
        "build_dataset": lambda: build_dataset(
            [folder / "rows.csv"], folder / "cf", text_column="text", label_column="label",
            method="of_texts:change", workers=2,
        ),
        "load_classifier": lambda: load_classifier("of_texts:score").score(texts),
        "assert_no_flips": lambda: assert_no_flips("of_texts:score", texts),
        "train": lambda: train(
            "of_models:model", folder / "cf", folder / "clp", epochs=1, **named,
        ),
        "load a model file": lambda: load_classifier(folder / "clp" / "model.keras", options),
        "evaluate_flip_rate": lambda: evaluate_flip_rate(
            folder / "cf", folder / "clp" / "model.keras", compare_to="of_texts:score",
            output=folder / "report", options=options,
        ),
    }  # fmt: skip


def main() -> None:
    folder = Path.cwd()
    sys.path[:] = [place for place in sys.path if place not in ("", str(folder))]
    before = state()
    changed: dict[str, list[str]] = {}
    for name, call in calls(folder).items():
        numbers = random_numbers()
        call()
        if name == "train" and random_numbers() != numbers:
            changed["random numbers"] = [name]
        now = state()
        for what, was in before.items():
            if now[what] != was:
                changed.setdefault(what, []).append(name)
    streams = sys.modules["of_texts"].streams
    environment = before["environment"].items() ^ now["environment"].items()
    kept = [each for each in now["warnings"] if each in before["warnings"]]
    found = {
        "changed": changed,
        "environment": sorted({name for name, _ in environment}),
        "new warnings": [each for each in now["warnings"] if each not in before["warnings"]],
        "warnings kept": kept == before["warnings"],
        "streams in the user's code": [list(each) for each in {tuple(each) for each in streams}],
        "streams": before["streams"],
        "times that the user's code ran": len(streams),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
