"""Several CLP trainings with different pair losses, and the choice of one of them.

Every combination is trained on the same examples and measured on the same validation pairs. The
rule of `evenhand.remediation.judging.trade_off` picks one, which is saved as a training's model
would be.
"""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, EvenhandError
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.storage.files import digest_of
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.remediation.judging.trade_off import Metrics, TradeOff, pareto_front, task_metric
from evenhand.remediation.judging.warning_signs import doubts_of_choice, signs_of_destruction
from evenhand.remediation.literals import Loss, Pairing
from evenhand.remediation.models.references import file_of, keras_to_train, name_of
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.runtime.tensorflow import KerasGeneration, versions
from evenhand.remediation.training.checkpoints import (
    RUN_NAME,
    Checkpoint,
    checkpoint_path,
    subfolders,
)
from evenhand.remediation.training.examples_and_pairs import Sources, locations
from evenhand.remediation.training.fit_options import SweepOptions, TrainingOptions, TrialOptions
from evenhand.remediation.training.fitting import LostLossError
from evenhand.remediation.training.output_folder import (
    HISTORY_NAME,
    inputs_record,
    saved_name,
    write_record,
)
from evenhand.remediation.training.output_folder import RECORD_NAME as TRAINING_RECORD
from evenhand.remediation.training.supervision import validation_of
from evenhand.remediation.training.sweep_chart import draw_trade_off
from evenhand.remediation.training.trainer import train

RECORD_NAME = "sweep.json"
CHART_NAME = "trade-off.svg"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Attributes:
        loss: Its pair loss.
        loss_weight: The pair loss's factor.
        pairing: How batches get their pairs.
        kept_epoch: The epoch that its model is from; 0 if no epoch keeps the limits.
        metrics: The validation metrics of that epoch, or of the one that comes closest to the
            limits.
        on_front: Whether no other trial has a flip rate as low and a task metric as high.
        warnings: What the metrics warn of, sentences without their full stops.
    """

    loss: Loss
    loss_weight: float
    pairing: Pairing
    kept_epoch: int
    metrics: Metrics
    on_front: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to.

    Attributes:
        model: The picked trial's model, saved; the baseline's if none is picked.
        chart: A picture of the trade-off, SVG.
        trials: All trials, in the order of their training.
        picked: Index of the picked one; None if no trial keeps the limits.
        reason: Why it was picked, a sentence without its full stop.
        failed: The trials whose loss did not stay a number, and where they lost it.
        baseline_metrics: The baseline's validation metrics.
        controls: The validation metrics of what one could have had without CLP; see
            `evenhand.remediation.TrainingResult`.
        warnings: What the baseline's metrics warn of, sentences without their full stops.
        notes: How models are trained otherwise than their own training would do, sentences.
        outputs: What the model's outputs are taken to be, in words.
    """

    model: Path
    chart: Path
    trials: tuple[Trial, ...]
    picked: int | None
    reason: str
    failed: tuple[str, ...]
    baseline_metrics: Metrics
    controls: dict[str, Metrics]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    outputs: str

    @property
    def limits_kept(self) -> bool:
        """Whether a trial keeps the limits."""
        return self.picked is not None

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


