"""Run by test_legacy.py in a process of its own, in which `tf.keras` is Keras 2.

`python legacy_long_runs.py FOLDER`, where FOLDER/data is a dataset; prints a line for each check.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from legacy_models import keras, text_model

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import TrainingInterrupted, train

folder = Path(sys.argv[1])


def weights_of(result: Any) -> Any:
    return keras.models.load_model(result.model).get_weights()


def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
    if stage.startswith("epoch 3 ") and done >= 2:
        raise KeyboardInterrupt


options: dict[str, Any] = {"epochs": 4, "learning_rate": 0.05, "batch_size": 64, "seed": 3}
options |= {"max_auc_drop": 1.0, "max_accuracy_drop": 1.0, "max_positive_rate_change": 1.0}
text_model().save(folder / "old.h5")
arguments = folder / "old.h5", folder / "data"
log = folder / "log"
whole = train(*arguments, folder / "whole", tensorboard=log, **options)
try:
    train(*arguments, folder / "again", progress=interrupt, **options)
    raise AssertionError("not interrupted")
except TrainingInterrupted as interrupted:
    assert interrupted.model == folder / "again.checkpoint" / "model.h5", interrupted.model
    assert interrupted.epoch in (1, 2)
    assert keras.models.load_model(interrupted.model).count_params() == text_model().count_params()
resumed = train(*arguments, folder / "again", resume=True, **options)
for a, b in zip(*(result.history for result in (whole, resumed)), strict=True):
    np.testing.assert_allclose(list(a.values()), list(b.values()), rtol=0, atol=1e-5)
for a, b in zip(*map(weights_of, (whole, resumed)), strict=True):
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-5)
assert not (folder / "again.checkpoint").exists()
assert list(log.glob("events.*"))
sys.stdout.write("resumed\n")

stopped = train(
    *arguments,
    folder / "stopped",
    **{**options, "epochs": 30, "early_stopping": "ctf_gap", "patience": 1},
)
gaps = [record["val_ctf_gap"] for record in stopped.history]
assert stopped.kept_epoch == 1 + gaps.index(min(gaps)) == len(gaps) - 1, gaps
np.testing.assert_allclose(stopped.metrics["ctf_gap"], min(gaps), rtol=1e-6)
sys.stdout.write("stopped early\n")

for wrong, message in (
    ({"loss": "mse", "loss_weight": 1e39}, "the loss is "),
    ({"precision": "mixed_bfloat16"}, "`precision`"),
    ({"pairing": "aligned"}, "`pairing`"),
):
    try:
        train(*arguments, folder / "wrong", **{**options, **wrong})
        raise AssertionError(message)
    except (ConfigurationError, InputError) as error:
        assert message in str(error), error
    assert not list(folder.glob("wrong*"))
sys.stdout.write("refused\n")
