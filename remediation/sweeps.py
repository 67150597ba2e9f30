"""Several CLP trainings with different pair losses, and the choice of one of them.

Every combination is trained on the same examples and measured on the same validation pairs. The
rule of `evenhand.remediation.trade_off` picks one, which is saved as a training's model would be.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, EvenhandError
from evenhand.data.files import check_destination, new_folder, write_text
from evenhand.data.progress import Progress, ignore_progress
from evenhand.remediation.checkpoints import Checkpoint
from evenhand.remediation.clp import Loss, PairOn
from evenhand.remediation.fitting import LostLossError
from evenhand.remediation.model_files import digest_of, inspect_model, is_attribute
from evenhand.remediation.pipeline import Pairing
from evenhand.remediation.sweep_chart import draw_trade_off
from evenhand.remediation.tensorflow_runtime import Device, Precision, versions
from evenhand.remediation.trade_off import (
    MAX_AUC_DROP,
    Measure,
    Metrics,
    TradeOff,
    pareto_front,
    task_metric,
)
from evenhand.remediation.training import train
from evenhand.remediation.training_data import DatasetBlocks
from evenhand.remediation.training_result import MARKER as TRAINING_MARKER
from evenhand.remediation.training_result import saved_name

MARKER = "sweep.json"
CHART_NAME = "trade-off.svg"
SCHEMA_VERSION = 1
LOSS_WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)  # even steps of the flip rate's logarithm, roughly


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Attributes:
        loss: Its pair loss.
        loss_weight: The pair loss's factor.
        pairing: How batches get their pairs.
        kept_epoch: The epoch that its model is from.
        metrics: Its validation metrics.
        on_front: Whether no other trial has a flip rate as low and a task metric as high.
    """

    loss: Loss
    loss_weight: float
    pairing: Pairing
    kept_epoch: int
    metrics: Metrics
    on_front: bool


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to.

    Attributes:
        model: The picked trial's model, saved.
        chart: A picture of the trade-off, SVG.
        trials: All trials, in the order of their training.
        picked: Index of the picked one.
        reason: Why it was picked, one sentence.
        failed: The trials whose loss did not stay a number, and where they lost it.
        baseline_metrics: The baseline's validation metrics.
    """

    model: Path
    chart: Path
    trials: tuple[Trial, ...]
    picked: int
    reason: str
    failed: tuple[str, ...]
    baseline_metrics: Metrics

    def as_document(self) -> dict[str, Any]:
        """Return the result as JSON takes it."""
        document = asdict(self)
        return {**document, "model": str(self.model), "chart": str(self.chart)}


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was interrupted, and can be resumed.

    Attributes:
        finished: Trials that are done.
        trials: Trials in all.
    """

    def __init__(self, finished: int, trials: int) -> None:
        self.finished, self.trials = finished, trials
        super().__init__(f"{finished} of {trials} trials are done.")


