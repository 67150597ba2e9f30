"""What a long training needs between epochs: checkpoints, the best so far, and when to stop."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.checkpoints import Checkpoint
from evenhand.remediation.event_log import EventLog
from evenhand.remediation.trade_off import Metrics, TradeOff


class TrainingInterrupted(KeyboardInterrupt):
    """A training was interrupted after at least one epoch, and can be resumed.

    Attributes:
        model: The best model so far, saved.
        epoch: The epoch that it is from, counted from 1.
        metrics: Its validation metrics; empty if nothing was held out.
    """

    def __init__(self, model: Path, epoch: int, metrics: Metrics) -> None:
        self.model, self.epoch, self.metrics = model, epoch, metrics
        shown = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        of_epoch = f"epoch {epoch} ({shown})" if shown else f"epoch {epoch}"
        super().__init__(f"The best model so far is that of {of_epoch}: {model}")


@dataclass(frozen=True)
class Supervisor:
    """Watches over a training, epoch by epoch.

    Attributes:
        checkpoint: Where the training's state is kept.
        trade_off: What makes an epoch the best one.
        baseline_metrics: The baseline's validation metrics; empty if nothing is held out, and then
            the latest epoch is the best one.
        patience: Epochs without a new best one after which to stop; None goes through all, and
            keeps the last.
        log: Where to log each epoch, if anywhere.
    """

    checkpoint: Checkpoint
    trade_off: TradeOff
    baseline_metrics: Metrics
    patience: int | None = None
    log: EventLog | None = None

    def after_epoch(self, model: Any, history: list[Metrics]) -> bool:
        """Log and save an epoch's state; return whether to stop."""
        if self.log is not None:
            self.log.write(len(history), history[-1])
        best = self.best_epoch(history)
        if best == len(history):
            self.checkpoint.save_best(model, best)  # first: the state that needs it comes behind
        self.checkpoint.save(model, history)
        return self.is_over(history)

    def is_over(self, history: list[Metrics]) -> bool:
        """Return whether early stopping ends a training with this history."""
        waited = len(history) - self.best_epoch(history)
        return self.patience is not None and waited >= self.patience

    def best_epoch(self, history: list[Metrics]) -> int:
        """Return the number of the best epoch, from 1; 0 if there is none."""
        if not (self.baseline_metrics and history):
            return len(history)
        return 1 + self.trade_off.best([validation_of(m) for m in history], self.baseline_metrics)

    def keep(self, model: Any, history: list[Metrics]) -> int:
        """Leave the model with the weights to keep, and return the epoch that they are from."""
        if self.patience is None:
            return len(history)
        return self.checkpoint.restore_best(model)

    def interrupted(
        self, model: Any, history: list[Metrics], name: str, save: Callable[[Path], None]
    ) -> KeyboardInterrupt:
        """Save the best model so far, and return what to raise.

        Args:
            model: The model in training, whose weights change.
            history: The record of the epochs that it finished.
            name: Of the model's file or folder.
            save: Writes it.
        """
        epoch = self.checkpoint.restore_best(model)
        if not epoch:
            return KeyboardInterrupt()
        path = self.checkpoint.path / name
        unfinished = path.with_name(f"unfinished-{name}")  # Keras insists on a suffix
        save(unfinished)
        if path.is_dir():
            shutil.rmtree(path)
        unfinished.replace(path)
        metrics = validation_of(history[epoch - 1]) if epoch <= len(history) else {}
        return TrainingInterrupted(path, epoch, metrics)


def validation_of(record: Metrics) -> Metrics:
    """Return the validation metrics of an epoch's record."""
    return {
        name.removeprefix("val_"): value for name, value in record.items() if name[:4] == "val_"
    }


def check_early_stopping(trade_off: TradeOff, patience: int | None, metrics: Metrics) -> None:
    """Raise ConfigurationError if early stopping is wanted and there is nothing to decide it by."""
    if patience is None:
        return
    if patience < 1:
        raise ConfigurationError(
            f"--patience is {patience}", where="--patience", expected="1 or more epochs"
        )
    if trade_off.measure not in metrics:
        raise ConfigurationError(
            "there is nothing to decide by when to stop early",
            where="--early-stopping",
            expected="examples and pairs that weigh something in the validation split",
            remedy="a larger --validation-split, or training without --early-stopping",
        )
