"""`evenhand remediate sweep`: train with several options, and keep the best trade-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import typer

from evenhand.cli.commands.remediate import (
    EXIT_LIMITS_BROKEN,
    app,
    show_evaluation,
    show_thresholds,
    telling_of,
)
from evenhand.cli.options.derived import with_options
from evenhand.cli.options.flags import with_flags
from evenhand.cli.options.training import AsJson, Baseline, Data, Output, Overwrite, Resume
from evenhand.cli.results.training_words import show_metrics, show_sentences, verdict
from evenhand.cli.terminal import console
from evenhand.cli.terminal.wide_tables import Column, show_columns
from evenhand.remediation.judging.metric_labels import IN_SENTENCES, SHARE_METRICS, TASK_METRICS
from evenhand.remediation.judging.wording import metric_in_words
from evenhand.remediation.literals import Measure
from evenhand.remediation.training.fit_options import SweepOptions

if TYPE_CHECKING:
    from evenhand.remediation.training.sweeps import SweepResult


@app.command()
@with_options
def sweep(
    baseline: Baseline,
    data: Data,
    output: Output,
    *,
    options: SweepOptions,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train every combination of a technique's options, and keep the best trade-off.

    For CLP it tries pair losses, their weights, and pairings.

    All trials share a validation split, on which the best one is chosen. It must keep three limits
    (--max-auc-drop, --max-accuracy-drop, --max-positive-rate-change). Several trials may have the
    fewest flips, up to chance: of these, the one with the highest AUC is the best. If no trial
    keeps the limits, the model is the baseline, and the exit code is 1. Writes model.keras,
    sweep.json and trade-off.svg.

    Example: `evenhand remediate sweep --baseline baseline.keras --data cf/train
    --loss-weight 0.3 --loss-weight 1 --loss-weight 3 --output sweep/`
    """
    console.tell_loading()
    from evenhand.remediation import SweepInterrupted
    from evenhand.remediation import sweep as run_sweep

    with telling_of(SweepInterrupted), console.progress_bars() as progress:
        result = run_sweep(
            baseline,
            data,
            output,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            **options.as_keywords(),
        )
    if as_json:
        console.write_json(result.as_document())
    else:
        _show(result)
        show_thresholds(result)
        show_evaluation(result.model, baseline, options, result.threshold is not None)
    if not result.limits_kept:
        raise typer.Exit(EXIT_LIMITS_BROKEN)


def _show(result: SweepResult) -> None:
    _show_trials(result)
    for failure in result.failed:
        console.write_stdout(with_flags(f"Failed: {failure}"))
    for trial in result.trials:
        show_sentences(f"Warning of {trial.name}", trial.warnings)
    if result.picked is None:
        console.write_stdout(f"No repair: {result.reason}.")
    else:
        picked = result.trials[result.picked]
        show_metrics(result.baseline_metrics, result.controls, {"picked": picked.metrics})
        for sentence in verdict(picked.metrics, result.baseline_metrics):
            console.write_stdout(sentence)
        console.write_stdout(f"Picked {picked.name}, epoch {picked.kept_epoch}: {result.reason}.")
    show_sentences("Warning", result.warnings)
    for note in result.notes:
        console.write_stdout(f"Note: {note}")
    console.write_stdout(f"{result.model}\n{result.chart}")


def _show_trials(result: SweepResult) -> None:
    trials = result.trials
    keys = [
        Column(
            name.replace("_", " "),
            ["" if number else "baseline", *(_shown(trial.tried[name]) for trial in trials)],
            "left",
        )
        for number, name in enumerate(trials[0].tried)
    ]
    measured = [result.baseline_metrics, *(trial.metrics for trial in trials)]
    metrics = [
        Column(IN_SENTENCES[name], [metric_in_words(each, name) for each in measured])
        for name in (*get_args(Measure), *TASK_METRICS, *SHARE_METRICS)
        if name in result.baseline_metrics
    ]
    marks = [_marks(result, number) for number in range(len(trials))]
    show_columns(keys, [*metrics, Column("", ["", *marks], "left")], title="On held-out examples")
    console.write_stdout(f"Outputs read as: {result.outputs}")


def _marks(result: SweepResult, number: int) -> str:
    trial = result.trials[number]
    marks = [
        *(["picked"] if number == result.picked else []),
        *(["Pareto front"] if trial.on_front else []),
        *([] if trial.kept_epoch else ["beyond a limit"]),
    ]
    return ", ".join(marks)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
