"""What tells that a step is not up to date: what it was made from, and digests that are kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evenhand.cli.runs.staleness import status_of
from evenhand.cli.runs.state import Digests, FileRecord, RunState, StepRecord
from evenhand.cli.runs.steps import Step
from evenhand.data.errors import InputError
from evenhand.data.storage.files import digest_of, sha256_of
from evenhand.remediation.training.checkpoints import checkpoint_path

HERE = Path()


@pytest.fixture
def step(tmp_path: Path) -> Step:
    (tmp_path / "in.csv").write_text("text\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model").write_text("model")
    files = {"in.csv": tmp_path / "in.csv"}
    return Step("train", tmp_path / "out", {"epochs": 6}, {}, files=files)


def record_of(step: Step) -> StepRecord:
    inputs = status_of(step, StepRecord(), Digests({}, HERE)).inputs
    return StepRecord(made_from=inputs, sha256=digest_of(step.output))


def with_(step: Step, **changes: object) -> Step:
    return Step(**{**vars(step), **changes})  # type: ignore[arg-type]


def test_a_step_is_up_to_date_wherever_it_is(step: Step, tmp_path: Path) -> None:
    record = record_of(step)
    assert status_of(step, record, Digests({}, HERE)).condition == "up to date"
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("in.csv", "out"):
        shutil.move(tmp_path / name, moved)
    step = with_(step, output=moved / "out", files={"in.csv": moved / "in.csv"})
    assert status_of(step, record, Digests({}, HERE)).condition == "up to date"


def test_every_reason_is_named(step: Step, tmp_path: Path) -> None:
    record = record_of(step)
    (tmp_path / "new.csv").write_text("")
    (tmp_path / "in.csv").write_text("other\n")
    (tmp_path / "out" / "model").write_text("mine")
    changed = with_(
        step,
        options={"epochs": 8, "loss": "mse"},
        files={**step.files, "new.csv": tmp_path / "new.csv"},
        made={"baseline": tmp_path / "baseline.keras"},
    )
    status = status_of(changed, record, Digests({}, HERE), pending=["baseline"])
    assert status.condition == "stale"
    assert status.reasons == (
        "baseline is made first",
        "the output was changed",
        "input changed: in.csv",
        "input added: new.csv",
        "options changed: epochs 6 -> 8, loss null -> mse",
    )
    assert status_of(with_(step, files={}), record, Digests({}, HERE)).reasons == (
        "the output was changed",
        "input gone: in.csv",
    )
    (tmp_path / "in.csv").unlink()
    with pytest.raises(InputError, match="does not exist"):
        status_of(step, record, Digests({}, HERE))


def test_a_spacy_pipeline_counts_by_its_version(step: Step) -> None:
    step = with_(step, name="data.train", options={"spacy_pipeline": "pytest"})
    inputs = status_of(step, StepRecord(), Digests({}, HERE)).inputs
    assert inputs.code["pytest"] == pytest.__version__
    assert "spacy" in inputs.code


@pytest.mark.parametrize("name", ["http://localhost:8501/v1/models/m", "mine.models:build"])
def test_what_nobody_can_tell_of_is_never_up_to_date(step: Step, name: str) -> None:
    step = with_(step, unknown=(name,))
    status = status_of(step, record_of(step), Digests({}, HERE))
    assert status.reasons == (f"nobody can tell whether it changed: {name}",)


def test_an_unfinished_training_goes_on_from_the_same_inputs_only(step: Step) -> None:
    record = StepRecord(begun=record_of(step).made_from)
    assert not status_of(step, record, Digests({}, HERE)).resumes, "there is no checkpoint"
    checkpoint_path(step.output).mkdir()
    assert status_of(step, record, Digests({}, HERE)).resumes
    assert not status_of(with_(step, options={"epochs": 7}), record, Digests({}, HERE)).resumes
    step = with_(step, unknown=("mine.models:build",))
    record = StepRecord(begun=record_of(step).made_from)
    assert not status_of(step, record, Digests({}, HERE)).resumes, "the model may be another"


def test_a_digest_is_kept_until_the_file_may_have_changed(tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_text("one")
    assert Digests({}, HERE).of(file) == sha256_of(file)
    fresh = Digests({}, HERE)
    fresh.of(file)
    assert not fresh.known, "a change within the clock's tick would not show"
    found = file.stat()
    stat = (found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
    known = {file.name: FileRecord(stat=stat, sha256="f" * 64)}
    digests = Digests(known, tmp_path)
    assert digests.of(file) == "f" * 64, "it is not read again"
    assert digests.known == known
    while file.stat().st_ctime_ns == found.st_ctime_ns:  # until the file system's clock ticks
        file.write_text("two")
        os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert file.stat().st_mtime_ns == found.st_mtime_ns
    assert Digests(known, tmp_path).of(file) == sha256_of(file), (
        "the same size and time, other content"
    )


def test_the_state_is_read_back(step: Step, tmp_path: Path) -> None:
    state = RunState().with_step("train", record_of(step)).with_digests(Digests({}, HERE))
    state.write(tmp_path)
    assert RunState.read(tmp_path) == state
    assert RunState.read(tmp_path / "empty") == RunState()


def test_what_a_package_adds_counts_by_its_module(
    step: Step, tmp_path: Path, add_package: Callable[..., None]
) -> None:
    """Methods, taggers, techniques and kinds of models, by the name of their entry point."""
    groups = ("methods", "models", "taggers", "techniques")
    for group in groups:
        points = {f".{group}": "thing"}
        add_package(f"counted_{group}", f"evenhand.{group}", points, "thing = 1")
        step = with_(step, code=(*step.code, f".{group}"))
    record = record_of(step)
    assert status_of(step, record, Digests({}, HERE)).condition == "up to date"
    for number, group in enumerate(groups, start=1):
        (tmp_path / f"counted_{group}.py").write_text("thing = 2")
        reasons = status_of(step, record, Digests({}, HERE)).reasons
        assert reasons == tuple(f"input changed: .{each}" for each in groups[:number])


def test_every_thing_of_one_name_counts(
    step: Step, tmp_path: Path, add_package: Callable[..., None]
) -> None:
    """A language's method and its tagger may be called alike."""
    for group in ("methods", "taggers"):
        points = {"french": "thing"}
        add_package(f"french_{group}", f"evenhand.{group}", points, "thing = 1")
    step = with_(step, code=("french",))
    for group in ("methods", "taggers"):
        record = record_of(step)
        assert status_of(step, record, Digests({}, HERE)).condition == "up to date"
        (tmp_path / f"french_{group}.py").write_text("thing = 2")
        status = status_of(step, record, Digests({}, HERE))
        assert status.reasons == ("input changed: french",)


@pytest.mark.parametrize("group", ["metrics", "renderers"])
def test_an_evaluation_counts_the_metrics_and_renderers_of_all_packages(
    step: Step, tmp_path: Path, add_package: Callable[..., None], group: str
) -> None:
    kind = group.removesuffix("s")
    evaluation = with_(step, name="evaluate")
    add_package(f"shown_{group}", f"evenhand.{group}", {"mine": "thing"}, "thing = 1")
    records = {each.name: (each, record_of(each)) for each in (step, evaluation)}
    (tmp_path / f"shown_{group}.py").write_text("thing = 2")
    reasons = {
        name: status_of(each, record, Digests({}, HERE)).reasons
        for name, (each, record) in records.items()
    }
    assert reasons == {"train": (), "evaluate": (f"input changed: {kind} mine",)}
