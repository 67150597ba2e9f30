"""`evenhand remediate`: train a baseline to try things on, repair one on pairs, and export it."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli.options.derived import as_arguments, with_options
from evenhand.cli.options.training import AsJson, Baseline, Data, Output, Overwrite, Resume
from evenhand.cli.results.training_words import show_metrics, show_sentences, verdict
from evenhand.cli.terminal import console
from evenhand.data.options import DATA, MODEL, OUTPUT
from evenhand.remediation.exporting.export_options import ExportOptions
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.training.fit_options import BaselineOptions, TrainOptions

if TYPE_CHECKING:
    from evenhand.remediation.comparing.comparison import ComparisonResult
    from evenhand.remediation.exporting.model_export import ExportResult
    from evenhand.remediation.training.fit_options import TrainingOptions
    from evenhand.remediation.training.output_folder import TrainingResult
    from evenhand.remediation.training.sweeps import SweepResult

app = typer.Typer(no_args_is_help=True, help="Repair a classifier by training it further.")

EXIT_LIMITS_BROKEN = 1  # as for a gate that fails: no model is better than the baseline


@app.callback()
def remediate() -> None:
    """Repair a classifier by training it further: with pairs, by Counterfactual Logit Pairing."""


@app.command()
@with_options
def baseline(
    data: Data,
    output: Annotated[
        Path, typer.Option("--output", rich_help_panel=OUTPUT, help="The .keras file to write.")
    ],
    *,
    options: BaselineOptions,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train a plain Keras 3 classifier of raw text, to try evenhand on.

    A record of what it was made from is written beside it, to OUTPUT.json.

    Example: `evenhand remediate baseline --data cf/train --output baseline.keras`
    """
    console.tell_loading()
    from evenhand.remediation import train_baseline

    with console.progress_bars() as progress:
        result = train_baseline(
            data, output, overwrite=overwrite, progress=progress, **options.as_keywords()
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
    _show_saved(result.model, result.n_examples, 0, result.n_unlabelled)
    arguments = ["remediate", "train", "--baseline", result.model, "--data", data]
    _show_next(*arguments, "--output", "clp")


@app.command()
@with_options
def train(
    baseline: Baseline,
    data: Data,
    output: Output,
    *,
    options: TrainOptions,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train a baseline further, so that its scores no longer depend on identity terms.

    The technique is CLP unless --technique names another; each has options of its own.

    Writes model.keras, which loads with plain Keras, history.json and train.json. During training,
    the state is kept beside the output, in OUTPUT.checkpoint, for --resume.

    The best epoch on held-out examples is kept. It must keep three limits (--max-auc-drop,
    --max-accuracy-drop, --max-positive-rate-change). Several epochs may have the fewest flips, up
    to chance: of these, the one with the highest AUC is the best. If no epoch keeps the limits, the
    output is the baseline, and the exit code is 1.

    CLP for a model of Keras 2 is TFMR's own CounterfactualModel, which draws pairs independently of
    the examples. The model is saved in the baseline's format.

    Example: `evenhand remediate train --baseline baseline.keras --data cf/train --output clp/`

    Several labels at once: `evenhand remediate train --baseline six.keras --data cf/train
    --labels toxic=0,insult=4 --output clp/`

    With pairs made of template sentences: `evenhand remediate train --baseline baseline.keras
    --data cf/train --pairs cf/templates --output clp/`

    For a baseline that has seen all of cf/train, with fine-tuning beside it: `evenhand remediate
    train --baseline baseline.keras --data cf/train --validation-data cf/valid --control
    --output clp/`

    With a threshold at which it flags as many texts as the baseline does at 0.5: `evenhand
    remediate train --baseline baseline.keras --data cf/train --threshold auto --output clp/`
    """
    console.tell_loading()
    from evenhand.remediation import TrainingInterrupted
    from evenhand.remediation import train as run_training

    with telling_of(TrainingInterrupted), console.progress_bars() as progress:
        result = run_training(
            baseline,
            data,
            output,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            **options.as_keywords(),
        )
    epochs_done = len(result.history)
    if as_json:
        document = {"model": str(result.model), "epochs": epochs_done, **result.summary}
        console.write_json(document)
    else:
        _show_training(result)
        show_evaluation(result.model, baseline, options, result.threshold is not None)
    if result.limits_kept is False:
        raise typer.Exit(EXIT_LIMITS_BROKEN)


@app.command()
@with_options
def export(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            rich_help_panel=MODEL,
            help="The model: a .keras or .h5 file, a SavedModel of Keras 2, "
            "package.module:attribute, or file.py:attribute.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            rich_help_panel=OUTPUT,
            help="Folder for the SavedModel's versions, or the .tflite file to write.",
        ),
    ],
    *,
    options: ExportOptions,
    calibration: Annotated[
        list[Path] | None,
        typer.Option(
            "--calibration",
            rich_help_panel=DATA,
            help="For int8: texts as the model will see them, in files, folders or datasets. "
            "Repeatable.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            rich_help_panel=OUTPUT,
            help="Read the texts, load the model and say what would be written; write nothing.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a model as TensorFlow Serving loads it, or as a TFLite file for phones.

    A SavedModel is written to OUTPUT/VERSION. Its signature serving_default takes strings as the
    input text, and gives the model's outputs by their names. A TFLite file takes the numbers of the
    model's TextVectorization layer, whose words and settings are in it; evenhand scores it on
    texts. What was written is compared with the model, and removed if it gives other outputs.

    Examples:

    - `evenhand remediate export --model clp/model.keras --output models/toxicity`

    - `evenhand remediate export --model clp/model.keras --format tflite --output toxicity.tflite`

    - `evenhand remediate export --model clp/model.keras --format tflite --quantise int8
      --calibration comments.csv --text-column comment_text --output small.tflite`
    """
    console.tell_loading()
    from evenhand.remediation import export_model

    with console.progress_bars() as progress:
        result = export_model(
            model,
            output,
            calibration=calibration or (),
            overwrite=overwrite,
            dry_run=dry_run,
            progress=progress,
            **options.as_keywords(),
        )
    if as_json:
        from dataclasses import asdict

        console.write_json({**asdict(result), "path": str(result.path)})
        return
    _show_export(result, model, options)


def _show_training(result: TrainingResult) -> None:
    from evenhand.remediation.techniques.registry import technique_class

    rate = result.learning_rate
    title = technique_class(result.technique).title
    show_metrics(result.baseline_metrics, result.controls, {title: result.metrics})
    if result.limits_kept is False:
        console.write_stdout(f"No repair: {result.reason}.")
    else:
        for sentence in verdict(result.metrics, result.baseline_metrics):
            console.write_stdout(sentence)
        epoch = f" epoch {result.kept_epoch} of {len(result.history)}" if rate else ""
        console.write_stdout(f"Kept{epoch}: {result.reason}.")
    show_sentences("Warning", result.warnings)
    for note in result.notes:
        console.write_stdout(f"Note: {note}")
    console.write_stdout(f"Outputs read as: {result.outputs}")
    show_thresholds(result)
    if rate is None:
        console.write_stdout(f"{result.model}: nothing was trained")
        return
    console.write_stdout(f"Learning rate: {rate.rate:g} ({rate.source})")
    _show_saved(result.model, result.n_examples, result.n_pairs, result.n_unlabelled)


def _show_export(result: ExportResult, model: str, options: ExportOptions) -> None:
    console.write_stdout(f"Model: {result.model}, outputs read as {result.reading}")
    for name, shape in result.inputs.items():
        console.write_stdout(f"Input: {name}, {shape}")
    console.write_stdout(f"Outputs: {', '.join(result.outputs)}")
    if result.calibration_texts:
        console.write_stdout(f"Calibrated with {result.calibration_texts:,} texts")
    if result.largest_difference is None:
        console.write_stdout(f"{result.path} was not written (--dry-run).")
        return
    console.write_stdout(f"Largest difference of an output: {result.largest_difference:.3g}")
    show_sentences("Warning", result.warnings)
    console.write_stdout(f"Wrote {result.path} ({result.n_bytes / 1e6:,.2f} MB)")
    arguments = ["evaluate", "flip-rate", "--model", result.path, "--compare-to", model]
    arguments += as_arguments(options.chosen_for(ModelOptions))
    arguments += ["--logits"] if result.gives_logits and not options.logits else []
    arguments += ["--data", "TEST_DATA", "--output", "report"]
    _show_next(*arguments)


@contextlib.contextmanager
def telling_of(
    *interruptions: type[KeyboardInterrupt], remedy: str = "the same command with --resume"
) -> Iterator[None]:
    """Say what an interrupted training has saved, and how to resume it."""
    try:
        yield
    except interruptions as interrupted:
        console.write_stderr(f"{interrupted}\nTo go on: {remedy}")
        raise


def _show_saved(model: Path, n_examples: int, n_pairs: int, n_unlabelled: int) -> None:
    with_pairs = f" and {n_pairs:,} pairs" if n_pairs else ""
    left_out = f" ({n_unlabelled:,} without a label left out)" if n_unlabelled else ""
    console.write_stdout(f"{model}: trained on {n_examples:,} examples{with_pairs}{left_out}")


def show_thresholds(result: TrainingResult | SweepResult | ComparisonResult) -> None:
    """Say at which thresholds a trained model decides, if it may have thresholds of its own."""
    main = {"": result.threshold} if result.threshold is not None else {}
    for label, threshold in (result.label_thresholds or main).items():
        of_label = f" of {label}" if label else ""
        console.write_stdout(
            f"Threshold{of_label}: {threshold.candidate:g}, the baseline's "
            f"{threshold.baseline:g}: {threshold.in_words()}."
        )


def show_evaluation(
    model: Path, baseline: str, options: TrainingOptions, own_threshold: bool = False
) -> None:
    """Say how to evaluate a trained model beside its baseline, read with the same options."""
    arguments = ["evaluate", "flip-rate", "--model", model, "--compare-to", baseline]
    arguments += ["--threshold", "auto"] if own_threshold else []
    arguments += as_arguments(options.chosen_for(ModelOptions))
    arguments += ["--labels", ",".join(options.labels)] if options.labels else []
    _show_next(*arguments, "--data", "TEST_DATA", "--output", "report")


def _show_next(*arguments: Any) -> None:
    console.write_stdout(f"Next: {shlex.join(['evenhand', *map(str, arguments)])}")
