"""Several trainings with different options of a technique, and the choice of one of them.

Every combination is trained on the same examples and measured on the same validation pairs. The
rule of `evenhand.remediation.judging.trade_off` picks one of the models, which is saved as `train`
would save it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, EvenhandError
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress, within
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import digest_of
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.remediation.judging.chosen_threshold import (
    ChosenThreshold,
    record_of,
    records_of,
    thresholds_of_result,
)
from evenhand.remediation.judging.trade_off import Metrics, TradeOff, pareto_front, task_metric
from evenhand.remediation.judging.warning_signs import doubts_of_choice, signs_of_destruction
from evenhand.remediation.models.references import file_of, keras_to_train, name_of
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.runtime.tensorflow import versions
from evenhand.remediation.techniques.technique import Technique
from evenhand.remediation.techniques.technique_options import techniques_to_try
from evenhand.remediation.training.checkpoints import (
    RUN_NAME,
    Checkpoint,
    checkpoint_path,
    subfolders,
)
from evenhand.remediation.training.examples_and_pairs import Sources, locations
from evenhand.remediation.training.fit_options import SweepOptions, TrainingOptions
from evenhand.remediation.training.fitting import LostLossError
from evenhand.remediation.training.output_folder import (
    HISTORY_NAME,
    copy_model,
    inputs_record,
    saved_name,
    write_record,
)
from evenhand.remediation.training.output_folder import RECORD_NAME as TRAINING_RECORD
from evenhand.remediation.training.supervision import validation_of
from evenhand.remediation.training.trade_off_chart import draw_trade_off
from evenhand.remediation.training.trainer import train

RECORD_NAME = "sweep.json"
CHART_NAME = "trade-off.svg"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    The options that it tries are also its attributes: ``trial.loss_weight``.

    Attributes:
        tried: Its values of the options that trials differ in, by name.
        kept_epoch: The epoch that its model is from; 0 if no epoch keeps the limits.
        metrics: The validation metrics of that epoch, or of the one that comes closest to the
            limits.
        on_front: Whether it is on the Pareto front: no trial is at least as good in flip rate and
            task metric, and better in one.
        warnings: What the metrics warn of: sentences without their full stops.
        name: Its name in tables and sentences.
    """

    tried: Mapping[str, Any]
    kept_epoch: int
    metrics: Metrics
    on_front: bool
    warnings: tuple[str, ...]
    name: str

    def __getattr__(self, name: str) -> Any:
        try:
            return vars(self)["tried"][name]
        except KeyError:
            raise AttributeError(f"a trial has no {name}") from None

    def as_document(self) -> dict[str, Any]:
        """Return the trial in a form that JSON takes, with the tried options at the top level."""
        document = asdict(self)
        return {**document.pop("tried"), **document}


