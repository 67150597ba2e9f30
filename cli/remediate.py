"""`evenhand remediate`: train a baseline to try things on, and repair one with CLP training."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evenhand.cli import console, models
from evenhand.cli.training_options import (
    AsJson,
    BatchSize,
    Data,
    Device,
    EarlyStopping,
    LearningRate,
    MaxAucDrop,
    Overwrite,
    Pairs,
    Patience,
    Precision,
    RandomWords,
    Resume,
    Seed,
    Unlabelled,
    ValidationSplit,
    Warmup,
)
from evenhand.remediation.training_defaults import EPOCHS, WARMUP

if TYPE_CHECKING:
    from evenhand.remediation.trade_off import Metrics

app = typer.Typer(no_args_is_help=True, help="Repair a classifier by CLP training.")

_METRICS = {
    "flip_rate": "flip rate",
    "ctf_gap": "CTF gap",
    "auc": "AUC",
    "accuracy": "accuracy",
    "agreement": "agreement with the baseline",
}


@app.callback()
def remediate() -> None:
    """Repair a classifier by Counterfactual Logit Pairing (CLP) training."""


@app.command()
def baseline(
    data: Data,
    output: Annotated[Path, typer.Option("--output", help="The .keras file to write.")],
    architecture: Annotated[
        Literal["bow", "cnn"],
        typer.Option(
            "--architecture", help="bow: which words occur; cnn: convolutions over them in order."
        ),
    ] = "bow",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the examples.")] = 5,
    batch_size: BatchSize = 128,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="Adam's learning rate.")
    ] = 1e-3,
    validation_split: ValidationSplit = 0.1,
    device: Device = "auto",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train a plain Keras 3 classifier of raw text, to try the rest on.

    What it was made from is written beside it, to OUTPUT.json.

    Example: `evenhand remediate baseline --data cf/train --output baseline.keras`
    """
    from evenhand.remediation import train_baseline

    with console.progress_bars() as progress:
        result = train_baseline(
            data,
            output,
            architecture=architecture,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            validation_split=validation_split,
            device=device,
            seed=seed,
            overwrite=overwrite,
            progress=progress,
        )
    if as_json:
        console.write_json(
            {
                "model": str(result.model),
                "n_examples": result.n_examples,
                "n_unlabelled": result.n_unlabelled,
                "metrics": result.metrics,
                "outputs": result.outputs,
            }
        )
        return
    _show_metrics({"baseline": result.metrics})
    console.write_stdout(f"Outputs read as: {result.outputs}")
    _show_saved(result.model, result.n_examples, None, result.n_unlabelled)
    arguments = ["remediate", "train", "--baseline", result.model, "--data", data]
    _show_next(*arguments, "--output", "clp")


