"""Fitting a model epoch by epoch: progress, validation, and a stop if the loss is not a number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from evenhand.data.errors import EvenhandError, InputError
from evenhand.data.progress import Progress
from evenhand.data.support.memory import OutOfMemoryError, tells_of_no_memory
from evenhand.remediation.batches.pipeline import Batches
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.runtime.tensorflow import keras_package

_NOTED = ("loss", "task_loss", "pair_loss", "min_diff_loss", "accuracy")
_SHOWN = ("accuracy", "auc", "agreement", "positive_rate", "flip_rate", "ctf_gap")


def fit(
    model: Any,
    batches: Batches,
    *,
    epochs: int,
    validate: Callable[[], Metrics],
    progress: Progress,
    history: list[Metrics] | None = None,
    before_epoch: Callable[[int], None] = lambda epoch: None,
    after_epoch: Callable[[list[Metrics]], bool] = lambda history: False,
    when_lost: str = "a lower `learning_rate`",
) -> list[Metrics]:
    """Fit a compiled model and return its history, a record for each epoch.

    Args:
        model: The compiled model, of either Keras, made in the scope of the strategy that it trains
            under.
        batches: What to train on, in as many parts as the strategy has replicas.
        epochs: Number of passes over the examples.
        validate: Called after each epoch; its metrics are added to the record as ``val_...``.
        progress: Called after every step, with stage ``"epoch i of n"`` and the running losses.
        history: The records of epochs that are already done, which `batches` skips. This fit adds
            its own. None if there are none.
        before_epoch: Called with the number of each epoch, from 0, before its first step.
        after_epoch: Called with the history after each epoch; it returns whether to stop.
        when_lost: What to do when the loss is no longer a number, for the error.

    Raises:
        LostLossError: The loss is no longer a number.
        OutOfMemoryError: A batch does not fit into memory.
    """
    if batches.replicas > 1:
        data = model.distribute_strategy.distribute_datasets_from_function(
            lambda context: batches.dataset(context.input_pipeline_id, context.num_input_pipelines)
        )
    else:
        data = batches.dataset()
    history = [] if history is None else history
    watcher = _Watcher(
        history, epochs, batches.steps, validate, progress, before_epoch, after_epoch, when_lost
    )
    try:
        model.fit(
            data,
            epochs=epochs,
            initial_epoch=len(history),
            steps_per_epoch=batches.steps,
            shuffle=False,
            verbose=0,
            callbacks=[watcher.callback_for(model)],
        )
    except Exception as error:
        if isinstance(error, EvenhandError) or not tells_of_no_memory(error):
            raise
        raise OutOfMemoryError(
            f"epoch {len(history) + 1}, {batches.batch_size} examples at once"
        ) from error
    return history


class LostLossError(InputError):
    """The loss is no longer a number, so the training cannot go on."""


class _Watcher:
    def __init__(
        self,
        history: list[Metrics],
        epochs: int,
        steps: int,
        validate: Callable[[], Metrics],
        progress: Progress,
        before_epoch: Callable[[int], None],
        after_epoch: Callable[[list[Metrics]], bool],
        when_lost: str,
    ) -> None:
        self._history, self._epochs, self._steps = history, epochs, steps
        self._validate, self._progress = validate, progress
        self._before_epoch, self._after_epoch = before_epoch, after_epoch
        self._when_lost = when_lost

    def callback_for(self, model: Any) -> Any:
        """Return the watcher as a callback of the model's own Keras."""
        keras = keras_package(generation_of(model) or 3)
        watcher = self

        class Callback(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
            def on_epoch_begin(self, epoch: int, logs: Metrics | None = None) -> None:
                watcher._before_epoch(epoch)

            def on_train_batch_end(self, batch: int, logs: Metrics | None = None) -> None:
                watcher.after_step(batch, logs or {})

            def on_epoch_end(self, epoch: int, logs: Metrics | None = None) -> None:
                self.model.stop_training = watcher.after_epoch(epoch, logs or {})

        return Callback()

    def after_step(self, batch: int, logs: Metrics) -> None:
        """Raise LostLossError if the loss is not a number; otherwise report."""
        epoch = len(self._history) + 1
        if not math.isfinite(logs["loss"]):
            raise LostLossError(
                f"the loss is {logs['loss']:g}",
                where=f"epoch {epoch}, step {batch + 1} of {self._steps}",
                expected="a finite number",
                remedy=self._when_lost,
            )
        if batch + 1 < self._steps:  # the last step is reported together with the validation
            self._progress(f"epoch {epoch} of {self._epochs}", batch + 1, self._steps, _note(logs))

    def after_epoch(self, epoch: int, logs: Metrics) -> bool:
        """Validate, record and report an epoch; return whether to stop."""
        validation = {f"val_{name}": value for name, value in self._validate().items()}
        record = {**{k: float(v) for k, v in logs.items()}, **validation}
        self._history.append(record)
        stage = f"epoch {epoch + 1} of {self._epochs}"
        self._progress(stage, self._steps, self._steps, _note(record))
        return self._after_epoch(self._history)


def _note(logs: Metrics) -> str:
    losses = {name: logs[name] for name in _NOTED if name in logs}
    validation = {f"val_{name}": logs[f"val_{name}"] for name in _SHOWN if f"val_{name}" in logs}
    return _in_a_line({**losses, **validation})


def shown_metrics(metrics: Metrics) -> str:
    """Return the most important validation metrics in one line."""
    return _in_a_line({name: metrics[name] for name in _SHOWN if name in metrics})


def _in_a_line(metrics: Metrics) -> str:
    return "  ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in metrics.items())