@dataclass(frozen=True)
class SweepResult:
    """The result of a sweep.

    Attributes:
        technique: The name of the technique.
        model: The picked trial's model, saved; the baseline's if none is picked.
        chart: A picture of the trade-off, SVG.
        trials: All trials, in the order of their training.
        picked: Index of the picked one; None if no trial keeps the limits.
        reason: Why it was picked: a sentence without its full stop.
        failed: The trials whose loss was no longer a number, and where.
        baseline_metrics: The baseline's validation metrics.
        controls: The validation metrics of the controls; see `evenhand.remediation.TrainingResult`.
        warnings: What the baseline's metrics warn of: sentences without their full stops.
        notes: How the training differs from the model's own: sentences.
        outputs: How the model's outputs are read, in words.
        threshold: The threshold that the model decides at, of several labels the main one; None for
            0.5, which nobody chose.
        label_thresholds: The threshold of each of several labels, by its name; empty if nobody
            chose them.
    """

    technique: str
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
    threshold: ChosenThreshold | None = None
    label_thresholds: dict[str, ChosenThreshold] = field(default_factory=dict)

    @property
    def limits_kept(self) -> bool:
        """Whether a trial keeps the limits."""
        return self.picked is not None

    def as_document(self) -> dict[str, Any]:
        """Return the result in a form that JSON takes."""
        return {
            **asdict(self),
            "model": str(self.model),
            "chart": str(self.chart),
            "trials": [trial.as_document() for trial in self.trials],
            "threshold": record_of(self.threshold),
            "label_thresholds": records_of(self.label_thresholds),
        }


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was interrupted, and can be resumed.

    Attributes:
        finished: Number of trials that are done.
        trials: Number of all trials.
    """

    def __init__(self, finished: int, trials: int) -> None:
        self.finished, self.trials = finished, trials
        super().__init__(f"{finished} of {trials} trials are done.")


@takes_urls()
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
    """Train every combination of a technique's options, and keep the best model.

    CLP is tried with several losses, weights and ways to bring pairs into batches.

    The rule of `evenhand.remediation.judging.trade_off` says which is the best. If no trial keeps
    the limits, the baseline is kept, and the result says so.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`.
        data: A counterfactual dataset with labels, or its folder.
        output: Folder to make: ``model.keras``, ``sweep.json`` and ``trade-off.svg``.
        resume: Go on with this output's unfinished sweep, if there is one.
        overwrite: Replace an earlier sweep's folder, and discard an unfinished one unless `resume`.
        progress: Called for every trial and step.
        **options: See `evenhand.remediation.training.fit_options.SweepOptions`. The limits apply to
            every trial, and to picking one.

    Raises:
        ConfigurationError: An argument is out of range; the output exists; there is an unfinished
            sweep with other options or without `resume`; or TF_CONFIG names several workers.
        InputError: The model or the dataset cannot be used, or no trial's loss stays a number.
        UnavailableError: ``device="gpu"``, and there is no GPU.
        SweepInterrupted: Ctrl-C; what is done is kept for `resume`.
    """
    if Worker.here().workers > 1:
        raise ConfigurationError(
            "a sweep trains in one process, and TF_CONFIG names several workers",
            where="TF_CONFIG",
            remedy="unset it, or train with one loss and weight by remediate train",
        )
    given = SweepOptions(**options)
    generation = keras_to_train(baseline)
    wanted = [each.settled(generation) for each in techniques_to_try(given)]
    techniques = dict.fromkeys(wanted)  # a value given twice is tried once
    points = [_Point(each, rate, given) for each in techniques for rate in given.rates_to_try]
    common = points[0].options
    common.settled(generation)  # refuses what this Keras does not have
    check_apart(
        {"`baseline`": baseline, **locations(data, given)},
        {"`output`": [output, checkpoint_path(output)]},
    )
    rule = replace(given.trade_off, measure="flip_rate")
    check_destination(output, kind="sweep", overwrite=overwrite)
    sources = Sources.opened(data, given, common, points[0].technique.needs)
    if not sources.can_compare:
        raise ConfigurationError(
            "there is nothing to compare the trials by",
            where="`validation_split`",
            expected="examples and pairs of weight above 0 in the validation split",
        )
    run = {
        **inputs_record(
            name_of(baseline),
            _digest(baseline),
            sources.data,
            sources.pair_data,
            sources.validation_data,
        ),
        **_grid_record(points),
    }
    work = Checkpoint.beside(output, run, resume=resume, overwrite=overwrite)
    work.start()
    work.hold(*(name for number in range(len(points)) for name in subfolders(str(number))))
    try:
        records, failed = _train_all(points, baseline, sources, work.path, progress)
    except EvenhandError:
        if not any(list(work.path.glob(f"*/{name}")) for name in (TRAINING_RECORD, RUN_NAME)):
            work.discard()
        raise
    result = _result(Path(output) / saved_name(baseline), records, failed, rule)
    task = task_metric(result.baseline_metrics)
    floor = result.baseline_metrics[task] - rule.allowed_drop(result.baseline_metrics)
    with new_folder(output, kind="sweep", overwrite=overwrite) as folder:
        name = result.model.name
        # If none is picked, every trial's model is the baseline.
        trained = list(records)[result.picked or 0]
        copy_model(work.path / str(points.index(trained)) / name, folder)
        draw_trade_off(
            folder / CHART_NAME,
            [(trial.name, trial.metrics) for trial in result.trials],
            front=[trial.on_front for trial in result.trials],
            picked=result.picked,
            baseline=result.baseline_metrics,
            floor=floor,
        )
        document = {
            "schema_version": SCHEMA_VERSION,
            **run,
            "trials": [trial.as_document() for trial in result.trials],
            "picked": result.picked,
            "reason": result.reason,
            "failed": result.failed,
            "baseline_metrics": result.baseline_metrics,
            "controls": result.controls,
            "limits_kept": result.limits_kept,
            "warnings": result.warnings,
            "notes": result.notes,
            "outputs": result.outputs,
            "threshold": record_of(result.threshold),
            "label_thresholds": records_of(result.label_thresholds),
            "versions": versions("tf-keras" if generation == 2 else "keras"),
        }
        if result.threshold is not None:
            document["model_sha256"] = digest_of(folder / name)
        write_record(folder / RECORD_NAME, document)
    work.discard()
    return result


@dataclass(frozen=True)
class _Point:
    """One trial's place among all: a technique with its options, and a learning rate."""

    technique: Technique
    learning_rate: float | None
    sweep: SweepOptions

    @property
    def options(self) -> TrainingOptions:
        """The options that any training has."""
        return self.sweep.training_at(self.learning_rate)

    @property
    def tried(self) -> dict[str, Any]:
        """The options that trials differ in."""
        found = {name: getattr(self.technique, name) for name in self.technique.tried}
        if len(self.sweep.rates_to_try) > 1:
            found["learning_rate"] = self.learning_rate
        return found

    @property
    def in_words(self) -> str:
        """Its name among the trials."""
        words = [self.technique.in_words] if self.technique.tried else []
        if "learning_rate" in self.tried:
            words.append(f"learning rate {self.learning_rate:g}")
        return ", ".join(words)


def _grid_record(points: list[_Point]) -> dict[str, Any]:
    """Return the options for a record: those that trials share, and those that they differ in."""
    first = points[0]
    options = {**first.options.as_keywords(), **first.technique.as_keywords()}
    return {
        "technique": first.technique.name,
        "options": {name: each for name, each in options.items() if name not in first.tried},
        "grid": [list(point.tried.values()) for point in points],
    }


def _digest(baseline: str | Path) -> str | None:
    path = file_of(baseline)
    return None if path is None else digest_of(path)


def _train_all(
    points: list[_Point],
    baseline: str | Path,
    sources: Sources,
    work: Path,
    progress: Progress,
) -> tuple[dict[_Point, dict[str, Any]], tuple[str, ...]]:
    """Train the trials that are not done yet; return all records, and which trials failed."""
    records: dict[_Point, dict[str, Any]] = {}
    failed: list[str] = []
    for number, point in enumerate(points):
        folder = work / str(number)
        if not folder.exists():
            try:
                train(
                    baseline,
                    sources.data,
                    folder,
                    technique=point.technique,
                    pairs=sources.pair_data,
                    validation_data=sources.validation_data,
                    resume=True,
                    progress=within(
                        progress, f"trial {number + 1} of {len(points)}: {point.in_words}"
                    ),
                    **point.options.as_keywords(),
                )
            except KeyboardInterrupt as interruption:
                raise SweepInterrupted(number, len(points)) from interruption
            except LostLossError as error:
                if number + 1 == len(points) and not records:
                    raise
                failed.append(f"{point.in_words}: {error.what}, {error.where}")
                continue
        record, history = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in (TRAINING_RECORD, HISTORY_NAME)
        )
        records[point] = {**record, "history": history}
        progress("trials", number + 1, len(points))
    return records, tuple(failed)


def _result(
    model: Path,
    records: dict[_Point, dict[str, Any]],
    failed: tuple[str, ...],
    rule: TradeOff,
) -> SweepResult:
    first = next(iter(records.values()))
    baseline_metrics: Metrics = first["baseline_metrics"]
    metrics = [_told(record, rule) for record in records.values()]
    task = task_metric(baseline_metrics)
    front = pareto_front([(m[rule.measure], m[task]) for m in metrics])
    trials = tuple(
        Trial(
            trained.tried,
            record["kept_epoch"],
            told,
            on_front,
            tuple(signs_of_destruction(told, baseline_metrics)),
            trained.in_words,
        )
        for (trained, record), told, on_front in zip(records.items(), metrics, front, strict=True)
    )
    picked = rule.best(metrics, baseline_metrics)
    of_picked = list(records.values())[picked or 0]
    records_of_labels = of_picked.get("label_thresholds") or {"": of_picked["threshold"]}
    thresholds = {
        name: ChosenThreshold.model_validate(each)
        for name, each in records_of_labels.items()
        if each is not None
    }
    return SweepResult(
        technique=next(iter(records)).technique.name,
        model=model,
        chart=model.with_name(CHART_NAME),
        trials=trials,
        picked=picked,
        reason=rule.reason(metrics, baseline_metrics, [trial.name for trial in trials]),
        failed=failed,
        baseline_metrics=baseline_metrics,
        controls=first["controls"],
        warnings=tuple(doubts_of_choice(baseline_metrics)),
        notes=tuple(first["notes"]),
        outputs=first["outputs"],
        **thresholds_of_result(thresholds),
    )


def _told(record: dict[str, Any], rule: TradeOff) -> Metrics:
    """Return the metrics of a trial's kept epoch, or of the one closest to the limits."""
    if record["kept_epoch"]:
        metrics: Metrics = record["metrics"]
        return metrics
    epochs = [validation_of(each) for each in record["history"]]
    return epochs[rule.closest(epochs, record["baseline_metrics"])]