@app.command()
def train(
    baseline: Annotated[
        str,
        typer.Option(
            "--baseline",
            help="The model to repair: a .keras or .h5 file, a SavedModel of Keras 2, or "
            "package.module:attribute.",
        ),
    ],
    data: Data,
    output: Annotated[Path, typer.Option("--output", help="Folder to write the model to.")],
    pairs: Pairs = None,
    loss: Annotated[
        Literal["mse", "absolute", "cosine"],
        typer.Option("--loss", help="TFMR's pair loss: how a pair's two sides are compared."),
    ] = "absolute",
    loss_weight: Annotated[
        float, typer.Option("--loss-weight", min=0, help="Factor of the pair loss.")
    ] = 1.0,
    pair_on: Annotated[
        Literal["logits", "outputs"] | None,
        typer.Option(
            "--pair-on",
            help="What is compared. [default: logits; outputs for the cosine of a single output]",
        ),
    ] = None,
    pairing: Annotated[
        Literal["aligned", "independent"] | None,
        typer.Option(
            "--pairing",
            help="aligned: a batch brings its examples' pairs; independent: TFMR's procedure, as "
            "many pairs as examples in each step, drawn apart. [default: aligned; independent, "
            "which is all there is, for a model of Keras 2]",
        ),
    ] = None,
    random_words: RandomWords = 0,
    unlabelled: Unlabelled = False,
    epochs: Annotated[
        int, typer.Option("--epochs", min=1, help="Passes over the examples.")
    ] = EPOCHS,
    batch_size: BatchSize = 128,
    learning_rate: LearningRate = None,
    warmup: Warmup = WARMUP,
    validation_split: ValidationSplit = 0.1,
    device: Device = "auto",
    precision: Precision = "auto",
    cache: Annotated[
        Literal["memory", "disk", "none"],
        typer.Option("--cache", help="Where tokenised texts are kept between epochs."),
    ] = "memory",
    seed: Seed = 0,
    preprocess: models.Preprocess = None,
    head: models.Head = None,
    positive_class: models.PositiveClass = None,
    logits: models.Logits = False,
    probabilities: models.Probabilities = False,
    custom_objects: models.CustomObjects = None,
    allow_unsafe: models.AllowUnsafe = False,
    early_stopping: EarlyStopping = None,
    patience: Patience = 2,
    max_auc_drop: MaxAucDrop = 0.005,
    tensorboard: Annotated[
        Path | None,
        typer.Option("--tensorboard", metavar="DIR", help="Write TensorBoard logs here."),
    ] = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train a baseline on with CLP, so that its score no longer hangs on identity terms.

    Writes model.keras, which loads with plain Keras, history.json and train.json. Until then the
    training's state is kept beside them, in OUTPUT.checkpoint, for --resume.

    A model of Keras 2 is trained by TFMR's own CounterfactualModel, which draws pairs apart from
    the examples. The model is saved in the baseline's format.

    Example: `evenhand remediate train --baseline baseline.keras --data cf/train --output clp/`

    With pairs made of template sentences: `evenhand remediate train --baseline baseline.keras
    --data cf/train --pairs cf/templates --output clp/`
    """
    from evenhand.remediation import TrainingInterrupted
    from evenhand.remediation import train as run_training

    with telling_of(TrainingInterrupted), console.progress_bars() as progress:
        result = run_training(
            baseline,
            data,
            output,
            pairs=pairs,
            loss=loss,
            loss_weight=loss_weight,
            pair_on=pair_on,
            pairing=pairing,
            random_words=random_words,
            unlabelled=unlabelled,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            warmup=warmup,
            validation_split=validation_split,
            device=device,
            precision=precision,
            cache=cache,
            seed=seed,
            preprocess=preprocess,
            head=head,
            positive_class=positive_class,
            logits=logits,
            probabilities=probabilities,
            custom_objects=custom_objects,
            allow_unsafe=allow_unsafe,
            early_stopping=early_stopping,
            patience=patience,
            max_auc_drop=max_auc_drop,
            tensorboard=tensorboard,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
        )
    epochs_done = len(result.history)
    if as_json:
        document = {"model": str(result.model), "epochs": epochs_done, **result.summary}
        console.write_json(document)
        return
    _show_metrics({"baseline": result.baseline_metrics, "CLP": result.metrics})
    console.write_stdout(f"Outputs read as: {result.outputs}")
    if early_stopping:
        console.write_stdout(f"Stopped after epoch {epochs_done}, kept epoch {result.kept_epoch}.")
    _show_saved(result.model, result.n_examples, result.n_pairs, result.n_unlabelled)
    show_evaluation(
        result.model,
        baseline,
        preprocess=preprocess,
        head=head,
        positive_class=positive_class,
        logits=logits,
        probabilities=probabilities,
        custom_objects=custom_objects,
        allow_unsafe=allow_unsafe,
    )


@contextlib.contextmanager
def telling_of(
    *interruptions: type[KeyboardInterrupt], remedy: str = "the same command with --resume"
) -> Iterator[None]:
    """Say what an interrupted training left, and how to go on with it."""
    try:
        yield
    except interruptions as interrupted:
        console.write_stderr(f"{interrupted}\nTo go on: {remedy}")
        raise


def _show_metrics(columns: dict[str, Metrics]) -> None:
    from rich.table import Table

    if not all(columns.values()):
        return  # nothing was held out
    table = Table(title="On held-out examples", title_justify="left")
    table.add_column("metric")
    for name in columns:
        table.add_column(name, justify="right")
    for key, name in _METRICS.items():
        if all(key in metrics for metrics in columns.values()):
            table.add_row(name, *(f"{metrics[key]:.4f}" for metrics in columns.values()))
    console.show(table)


def _show_saved(model: Path, n_examples: int, n_pairs: int | None, n_unlabelled: int) -> None:
    with_pairs = "" if n_pairs is None else f" and {n_pairs:,} pairs"
    left_out = f" ({n_unlabelled:,} without a label left out)" if n_unlabelled else ""
    console.write_stdout(f"{model}: trained on {n_examples:,} examples{with_pairs}{left_out}")


def show_evaluation(model: Path, baseline: str, **options: str | int | bool | None) -> None:
    """Say how to evaluate a trained model beside its baseline, read with the same options."""
    arguments = ["evaluate", "flip-rate", "--model", model, "--compare-to", baseline]
    arguments += models.reading_arguments(**options)
    _show_next(*arguments, "--data", "TEST_DATA", "--output", "report")


def _show_next(*arguments: Any) -> None:
    console.write_stdout(f"Next: {shlex.join(['evenhand', *map(str, arguments)])}")
