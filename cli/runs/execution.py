"""Makes the steps of a run that are not up to date, one after another, and judges its report."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.cli.results.gate_files import write_gate_files
from evenhand.cli.runs.file import RunFile
from evenhand.cli.runs.keys import REPAIRS
from evenhand.cli.runs.staleness import StepStatus, status_of
from evenhand.cli.runs.state import STATE_NAME, Digests, RunState, StepRecord
from evenhand.cli.runs.steps import FUNCTIONS, REPORT, Step, steps_of
from evenhand.data.errors import ConfigurationError
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.storage.files import writing_to
from evenhand.data.storage.folders import check_taken, take_folder

if TYPE_CHECKING:
    from evenhand.evaluation.gate.renderers.judgement import GateRenderer
    from evenhand.evaluation.gate.result import GateResult
    from evenhand.evaluation.reports.functions_report import FunctionsReport
    from evenhand.evaluation.reports.report import Report

UP_TO_DATE = "up to date"
_LOG = logging.getLogger("evenhand")


@dataclass(frozen=True)
class RunResult:
    """The result of a run.

    Attributes:
        steps: The status of each step when its turn came; those not up to date were made.
        report: The report on the model.
        functions: What the model can do, if the file asks for it.
        gate: What the gate decided on it.
        no_repair: Why training kept the baseline: a sentence without its full stop. None if the
            training repaired it, or if nothing was trained.
        told: What a training or a sweep said of its choice, and warned of: sentences without their
            full stops.
    """

    steps: tuple[StepStatus, ...]
    report: Report
    functions: FunctionsReport | None
    gate: GateResult
    no_repair: str | None
    told: tuple[str, ...] = ()


def plan_run(file: RunFile, *, force: bool = False) -> list[StepStatus]:
    """Return the status of a run's steps, in their order, without doing anything.

    Args:
        file: The run file.
        force: Show what a run that makes every step again would do.

    Raises:
        InputError: An input does not exist, or something cannot be read.
    """
    state = RunState.read(file.output)
    plan = _plan(steps_of(file), state, Digests(state.files, file.output))
    return [_forced(status) for status in plan] if force else plan


def execute_run(
    file: RunFile, *, force: bool = False, progress: Progress = ignore_progress
) -> RunResult:
    """Make what is not up to date, judge what came of it, and write the gate's files.

    An unfinished training is resumed if nothing that decides its result has changed.

    Args:
        file: The run file.
        force: Make every step again.
        progress: Called for each step, and for the progress within it.

    Raises:
        ConfigurationError: The output folder holds other files, or another run is writing to it; or
            what a step raises.
        InputError, UnavailableError: What a step raises; an input does not exist.
        TrainingInterrupted, SweepInterrupted, ComparisonInterrupted: Ctrl-C in a training; the next
            run goes on with it.
    """
    from evenhand.evaluation.rendering.renderers import load_gate_renderers
    from evenhand.evaluation.reports.functions_report import load_functions
    from evenhand.evaluation.reports.report import load_report

    _check_output(file.output)
    steps = steps_of(file)
    renderers = load_gate_renderers()
    reference = None if file.reference is None else load_report(file.reference)
    names = [*_names_in(file.output, steps), *(each.file_name for each in renderers.values())]
    _check_output(file.output, names)
    with _locked(file.output):
        take_folder(file.output, kind="run", names=names)
        state = RunState.read(file.output)
        digests = Digests(state.files, file.output)
        _plan(steps, state, digests)  # finds missing inputs of late steps before the first begins
        state.write(file.output)
        done: list[StepStatus] = []
        are_told = False
        for step in steps:
            status = status_of(step, state.steps.get(step.name, StepRecord()), digests)
            if force:
                status = _forced(status)
            is_made = status.condition != UP_TO_DATE
            if is_made and not step.name.startswith("data.") and not are_told:
                _tell_of_rules(file, steps)
                are_told = True
            state = _brought_up_to_date(status, state, digests, file.output, progress)
            done.append(status)
        state.with_digests(digests).write(file.output)
        report = load_report(file.output / REPORT)
        asked = any(step.name == "functions" for step in steps)
        functions = load_functions(file.output / FUNCTIONS) if asked else None
        judged = _judged(file, report, functions, reference, renderers)
        records = [_record_of(step) for step in steps if step.name in REPAIRS]
        return RunResult(
            tuple(done),
            report,
            functions,
            judged,
            _reason_for_baseline(records),
            tuple(sentence for record in records for sentence in _told(record)),
        )


def _tell_of_rules(file: RunFile, steps: Iterable[Step]) -> None:
    """Warn of rules that no model can meet on the test data, or break, before one is trained."""
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.evaluation.gate.problems import remarks_on_data
    from evenhand.evaluation.reports.report import OVERALL
    from evenhand.remediation.judging.wilson import LEVEL

    [test] = [step.output for step in steps if step.name == "data.test"]
    counts = CounterfactualDataset.open(test).manifest.counts
    pairs = {
        OVERALL: counts.pairs,
        **{f"group={group}": found for group, found in counts.by_group.items()},
        **{f"term={term}": found for term, found in counts.by_term.items()},
    }
    for remark in remarks_on_data(file.gate.rules, pairs, LEVEL):
        _LOG.warning("the gate: %s", remark.removesuffix("."))


def _names_in(folder: Path, steps: list[Step]) -> list[str]:
    """Return the names of all that steps write in a run's folder. (Folders have markers.)"""
    from evenhand.remediation.training.baseline import record_path
    from evenhand.remediation.training.checkpoints import subfolders

    names = [STATE_NAME]
    for step in steps:
        path = step.output.relative_to(folder)
        names += [f"{parent}/" for parent in path.parents if parent.name]
        if step.name == "baseline":
            names += [str(path), record_path(path).name]
        elif step.name in REPAIRS:
            names += subfolders(str(path))
        else:
            names.append(f"{path}/")
    return names


