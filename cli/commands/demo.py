"""`evenhand demo`: the whole job on generated sample text, one real command after another."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.commands.gate import EXIT_GATE_FAILED
from evenhand.cli.terminal import console
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import check_destination, remove_folder, take_folder
from evenhand.data.support.settings import SETTINGS_FILE

RECORD_NAME = "evenhand-demo.json"
# What the demo's commands write in its folder; folders have markers of their own.
_WRITTEN = (
    RECORD_NAME,
    SETTINGS_FILE,
    "sample/",
    "pairs/",
    "pairs/train/",
    "pairs/test/",
    "baseline.keras",
    "baseline.keras.json",
    "clp/",
    "clp.checkpoint/",
    "report/",
)

GATE = """\
# The demo's gate. `evenhand gate explain` says in words what each rule means.
[[gate.rules]]
metric = "flip_rate"
slice = "overall"
max = 0.02
bound = "upper"      # the whole confidence interval must lie below the limit
min_pairs = 100

[[gate.rules]]
metric = "flip_rate"
slice = "group=*"
max = 0.05
min_pairs = 50

[[gate.rules]]
metric = "accuracy"
max_drop = 0.01      # against the baseline in the same report
"""


@dataclass(frozen=True)
class _Step:
    """A command of the demo.

    Attributes:
        title: What it does.
        arguments: The command, without ``evenhand``.
        output: What it makes. If that exists, it is not run again. None: it always runs.
        exit_code: The exit code that is expected.
    """

    title: str
    arguments: tuple[str, ...]
    output: Path | None = None
    exit_code: int = 0


def demo(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", help="The folder to make.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the text and of training.")] = 0,
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            help="Comments in the sample text. With few, the gate has too little evidence. "
            "[default: 30000]",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start again if the folder exists.")
    ] = False,
) -> None:
    """Do everything on generated sample text: pairs, training, report, gate.

    It prints each command before running it, and each can be run again on its own. A demo that was
    interrupted goes on from the last command that it finished.

    Example: `evenhand demo --output demo/`
    """
    from evenhand.data.sample import DEFAULT_ROWS, check_sample

    check_sample(DEFAULT_ROWS if rows is None else rows, seed)
    _prepare(output, seed=seed, rows=rows, overwrite=overwrite)
    steps = _steps(output, seed, rows)
    for number, step in enumerate(steps, start=1):
        console.write_stdout(f"\n[{number}/{len(steps)}] {step.title}")
        console.write_stdout("$ " + shlex.join(("evenhand", *step.arguments)))
        _run(step, context.obj)
    console.write_stdout(
        "\nThe gate passes for the CLP model, and fails for the baseline."
        f"\nOpen {output / 'report' / 'report.html'} in a browser for the whole report."
    )


def _prepare(output: Path, *, seed: int, rows: int | None, overwrite: bool) -> None:
    """Make the folder, or check that it is of a demo with these settings, which can go on."""
    record = output / RECORD_NAME
    settings = json.dumps({"version": version("evenhand"), "seed": seed, "rows": rows}) + "\n"
    if overwrite:
        check_destination(output, kind="demo", overwrite=True)
        remove_folder(output, kind="demo")
    take_folder(output, kind="demo", names=_WRITTEN)
    if record.is_file() and record.read_bytes() != settings.encode():
        check_destination(output, kind="demo")
    write_text(record, settings)
    write_text(output / SETTINGS_FILE, GATE)


def _steps(folder: Path, seed: int, rows: int | None) -> tuple[_Step, ...]:
    sample, gate = folder / "sample", folder / SETTINGS_FILE
    baseline, clp, report = folder / "baseline.keras", folder / "clp", folder / "report"

    def build(split: str) -> _Step:
        pairs = folder / "pairs" / split
        return _step(
            f"pair the {split} split's comments with themselves, without identity",
            ("data", "build", sample / f"{split}.csv", "--output", pairs),
            ("--text-column", "comment_text", "--label-column", "toxicity"),
            ("--id-column", "id", "--slice-column", "gender", "--terms", "gender"),
            output=pairs,
        )

    def judge(role: str, title: str, exit_code: int) -> _Step:
        return _step(
            title,
            ("gate", "--report", report, "--config", gate, "--role", role),
            exit_code=exit_code,
        )

    train, test = build("train"), build("test")
    return (
        _step(
            "generate sample text (synthetic)",
            ("data", "sample", "--output", sample, "--seed", seed),
            () if rows is None else ("--rows", rows),
            output=sample,
        ),
        train,
        test,
        _step(
            "train a baseline classifier",
            ("remediate", "baseline", "--data", train.output, "--output", baseline),
            ("--seed", seed),
            output=baseline,
        ),
        _step(
            "repair it by Counterfactual Logit Pairing",
            ("remediate", "train", "--baseline", baseline, "--data", train.output),
            ("--output", clp, "--seed", seed),
            # A small model tolerates this learning rate. The labels depend on the terms: without
            # terms accuracy falls by 0.7 points, as the column "terms taken out" shows.
            ("--learning-rate", 0.001, "--max-accuracy-drop", 0.02),
            ("--resume",),  # if the demo was interrupted during the training
            output=clp,
        ),
        _step(
            "compare the two on the test split",
            ("evaluate", "flip-rate", "--model", clp / "model.keras", "--compare-to", baseline),
            ("--data", test.output, "--output", report, "--overwrite"),
        ),
        judge("candidate", "the gate for the CLP model", 0),
        judge("baseline", "the gate, had the baseline been up for release", EXIT_GATE_FAILED),
    )


def _step(
    title: str, *arguments: tuple[object, ...], output: Path | None = None, exit_code: int = 0
) -> _Step:
    words = tuple(str(word) for group in arguments for word in group)
    return _Step(title, words, output, exit_code)


def _run(step: _Step, run: Callable[[list[str]], int]) -> None:
    """Do a step, unless its output exists.

    Args:
        step: The step.
        run: Runs a command line and returns its exit code.
    """
    if step.output is not None and step.output.exists():
        console.write_stdout(f"{step.output} is there already.")
        return
    code = run(list(step.arguments))
    if code == step.exit_code:
        return
    if step.exit_code == EXIT_GATE_FAILED and code == 0:
        console.write_stderr("The gate passed but should have failed: the demo shows nothing.")
        code = EXIT_GATE_FAILED
    raise typer.Exit(code)
