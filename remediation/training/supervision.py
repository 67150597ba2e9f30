"""What a long training needs between epochs: checkpoints, the best so far, and when to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.files import new_file
from evenhand.data.storage.folders import new_folder
from evenhand.remediation.judging.trade_off import Metrics, TradeOff
from evenhand.remediation.judging.warning_signs import doubts_of_choice, signs_of_destruction
from evenhand.remediation.tracking.event_log import EventLog
from evenhand.remediation.training.checkpoints import Checkpoint, Weights, set_weights
from evenhand.remediation.training.fitting import shown_metrics


class TrainingInterrupted(KeyboardInterrupt):
    """A training was interrupted after at least one epoch, and can be resumed.

    Attributes:
        model: The best model so far, saved; None if no epoch keeps the limits.
        epoch: The epoch that the model is from, counted from 1; 0 if there is none.
        metrics: The model's validation metrics; empty if nothing was held out.
    """

    def __init__(self, model: Path | None, epoch: int, metrics: Metrics) -> None:
        self.model, self.epoch, self.metrics = model, epoch, metrics
        shown = shown_metrics(metrics).replace("  ", ", ")
        of_epoch = f"epoch {epoch} ({shown})" if shown else f"epoch {epoch}"
        super().__init__(
            "No epoch so far keeps the limits, so the baseline is the best model."
            if model is None
            else f"The best model so far is that of {of_epoch}: {model}"
        )


@dataclass(frozen=True)
class Supervisor:
    """Watches over a training, epoch by epoch.

    Attributes:
        model: The model that is trained, without a wrapper that fits it.
        checkpoint: Where the training's state is kept.
        trade_off: The rule by which an epoch is the best one.
        baseline: The model's weights before the training.
        baseline_metrics: The baseline's validation metrics. Empty if nothing is held out; then the
            latest epoch is the best one.
        patience: Stop after this many epochs without a new best one; None goes through all.
        log: Where to log each epoch, if anywhere.
    """

    model: Any
    checkpoint: Checkpoint
    trade_off: TradeOff
    baseline: Weights
    baseline_metrics: Metrics
    patience: int | None = None
    log: EventLog | None = None

    def after_epoch(self, fitted: Any, history: list[Metrics]) -> bool:
        """Log and save an epoch's state; return whether to stop."""
        if self.log is not None:
            self.log.write(len(history), history[-1])
        contenders = self.contenders(history)
        if len(history) in contenders:
            self.checkpoint.save_weights(self.model, len(history))
        # Saved after the weights that the state needs, and before others are removed.
        self.checkpoint.save(fitted, history)
        self.checkpoint.keep_weights(contenders)
        return self.is_over(history)

    def is_over(self, history: list[Metrics]) -> bool:
        """Return whether early stopping ends a training with this history."""
        waited = len(history) - self.best_epoch(history)
        return self.patience is not None and waited >= self.patience

    def best_epoch(self, history: list[Metrics]) -> int:
        """Return the number of the best epoch, from 1; 0 if no epoch keeps the limits."""
        if not self.baseline_metrics:
            return len(history)
        best = self.trade_off.best([validation_of(m) for m in history], self.baseline_metrics)
        return 0 if best is None else 1 + best

    def contenders(self, history: list[Metrics]) -> list[int]:
        """Return the epochs that are, or may become, the best one."""
        if not self.baseline_metrics:
            return [len(history)]
        validated = [validation_of(m) for m in history]
        return [1 + i for i in self.trade_off.contenders(validated, self.baseline_metrics)]

    def keep_best(self, history: list[Metrics]) -> int:
        """Give the model the weights to keep, and return the epoch that they are from.

        Returns:
            The epoch; 0 for the baseline's weights, if no epoch keeps the limits.
        """
        epoch = self.best_epoch(history)
        if epoch:
            self.checkpoint.restore_weights(self.model, epoch)
        else:
            set_weights(self.model, self.baseline)
        return epoch

    def reason(self, history: list[Metrics]) -> str:
        """Return why this epoch is kept: a sentence without its full stop."""
        if not self.baseline_metrics:
            return "it is the last one, and nothing was checked: no examples were held out"
        names = [f"epoch {number}" for number, _ in enumerate(history, start=1)]
        validated = [validation_of(m) for m in history]
        return self.trade_off.reason(validated, self.baseline_metrics, names)

    def warnings(self, history: list[Metrics]) -> tuple[str, ...]:
        """Return what the metrics warn of: sentences without their full stops.

        If the baseline is kept, they are about the epoch that comes closest to the limits.
        """
        if not self.baseline_metrics:
            return ()
        validated = [validation_of(m) for m in history]
        best = self.trade_off.best(validated, self.baseline_metrics)
        if best is None:
            best = self.trade_off.closest(validated, self.baseline_metrics)
        return (
            *signs_of_destruction(validated[best], self.baseline_metrics),
            *doubts_of_choice(self.baseline_metrics),
        )

    def interrupted(
        self, history: list[Metrics], name: str, save: Callable[[Path], None]
    ) -> KeyboardInterrupt:
        """Save the best model so far, and return what to raise; the model then has those weights.

        Args:
            history: The records of the finished epochs.
            name: Name of the model's file or folder.
            save: Writes the model.
        """
        finished = history[: self.checkpoint.epochs]  # a finished epoch may not be saved yet
        if not finished:
            return KeyboardInterrupt()
        epoch = self.keep_best(finished)
        if not epoch:
            return TrainingInterrupted(None, 0, {})
        path = self.checkpoint.path / name
        if Path(name).suffix:
            self.checkpoint.hold(name)
            with new_file(path) as work:
                save(work)
        else:
            self.checkpoint.hold(f"{name}/")
            with new_folder(path, kind="model", overwrite=True) as work:
                save(work)
        return TrainingInterrupted(path, epoch, validation_of(finished[epoch - 1]))


def validation_of(record: Metrics) -> Metrics:
    """Return the validation metrics of an epoch's record."""
    return {
        name.removeprefix("val_"): value for name, value in record.items() if name[:4] == "val_"
    }


def check_early_stopping(trade_off: TradeOff, patience: int | None, metrics: Metrics) -> None:
    """Raise ConfigurationError if early stopping is wanted but its measure cannot be computed."""
    if patience is None:
        return
    if trade_off.measure not in metrics:
        raise ConfigurationError(
            "there is nothing to base early stopping on",
            where="`early_stopping`",
            expected="examples and pairs of weight above 0 in the validation split",
            remedy="a larger `validation_split`, or training without `early_stopping`",
        )
