"""`evenhand run` and `evenhand status`: everything from one file, redoing only what is stale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli.commands.gate import EXIT_GATE_FAILED, as_document, show_result
from evenhand.cli.commands.remediate import EXIT_LIMITS_BROKEN, telling_of
from evenhand.cli.results import gate_github
from evenhand.cli.results.functions_table import show_in_words
from evenhand.cli.results.report_table import show_report
from evenhand.cli.terminal import console

if TYPE_CHECKING:
    from evenhand.cli.runs.execution import RunResult
    from evenhand.cli.runs.file import RunFile
    from evenhand.cli.runs.staleness import StepStatus

_File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="The run file. Default: evenhand.toml here, or pyproject.toml."
    ),
]
_Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replaces what the file says: train.epochs=8. Repeatable.",
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]


def run(
    file: _File = None,
    overrides: _Set = None,
    force: Annotated[
        bool, typer.Option("--force", help="Make every step again, even if it is up to date.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made and why; make nothing.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Build, train, evaluate and gate from one file, skipping what is up to date.

    A step is up to date if its output, its inputs, its options and the code have not changed. The
    gate is always judged: exit code 1 if it fails, or if no epoch or trial of the training keeps
    its limits. An interrupted training is resumed. `evenhand init` writes a run file.

    Example: `evenhand run evenhand.toml --set train.epochs=8`
    """
    run_file = _read(file, overrides)
    if dry_run:
        _show_plan(run_file, as_json=as_json, force=force)
        if not as_json:
            console.write_stdout("Nothing was made (--dry-run).")
        return
    console.tell_loading()
    from evenhand.cli.runs.execution import execute_run
    from evenhand.remediation import (
        ComparisonInterrupted,
        SweepInterrupted,
        TrainingInterrupted,
    )

    interruptions = (TrainingInterrupted, SweepInterrupted, ComparisonInterrupted)
    with telling_of(*interruptions, remedy="the same command"), console.progress_bars() as progress:
        result = execute_run(run_file, force=force, progress=progress)
    gate_github.write(result.gate, run_file.path, run_file.gate, to_stderr=as_json)
    if as_json:
        console.write_json(
            {
                "steps": _as_documents(result.steps),
                "gate": as_document(result.gate),
                "no_repair": result.no_repair,
                "told": result.told,
            }
        )
    else:
        with gate_github.without_commands():
            _show(result, run_file)
    if result.no_repair is not None:
        raise typer.Exit(EXIT_LIMITS_BROKEN)
    if not result.gate.passed:
        raise typer.Exit(EXIT_GATE_FAILED)


def status(file: _File = None, overrides: _Set = None, as_json: _AsJson = False) -> None:
    """Show which steps of a run file are up to date, and why the others are not.

    Nothing is made, and TensorFlow is not loaded.

    Example: `evenhand status evenhand.toml`
    """
    _show_plan(_read(file, overrides), as_json=as_json)


def _read(file: Path | None, overrides: Sequence[str] | None) -> RunFile:
    from evenhand.cli.runs.file import read_run_file
    from evenhand.data.support.settings import find_settings

    return read_run_file(file or find_settings(), overrides or ())


def _show_plan(run_file: RunFile, *, as_json: bool, force: bool = False) -> None:
    from evenhand.cli.runs.execution import plan_run

    plan = plan_run(run_file, force=force)
    if as_json:
        console.write_json({"steps": _as_documents(plan)})
    else:
        _show_steps(plan)


def _show(result: RunResult, run_file: RunFile) -> None:
    from evenhand.cli.runs.steps import FUNCTIONS, REPORT

    _show_steps(result.steps, were_made=True)
    show_report(result.report, run_file.output / REPORT)
    if result.functions is not None:
        show_in_words(result.functions, run_file.output / FUNCTIONS)
    show_result(result.gate)
    for sentence in result.told:
        console.write_stdout(f"Training: {sentence}.")
    if result.no_repair is not None:
        console.write_stdout(f"No repair: {result.no_repair}.")


def _show_steps(steps: Sequence[StepStatus], *, were_made: bool = False) -> None:
    console.show_plain_table(
        ("step", "status", "output", "why"),
        (
            (
                status.step.name,
                "made" if were_made and status.reasons else status.condition,
                str(status.step.output),
                "; ".join(status.reasons),
            )
            for status in steps
        ),
    )


def _as_documents(steps: Sequence[StepStatus]) -> list[dict[str, Any]]:
    return [
        {
            "step": status.step.name,
            "status": status.condition,
            "reasons": list(status.reasons),
            "output": str(status.step.output),
            "inputs": status.inputs.files,
        }
        for status in steps
    ]
