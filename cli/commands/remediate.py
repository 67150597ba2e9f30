"""`evenhand remediate`: train a baseline to try things on, and repair one with CLP training."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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
from evenhand.cli.results.training_words import show_metrics, show_sentences, verdict
from evenhand.cli.terminal import console
from evenhand.remediation.defaults import (
    EPOCHS,
    MAX_ACCURACY_DROP,
    MAX_AUC_DROP,
    MAX_POSITIVE_RATE_CHANGE,
    WARMUP,
)

if TYPE_CHECKING:
    from evenhand.remediation.training.output_folder import TrainingResult

app = typer.Typer(no_args_is_help=True, help="Repair a classifier by CLP training.")

EXIT_LIMITS_BROKEN = 1  # as a gate that fails: no model is better than the one that was there


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
    show_metrics(result.metrics, {}, {})
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
    validation_data: ValidationData = None,
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
    activation: models.ActivationName = None,
    custom_objects: models.CustomObjects = None,
    allow_unsafe: models.AllowUnsafe = False,
    early_stopping: EarlyStopping = None,
    patience: Patience = 2,
    max_auc_drop: MaxAucDrop = MAX_AUC_DROP,
    max_accuracy_drop: MaxAccuracyDrop = MAX_ACCURACY_DROP,
    max_positive_rate_change: MaxPositiveRateChange = MAX_POSITIVE_RATE_CHANGE,
    control: Annotated[
        bool,
        typer.Option(
            "--control",
            help="Also train the baseline on without pairs, with all else the same, and show it "
            "beside: it takes as long again.",
        ),
    ] = False,
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

    The best epoch on held-out examples is kept: of those that keep the three limits
    (--max-auc-drop, --max-accuracy-drop, --max-positive-rate-change) the one with the highest AUC
    among those with the fewest flips, as far as counting can tell. If none keeps them, the output
    is the baseline, and the exit code is 1.

    A model of Keras 2 is trained by TFMR's own CounterfactualModel, which draws pairs apart from
    the examples. The model is saved in the baseline's format.

    Example: `evenhand remediate train --baseline baseline.keras --data cf/train --output clp/`

    With pairs made of template sentences: `evenhand remediate train --baseline baseline.keras
    --data cf/train --pairs cf/templates --output clp/`

    For a baseline that has seen all of cf/train, with fine-tuning beside it: `evenhand remediate
    train --baseline baseline.keras --data cf/train --validation-data cf/valid --control
    --output clp/`
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
            validation_data=validation_data,
            device=device,
            precision=precision,
            cache=cache,
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
            max_auc_drop=max_auc_drop,
            max_accuracy_drop=max_accuracy_drop,
            max_positive_rate_change=max_positive_rate_change,
            control=control,
            tensorboard=tensorboard,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
        )
    epochs_done = len(result.history)
    if as_json:
        document = {"model": str(result.model), "epochs": epochs_done, **result.summary}
        console.write_json(document)
    else:
        _show_training(result)
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
    if result.limits_kept is False:
        raise typer.Exit(EXIT_LIMITS_BROKEN)


def _show_training(result: TrainingResult) -> None:
    rate = result.learning_rate
    show_metrics(result.baseline_metrics, result.controls, {"CLP": result.metrics})
    if result.limits_kept is False:
        console.write_stdout(f"No repair: {result.reason}.")
    else:
        for sentence in verdict(result.metrics, result.baseline_metrics):
            console.write_stdout(sentence)
        console.write_stdout(
            f"Kept epoch {result.kept_epoch} of {len(result.history)}: {result.reason}."
        )
    show_sentences("Warning", result.warnings)
    for note in result.notes:
        console.write_stdout(f"Note: {note}")
    console.write_stdout(f"Outputs read as: {result.outputs}")
    console.write_stdout(f"Learning rate: {rate.rate:g} ({rate.source})")
    _show_saved(result.model, result.n_examples, result.n_pairs, result.n_unlabelled)


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
