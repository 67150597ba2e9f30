"""`evenhand remediate sweep`: train with several pair losses, and keep the best trade-off."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from evenhand.cli.commands.remediate import EXIT_LIMITS_BROKEN, show_evaluation, telling_of
from evenhand.cli.options import models
from evenhand.cli.options.training import (
    AsJson,
    BatchSize,
    Data,
    Device,
    EarlyStopping,
    LearningRate,
    MaxAccuracyDrop,
    MaxAucDrop,
    MaxPositiveRateChange,
    Overwrite,
    Pairs,
    Patience,
    Precision,
    RandomWords,
    Resume,
    Seed,
    Unlabelled,
    ValidationData,
    ValidationSplit,
    Warmup,
)
from evenhand.cli.results.training_words import show_metrics, show_sentences, shown, verdict
from evenhand.cli.terminal import console
from evenhand.remediation.defaults import (
    EPOCHS,
    MAX_ACCURACY_DROP,
    MAX_AUC_DROP,
    MAX_POSITIVE_RATE_CHANGE,
    WARMUP,
)

if TYPE_CHECKING:
    from evenhand.remediation.training.sweeps import SweepResult


class Loss(str, Enum):
    """Pair losses, as an enumeration because typer takes no list of literals."""

    mse = "mse"
    absolute = "absolute"
    cosine = "cosine"


class Pairing(str, Enum):
    """Ways to bring pairs into batches."""

    aligned = "aligned"
    independent = "independent"


def sweep(
    baseline: Annotated[str, typer.Option("--baseline", help="The model to repair.")],
    data: Data,
    output: Annotated[Path, typer.Option("--output", help="Folder to write the best model to.")],
    pairs: Pairs = None,
    loss: Annotated[
        list[Loss] | None,
        typer.Option("--loss", help="A pair loss to try; repeatable. [default: absolute]"),
    ] = None,
    loss_weight: Annotated[
        list[float] | None,
        typer.Option(
            "--loss-weight",
            help="A factor of the pair loss to try; repeatable. [default: 0.1, 0.3, 1, 3, 10]",
        ),
    ] = None,
    pairing: Annotated[
        list[Pairing] | None,
        typer.Option("--pairing", help="A pairing to try; repeatable. [default: as for train]"),
    ] = None,
    max_auc_drop: MaxAucDrop = MAX_AUC_DROP,
    max_accuracy_drop: MaxAccuracyDrop = MAX_ACCURACY_DROP,
    max_positive_rate_change: MaxPositiveRateChange = MAX_POSITIVE_RATE_CHANGE,
    pair_on: Annotated[
        Literal["logits", "outputs"] | None,
        typer.Option("--pair-on", help="What is compared. [default: as for train]"),
    ] = None,
    random_words: RandomWords = 0,
    unlabelled: Unlabelled = False,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Of each trial.")] = EPOCHS,
    batch_size: BatchSize = 128,
    learning_rate: LearningRate = None,
    warmup: Warmup = WARMUP,
    validation_split: ValidationSplit = 0.1,
    validation_data: ValidationData = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    preprocess: models.Preprocess = None,
    head: models.Head = None,
    positive_class: models.PositiveClass = None,
    logits: models.Logits = False,
    probabilities: models.Probabilities = False,
    activation: models.ActivationName = None,
    custom_objects: models.CustomObjects = None,
    allow_unsafe: models.AllowUnsafe = False,
    early_stopping: EarlyStopping = None,
    patience: Patience = 2,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train every combination of pair losses and weights, and keep the best trade-off.

    All trials share a validation split. Of those that keep the three limits (--max-auc-drop,
    --max-accuracy-drop, --max-positive-rate-change) there, the one with the highest AUC among those
    with the fewest flips, as far as counting can tell, is kept. If none keeps them, the model
    written is the baseline, and the exit code is 1. Writes model.keras, sweep.json and
    trade-off.svg.

    Example: `evenhand remediate sweep --baseline baseline.keras --data cf/train
    --loss-weight 0.3 --loss-weight 1 --loss-weight 3 --output sweep/`
    """
    from evenhand.remediation import SweepInterrupted
    from evenhand.remediation import sweep as run_sweep
    from evenhand.remediation.training.sweeps import LOSS_WEIGHTS

    with telling_of(SweepInterrupted), console.progress_bars() as progress:
        result = run_sweep(
            baseline,
            data,
            output,
            pairs=pairs,
            losses=[name.value for name in loss or (Loss.absolute,)],
            loss_weights=loss_weight or LOSS_WEIGHTS,
            pairings=[name.value for name in pairing] if pairing else [None],
            max_auc_drop=max_auc_drop,
            max_accuracy_drop=max_accuracy_drop,
            max_positive_rate_change=max_positive_rate_change,
            pair_on=pair_on,
            random_words=random_words,
            unlabelled=unlabelled,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            warmup=warmup,
            validation_split=validation_split,
            validation_data=validation_data,
            device=device,
            precision=precision,
            seed=seed,
            preprocess=preprocess,
            head=head,
            positive_class=positive_class,
            logits=logits,
            probabilities=probabilities,
            activation=activation,
            custom_objects=custom_objects,
            allow_unsafe=allow_unsafe,
            early_stopping=early_stopping,
            patience=patience,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
        )
    if as_json:
        console.write_json(result.as_document())
    else:
        _show(result)
        show_evaluation(
            result.model,
            baseline,
            preprocess=preprocess,
            head=head,
            positive_class=positive_class,
            logits=logits,
            probabilities=probabilities,
            activation=activation,
            custom_objects=custom_objects,
            allow_unsafe=allow_unsafe,
        )
    if not result.limits_kept:
        raise typer.Exit(EXIT_LIMITS_BROKEN)