@takes(SweepOptions)
def sweep(
    baseline: str | Path,
    data: str | Path | CounterfactualDataset,
    output: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> SweepResult:
    """Train every combination of losses, weights and pairings, and keep the best model.

    It is the best by the rule of `evenhand.remediation.judging.trade_off`. If no trial keeps the
    limits, the baseline is kept, and the result says so.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`.
        data: A counterfactual dataset with labels, or its folder.
        output: Folder to make: ``model.keras``, ``sweep.json`` and ``trade-off.svg``.
        resume: Go on with a sweep of this output that did not end, if there is one.
        overwrite: Replace an earlier sweep's folder, and discard an unfinished one unless `resume`.
        progress: Told of the trials and of every step.
        **options: See `evenhand.remediation.training.fit_options.SweepOptions`. The limits are
            those of every trial, and of the trial to pick, too.

    Raises:
        ConfigurationError: An argument is out of range, the output exists, an unfinished sweep is
            there that is another one or not to be gone on with, or TF_CONFIG names several workers.
        InputError: The model or the dataset cannot be used, or no trial's loss stays a number.
        UnavailableError: ``device="gpu"`` where there is none.
        SweepInterrupted: Ctrl-C; what is done is kept for `resume`.
    """
    if Worker.here().workers > 1:
        raise ConfigurationError(
            "a sweep trains in one process, and TF_CONFIG names several workers",
            where="TF_CONFIG",
            remedy="unset it, or train with one loss and weight by remediate train",
        )
    given = SweepOptions(**options)
    check_apart(
        {"--baseline": baseline, **locations(data, given)},
        {"--output": [output, checkpoint_path(output)]},
    )
    rule = replace(given.trade_off, measure="flip_rate")
    grid = _grid(given, keras_to_train(baseline))
    check_destination(output, kind="sweep", overwrite=overwrite)
    sources = Sources.opened(data, given, given)
    if not sources.can_compare:
        raise ConfigurationError(
            "there is nothing to compare the trials by",
            where="--validation-split",
            expected="examples and pairs that weigh something in the validation split",
        )
    common = given.chosen_for(TrialOptions).as_keywords()
    run = {
        **inputs_record(
            name_of(baseline),
            _digest(baseline),
            sources.data,
            sources.pair_data,
            sources.validation_data,
        ),
        "options": common,
        "grid": [list(point) for point in grid],
    }
    work = Checkpoint.beside(output, run, resume=resume, overwrite=overwrite)
    work.start()
    work.hold(*(name for number in range(len(grid)) for name in subfolders(str(number))))
    try:
        records, failed = _train_all(grid, baseline, sources, common, work.path, progress)
    except EvenhandError:
        if not any(list(work.path.glob(f"*/{name}")) for name in (TRAINING_RECORD, RUN_NAME)):
            work.discard()
        raise
    result = _result(Path(output) / saved_name(baseline), records, failed, rule)
    task = task_metric(result.baseline_metrics)
    floor = result.baseline_metrics[task] - rule.allowed_drop(result.baseline_metrics)
    with new_folder(output, kind="sweep", overwrite=overwrite) as folder:
        name = result.model.name
        # Of those that keep no limit, each has the baseline's model.
        trial = list(records)[result.picked or 0]
        picked = work.path / str(grid.index(trial)) / name
        if picked.is_dir():
            shutil.copytree(picked, folder / name)
        else:
            shutil.copyfile(picked, folder / name)
        draw_trade_off(
            folder / CHART_NAME,
            [
                (_name(point), trial.metrics)
                for point, trial in zip(records, result.trials, strict=True)
            ],
            front=[trial.on_front for trial in result.trials],
            picked=result.picked,
            baseline=result.baseline_metrics,
            floor=floor,
        )
        document = {
            "schema_version": SCHEMA_VERSION,
            **run,
            "trials": [asdict(trial) for trial in result.trials],
            "picked": result.picked,
            "reason": result.reason,
            "failed": result.failed,
            "baseline_metrics": result.baseline_metrics,
            "controls": result.controls,
            "limits_kept": result.limits_kept,
            "warnings": result.warnings,
            "notes": result.notes,
            "outputs": result.outputs,
            "versions": versions("tf-keras" if keras_to_train(baseline) == 2 else "keras"),
        }
        write_record(folder / RECORD_NAME, document)
    work.discard()
    return result


_Point = tuple[Loss, float, Pairing]


def _grid(options: SweepOptions, generation: KerasGeneration) -> list[_Point]:
    pairings = [TrainingOptions(pairing=each).pairing_with(generation) for each in options.pairings]
    points = itertools.product(options.losses, options.loss_weights, pairings)
    grid = list(dict.fromkeys(points))  # a value given twice is no second trial
    if not grid:
        raise ConfigurationError(
            "there is nothing to try", expected="a loss, a loss weight and a pairing at least"
        )
    return grid


def _digest(baseline: str | Path) -> str | None:
    path = file_of(baseline)
    return None if path is None else digest_of(path)


def _train_all(
    grid: list[_Point],
    baseline: str | Path,
    sources: Sources,
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
                    sources.data,
                    folder,
                    pairs=sources.pair_data,
                    validation_data=sources.validation_data,
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
        record, history = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in (TRAINING_RECORD, HISTORY_NAME)
        )
        records[grid[number]] = {**record, "history": history}
        progress("trials", number + 1, len(grid))
    return records, tuple(failed)


def _result(
    model: Path, records: dict[_Point, dict[str, Any]], failed: tuple[str, ...], rule: TradeOff
) -> SweepResult:
    first = next(iter(records.values()))
    baseline_metrics: Metrics = first["baseline_metrics"]
    metrics = [_told(record, rule) for record in records.values()]
    task = task_metric(baseline_metrics)
    front = pareto_front([(m[rule.measure], m[task]) for m in metrics])
    trials = tuple(
        Trial(
            *point,
            record["kept_epoch"],
            told,
            on_front,
            tuple(signs_of_destruction(told, baseline_metrics)),
        )
        for (point, record), told, on_front in zip(records.items(), metrics, front, strict=True)
    )
    return SweepResult(
        model=model,
        chart=model.with_name(CHART_NAME),
        trials=trials,
        picked=rule.best(metrics, baseline_metrics),
        reason=rule.reason(metrics, baseline_metrics, [_name(point) for point in records]),
        failed=failed,
        baseline_metrics=baseline_metrics,
        controls=first["controls"],
        warnings=tuple(doubts_of_choice(baseline_metrics)),
        notes=tuple(first["notes"]),
        outputs=first["outputs"],
    )


def _told(record: dict[str, Any], rule: TradeOff) -> Metrics:
    """Return the metrics of a trial's kept epoch, or of the one closest to the limits."""
    if record["kept_epoch"]:
        metrics: Metrics = record["metrics"]
        return metrics
    epochs = [validation_of(each) for each in record["history"]]
    return epochs[rule.closest(epochs, record["baseline_metrics"])]


def _name(point: _Point) -> str:
    loss, loss_weight, pairing = point
    return f"{loss} × {loss_weight:g}{'' if pairing == 'aligned' else f', {pairing}'}"


def _named(progress: Progress, name: str) -> Progress:
    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(name, done, total, f"{stage}  {note}")

    return report