def _check_output(folder: Path, names: Iterable[str] = ()) -> None:
    try:
        check_taken(folder, kind="run", names=names)
    except ConfigurationError as error:
        raise ConfigurationError(
            error.what, where=error.where, remedy="name another folder with `output` in [run]"
        ) from error


def _plan(steps: list[Step], state: RunState, digests: Digests) -> list[StepStatus]:
    found: list[StepStatus] = []
    for step in steps:
        pending = {status.step.name for status in found if status.condition != UP_TO_DATE}
        record = state.steps.get(step.name, StepRecord())
        found.append(status_of(step, record, digests, pending=pending))
    return found


def _forced(status: StepStatus) -> StepStatus:
    return replace(status, condition="stale", reasons=("--force",), resumes=False)


def _brought_up_to_date(
    status: StepStatus, state: RunState, digests: Digests, output: Path, progress: Progress
) -> RunState:
    """Make a step if it is not up to date; return the state of the run afterwards."""
    name = status.step.name
    if status.condition == UP_TO_DATE:
        progress(name, 1, 1, UP_TO_DATE)
        return state
    before = state.steps.get(name, StepRecord())
    begun = StepRecord(made_from=before.made_from, sha256=before.sha256, begun=status.inputs)
    state = state.with_step(name, begun)
    state.write(output)

    def named(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(f"{name}: {stage}", done, total, note)

    status.step.make(resume=status.resumes, progress=named)
    made = StepRecord(made_from=status.inputs, sha256=digests.of(status.step.output))
    state = state.with_step(name, made).with_digests(digests)
    state.write(output)
    progress(name, 1, 1, "made")
    return state


def _record_of(step: Step) -> dict[str, Any]:
    """Return what a training, sweep or comparison wrote of itself."""
    text = (step.output / f"{step.name}.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


def _reason_for_baseline(records: Iterable[dict[str, Any]]) -> str | None:
    """Return why the run's training kept the baseline; None if it did not."""
    kept = (each for each in records if each.get("limits_kept") is False)
    return next((str(each["reason"]) for each in kept), None)


def _told(record: dict[str, Any]) -> list[str]:
    reason = record.get("reason")
    kept = [] if reason is None or record.get("limits_kept") is False else [f"chosen: {reason}"]
    return [*kept, *record.get("warnings", [])]


def _judged(
    file: RunFile,
    report: Report,
    functions: FunctionsReport | None,
    reference: Report | None,
    renderers: Mapping[str, GateRenderer],
) -> GateResult:
    from evenhand.evaluation.gate.judge import judge

    result = judge(
        report,
        file.gate.rules,
        reference=reference,
        functions=functions,
        waivers=file.gate.waivers,
        where=str(file.path),
    )
    files = [(name, each, file.output / each.file_name) for name, each in renderers.items()]
    write_gate_files(result, file.path, file.gate, files, report, file.output / REPORT)
    return result


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock on a run's output folder; the end of the process releases it, too."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(
                "another run is writing to this folder",
                where=str(folder),
                remedy="wait until it ends, or name another folder with `output` in [run]",
            ) from error
        except OSError:
            pass  # some file systems have no locks
        yield
    finally:
        os.close(lock)