def _show(result: SweepResult) -> None:
    _show_trials(result)
    for failure in result.failed:
        console.write_stdout(f"Failed: {failure}")
    for trial in result.trials:
        show_sentences(f"Warning of {trial.loss} × {trial.loss_weight:g}", trial.warnings)
    if result.picked is None:
        console.write_stdout(f"No repair: {result.reason}.")
    else:
        picked = result.trials[result.picked]
        show_metrics(result.baseline_metrics, result.controls, {"picked": picked.metrics})
        for sentence in verdict(picked.metrics, result.baseline_metrics):
            console.write_stdout(sentence)
        name = f"{picked.loss} × {picked.loss_weight:g}"
        console.write_stdout(f"Picked {name}, epoch {picked.kept_epoch}: {result.reason}.")
    show_sentences("Warning", result.warnings)
    for note in result.notes:
        console.write_stdout(f"Note: {note}")
    console.write_stdout(f"{result.model}\n{result.chart}")


def _show_trials(result: SweepResult) -> None:
    from rich.table import Table

    from evenhand.remediation.judging.trade_off import SHARE_METRICS, TASK_METRICS

    table = Table(title="On held-out examples", title_justify="left")
    for name in ("loss", "weight", "pairing"):
        table.add_column(name)
    columns = {"flip_rate": "flip rate", "ctf_gap": "CTF gap", **TASK_METRICS, **SHARE_METRICS}
    columns = {key: name for key, name in columns.items() if key in result.baseline_metrics}
    for name in columns.values():
        table.add_column(name, justify="right")
    table.add_column("")

    def add(labels: tuple[str, str, str], metrics: dict[str, float], mark: str) -> None:
        table.add_row(*labels, *(shown(metrics, key) for key in columns), mark)

    add(("baseline", "", ""), result.baseline_metrics, "")
    for number, trial in enumerate(result.trials):
        marks = [
            *(["picked"] if number == result.picked else []),
            *(["Pareto front"] if trial.on_front else []),
            *([] if trial.kept_epoch else ["beyond a limit"]),
        ]
        labels = (trial.loss, f"{trial.loss_weight:g}", trial.pairing)
        add(labels, trial.metrics, ", ".join(marks))
    console.show(table)
    console.write_stdout(f"Outputs read as: {result.outputs}")