def sweep(
    baseline: str | Path,
    data: str | Path | CounterfactualDataset,
    output: str | Path,
    *,
    losses: Sequence[Loss] = ("absolute",),
    loss_weights: Sequence[float] = LOSS_WEIGHTS,
    pairings: Sequence[Pairing] = ("aligned",),
    max_auc_drop: float = MAX_AUC_DROP,
    pair_on: PairOn | None = None,
    random_words: int = 0,
    epochs: int = 6,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    validation_split: float = 0.1,
    device: Device = "auto",
    precision: Precision = "float32",
    seed: int = 0,
    custom_objects: str | None = None,
    allow_unsafe: bool = False,
    early_stopping: Measure | None = None,
    patience: int = 2,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> SweepResult:
    """Train every combination of losses, weights and pairings, and keep the best model.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`.
        data: A counterfactual dataset with labels, or its folder.
        output: Folder to make: ``model.keras``, ``sweep.json`` and ``trade-off.svg``.
        losses: Pair losses to try.
        loss_weights: Factors of the pair loss to try.
        pairings: Ways to bring pairs into batches to try.
        max_auc_drop: How far the AUC of the model to pick may be below the baseline's, both on the
            validation split.
        pair_on: As `train` takes it, with the following up to `patience`.
        random_words: Of each trial.
        epochs: Of each trial.
        batch_size: Of each trial.
        learning_rate: Of each trial.
        validation_split: Share of the examples held out, the same ones for every trial.
        device: Where to train.
        precision: What layers compute in.
        seed: Of every trial.
        custom_objects: Module that registers what the baseline is made of.
        allow_unsafe: Load a baseline that runs code of its own.
        early_stopping: Whether and by what to stop a trial early.
        patience: Epochs that a trial waits for a better one.
        resume: Go on with a sweep of this output that did not end, if there is one.
        overwrite: Replace an earlier sweep's folder, and discard an unfinished one unless `resume`.
        progress: Told of the trials and of every step.

    Raises:
        ConfigurationError: An argument is out of range, the output exists, or an unfinished sweep
            is there that is another one or not to be gone on with.
        InputError: The model or the dataset cannot be used, or no trial's loss stays a number.
        UnavailableError: ``device="gpu"`` where there is none.
        SweepInterrupted: Ctrl-C; what is done is kept for `resume`.
    """
    grid = _grid(losses, loss_weights, pairings)
    rule = TradeOff(max_auc_drop)
    check_destination(output, marker=MARKER, overwrite=overwrite)
    dataset = data if isinstance(data, CounterfactualDataset) else CounterfactualDataset.open(data)
    if not len(DatasetBlocks(dataset, validation_split, seed).held_out().example):
        raise ConfigurationError(
            "there is nothing to compare the trials by",
            where="--validation-split",
            expected="pairs in the validation split",
        )
    common = {
        "pair_on": pair_on,
        "random_words": random_words,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "validation_split": validation_split,
        "device": device,
        "precision": precision,
        "seed": seed,
        "custom_objects": custom_objects,
        "allow_unsafe": allow_unsafe,
        "early_stopping": early_stopping,
        "patience": patience,
        "max_auc_drop": max_auc_drop,
    }
    run = {
        "baseline": {"name": Path(baseline).name, "sha256": _digest(baseline)},
        "data": {"name": dataset.path.name, "sha256": dataset.sha256},
        "options": common,
        "grid": [list(point) for point in grid],
    }
    work = Checkpoint.beside(output, run, resume=resume, overwrite=overwrite)
    work.start()
    try:
        records, failed = _train_all(grid, baseline, dataset, common, work.path, progress)
    except EvenhandError:
        if not list(work.path.glob(f"*/{TRAINING_MARKER}")):
            work.discard()
        raise
    result = _result(Path(output) / saved_name(baseline), records, failed, rule)
    with new_folder(output, marker=MARKER, overwrite=overwrite) as folder:
        name = result.model.name
        picked = work.path / str(grid.index(list(records)[result.picked])) / name
        shutil.copyfile(picked, folder / name)
        draw_trade_off(
            folder / CHART_NAME,
            [(_name(point), record["metrics"]) for point, record in records.items()],
            front=[trial.on_front for trial in result.trials],
            picked=result.picked,
            baseline=result.baseline_metrics,
            floor=result.baseline_metrics[task_metric(result.baseline_metrics)] - max_auc_drop,
        )
        document = {
            "schema_version": SCHEMA_VERSION,
            **run,
            "trials": [asdict(trial) for trial in result.trials],
            "picked": result.picked,
            "reason": result.reason,
            "failed": result.failed,
            "baseline_metrics": result.baseline_metrics,
            "versions": versions(),
        }
        write_text(folder / MARKER, json.dumps(document, indent=2, allow_nan=False) + "\n")
    work.discard()
    return result


_Point = tuple[Loss, float, Pairing]


def _grid(
    losses: Sequence[Loss], loss_weights: Sequence[float], pairings: Sequence[Pairing]
) -> list[_Point]:
    points = itertools.product(losses, loss_weights, pairings)
    grid = list(dict.fromkeys(points))  # a value given twice is no second trial
    if not grid:
        raise ConfigurationError(
            "there is nothing to try", expected="a loss, a loss weight and a pairing at least"
        )
    return grid


def _digest(baseline: str | Path) -> str | None:
    if is_attribute(str(baseline)):
        return None
    return digest_of(inspect_model(Path(baseline)).path)


def _train_all(
    grid: list[_Point],
    baseline: str | Path,
    dataset: CounterfactualDataset,
    common: dict[str, Any],
    work: Path,
    progress: Progress,
) -> tuple[dict[_Point, dict[str, Any]], tuple[str, ...]]:
    """Train what is not trained yet, and return the trials' records, and which of them failed."""
    records: dict[_Point, dict[str, Any]] = {}
    failed: list[str] = []
    for number, (loss, loss_weight, pairing) in enumerate(grid):
        folder = work / str(number)
        name = f"trial {number + 1} of {len(grid)}: {_name(grid[number])}"
        if not folder.exists():
            try:
                train(
                    baseline,
                    dataset,
                    folder,
                    loss=loss,
                    loss_weight=loss_weight,
                    pairing=pairing,
                    resume=True,
                    progress=_named(progress, name),
                    **common,
                )
            except KeyboardInterrupt as interruption:
                raise SweepInterrupted(number, len(grid)) from interruption
            except LostLossError as error:
                if number + 1 == len(grid) and not records:
                    raise
                failed.append(f"{_name(grid[number])}: {error.what}, {error.where}")
                continue
        text = (folder / TRAINING_MARKER).read_text(encoding="utf-8")
        records[grid[number]] = json.loads(text)
        progress("trials", number + 1, len(grid))
    return records, tuple(failed)


def _result(
    model: Path, records: dict[_Point, dict[str, Any]], failed: tuple[str, ...], rule: TradeOff
) -> SweepResult:
    metrics: list[Metrics] = [record["metrics"] for record in records.values()]
    baseline_metrics: Metrics = next(iter(records.values()))["baseline_metrics"]
    task = task_metric(baseline_metrics)
    front = pareto_front([(m[rule.measure], m[task]) for m in metrics])
    trials = tuple(
        Trial(*point, record["kept_epoch"], record["metrics"], on_front)
        for (point, record), on_front in zip(records.items(), front, strict=True)
    )
    picked = rule.best(metrics, baseline_metrics)
    reason = rule.reason(metrics[picked], metrics, baseline_metrics)
    chart = model.with_name(CHART_NAME)
    return SweepResult(model, chart, trials, picked, reason, failed, baseline_metrics)


def _name(point: _Point) -> str:
    loss, loss_weight, pairing = point
    return f"{loss} × {loss_weight:g}{'' if pairing == 'aligned' else f', {pairing}'}"


def _named(progress: Progress, name: str) -> Progress:
    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(name, done, total, f"{stage}  {note}")

    return report
