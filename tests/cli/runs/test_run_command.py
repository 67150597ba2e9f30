"""Runs from a run file: real ones, and what a second one does not do again."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from run_projects import write_project

from evenhand.cli.main import run
from evenhand.cli.runs.execution import execute_run, plan_run
from evenhand.cli.runs.file import read_run_file
from evenhand.cli.runs.steps import Step
from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.ownership import read_marker

STEPS = ["data.train", "data.test", "baseline", "train", "evaluate"]

# Begins a run and is killed in the third epoch of the training.
KILLED = """
import os, signal, sys
from evenhand.cli.runs.execution import execute_run
from evenhand.cli.runs.file import read_run_file
from evenhand.cli.runs.steps import Step

def kill(stage, done, total=None, note=""):
    if stage.startswith("train: epoch 3 ") and done >= 2:
        os.kill(os.getpid(), signal.SIGKILL)

execute_run(read_run_file(sys.argv[1], ["train.epochs=5"]), progress=kill)
"""


def conditions(file: Path, *overrides: str) -> dict[str, str]:
    plan = plan_run(read_run_file(file, overrides))
    return {status.step.name: status.condition for status in plan}


def reasons(file: Path, *overrides: str) -> dict[str, tuple[str, ...]]:
    plan = plan_run(read_run_file(file, overrides))
    return {status.step.name: status.reasons for status in plan if status.reasons}


def made_by(file: Path, *overrides: str) -> list[str]:
    done = execute_run(read_run_file(file, overrides)).steps
    return [status.step.name for status in done if status.reasons]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run file of a run that ended."""
    file = write_project(tmp_path_factory.mktemp("finished"))
    assert conditions(file) == dict(zip(STEPS, ["stale"] * 5, strict=True))
    assert run(["run", str(file)]) == 0
    return file


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """Return the run file of a copy, elsewhere, of a run that ended."""
    shutil.copytree(finished.parent, tmp_path / "project")
    return tmp_path / "project" / finished.name


@pytest.mark.slow
def test_a_second_run_does_nothing_but_judge(project, capsys, monkeypatch):
    before = contents(project.parent / "evenhand-run" / "report")
    assert run(["run", str(project), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {step["step"]: step["status"] for step in document["steps"]} == dict.fromkeys(
        STEPS, "up to date"
    )
    assert document["gate"]["passed"]
    record = json.loads((project.parent / "evenhand-run" / "clp" / "train.json").read_text())
    assert document["told"] == [f"chosen: {record['reason']}", *record["warnings"]]
    assert contents(project.parent / "evenhand-run" / "report") == before
    # Rules are no part of any output: they are judged anew, and a failing one is the exit code.
    rules = "gate.rules=[{metric='auc',min=0.999}]"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(["run", str(project), "--set", rules]) == 1
    output = capsys.readouterr().out
    assert "Gate FAILED" in output
    assert "::error title=Fairness gate" in output
    assert "made" not in output.split("at threshold")[0]
    assert "<failure" in (project.parent / "evenhand-run" / "gate.xml").read_text()


@pytest.mark.slow
def test_a_run_writes_the_files_of_the_gate_that_packages_add(project, add_package):
    code = """
from evenhand.evaluation import GateRenderer
made = GateRenderer("gate.txt", lambda judgement: judgement.result.verdict)
fails = GateRenderer("gate.xml", str)
"""
    add_package("renders_verdicts", "evenhand.renderers", {"verdict": "made"}, code)
    output = project.parent / "evenhand-run"
    assert run(["run", str(project)]) == 0
    assert (output / "gate.txt").read_text().startswith("Gate passed")
    assert "gate.txt" in read_marker(output).written
    add_package("renders_the_same", "evenhand.renderers", {"other": "fails"}, code)
    assert run(["run", str(project), "--force"]) == 2, "it is refused before any work"


@pytest.mark.slow
def test_what_is_made_anew_is_what_depends_on_what_changed(project):
    folder = project.parent
    train, test = folder / "sample" / "train.csv", folder / "sample" / "test.csv"
    os.utime(train)
    assert not reasons(project), "the same content with another time"
    lines = test.read_text().splitlines(keepends=True)
    test.write_text("".join(lines[:-1]))
    assert reasons(project) == {
        "data.test": ("input changed: sample/test.csv",),
        "evaluate": ("data.test is made first",),
    }
    assert conditions(project)["evaluate"] == "waits"
    assert made_by(project) == ["data.test", "evaluate"]
    assert not reasons(project)

    assert reasons(project, "train.epochs=2", "evaluate.min_pairs=9") == {
        "train": ("options changed: epochs 1 -> 2",),
        "evaluate": ("train is made first", "options changed: min_pairs 30 -> 9"),
    }
    assert not reasons(project, "train.cache=none", "data.workers=2"), "the output is the same"
    assert set(reasons(project, "run.seed=1")) == set(STEPS)
    card = folder / "evenhand-run" / "data" / "train" / "card.md"
    card.write_text("")
    assert reasons(project)["data.train"] == ("the output was changed",)
    # Built again it is what it was, and so nothing that depends on it is made again.
    assert made_by(project) == ["data.train"]


@pytest.mark.slow
def test_functionalities_are_a_step_of_their_own_and_the_gate_judges_them(project, capsys):
    rules = "gate.rules=[{metric='functions.accuracy',slice='functionality=*',min=0}]"
    assert run(["run", str(project), "--set", rules]) == 1, "there is no evidence"
    assert "[functions]" in capsys.readouterr().out
    asked = ["functions.terms=['religion']", "functions.groups=['sikh']", rules]
    assert made_by(project, *asked) == ["functions"]
    assert not reasons(project, *asked)
    output = project.parent / "evenhand-run" / "functions"
    assert (output / "functions.html").is_file()
    settings = [word for each in asked for word in ("--set", each)]
    assert run(["run", str(project), *settings]) == 0
    printed = capsys.readouterr().out
    assert "functionality=negated-hate" in printed and "The candidate flags" in printed
    higher = rules.replace("min=0", "min=1")
    assert run(["run", str(project), *settings[:-1], higher]) == 1
    for reason in reasons(project, *asked, "evaluate.baseline_threshold=0.6").values():
        assert reason == ("options changed: baseline_threshold null -> 0.6",)
    assert set(reasons(project, *asked, "train.epochs=2")) == {"train", "evaluate", "functions"}
    shutil.rmtree(output)
    assert reasons(project, *asked) == {"functions": ("the output is gone",)}


@pytest.mark.slow
def test_code_and_versions_count(project, monkeypatch):
    state = project.parent / "evenhand-run" / "evenhand-run.json"
    document = json.loads(state.read_text())
    document["steps"]["evaluate"]["made_from"]["code"]["evenhand's code"] = "0" * 64
    document["steps"]["train"]["made_from"]["code"]["tensorflow"] = "1.0"
    state.write_text(json.dumps(document))
    found = reasons(project)
    assert found["evaluate"] == ("train is made first", "evenhand's code changed")
    assert found["train"][0].startswith("versions changed: tensorflow 1.0 -> ")
    # A module of one's own is read, not run.
    (project.parent / "own.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.chdir(project.parent)
    setting = "evaluate.preprocess=own:ids"
    before = plan_run(read_run_file(project, [setting]))[-1].inputs.files["own:ids"]
    (project.parent / "own.py").write_text("raise SystemExit('imported again')\n")
    assert plan_run(read_run_file(project, [setting]))[-1].inputs.files["own:ids"] != before
    assert plan_run(read_run_file(project, ["evaluate.preprocess=not_there:ids"]))


@pytest.mark.slow
def test_what_is_gone_or_unknown_is_made_anew(project):
    output = project.parent / "evenhand-run"
    shutil.rmtree(output / "report")
    assert reasons(project) == {"evaluate": ("the output is gone",)}
    (output / "evenhand-run.json").unlink()
    assert reasons(project)["data.test"] == ("there is no record of what made the output",)
    (output / "evenhand-run.json").write_text("{")
    assert run(["run", str(project)]) == 3
    (output / ".evenhand.json").unlink()
    with pytest.raises(ConfigurationError, match="left alone"):
        execute_run(read_run_file(project))


@pytest.mark.slow
def test_a_killed_training_goes_on(project):
    output = project.parent / "evenhand-run"
    child = subprocess.run([sys.executable, "-c", KILLED, str(project)], capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert not reasons(project), "what was there before is still there"
    assert plan_run(read_run_file(project, ["train.epochs=5"]))[3].resumes
    epochs = []

    def note(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        epochs.extend([stage] if stage.startswith("train: epoch") else [])

    execute_run(read_run_file(project, ["train.epochs=5"]), progress=note)
    assert set(epochs) == {f"train: epoch {number} of 5" for number in (3, 4, 5)}
    assert len(json.loads((output / "clp" / "history.json").read_text())) == 5
    assert not reasons(project, "train.epochs=5")
    assert sorted(path.name for path in output.iterdir()) == [
        ".evenhand.json", "baseline.keras", "baseline.keras.json", "clp", "data",
        "evenhand-run.json", "gate.html", "gate.md", "gate.sarif", "gate.xml", "report",
    ]  # fmt: skip


def test_two_runs_into_one_folder(tmp_path, capsys):
    file = write_project(tmp_path)
    (tmp_path / "evenhand-run").mkdir()
    lock = os.open(tmp_path / "evenhand-run", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        assert run(["run", str(file)]) == 2
    finally:
        os.close(lock)
    assert "another run is writing to this folder" in capsys.readouterr().err
    assert list((tmp_path / "evenhand-run").iterdir()) == []


def test_other_peoples_folders_are_left_alone(tmp_path, capsys):
    file = write_project(tmp_path)
    for output in (".", "sample"):
        before = contents(tmp_path)
        assert run(["run", str(file), "--set", f"run.output={output}"]) == 2
        assert "left alone" in capsys.readouterr().err
        assert contents(tmp_path) == before


def test_nothing_is_made_by_looking(tmp_path, capsys, monkeypatch):
    file = write_project(tmp_path)
    before = contents(tmp_path)
    assert run(["status", str(file)]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[:2] for line in shown.splitlines()[1:]] == [
        [name, "stale"] for name in STEPS
    ]
    monkeypatch.chdir(tmp_path)
    assert run(["run", "--dry-run", "--set", "train.epochs=3"]) == 0
    assert "Nothing was made" in capsys.readouterr().out
    assert run(["status", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in document["steps"]] == STEPS
    assert contents(tmp_path) == before


def test_a_reference_and_late_inputs_are_looked_for_first(tmp_path, capsys):
    file = write_project(tmp_path)
    assert run(["run", str(file), "--set", "run.reference=main.json"]) == 3
    assert run(["run", str(file), "--set", "evaluate.compare_to=old.keras"]) == 3
    assert "old.keras" in capsys.readouterr().err
    assert not (tmp_path / "evenhand-run" / "data").exists()


def test_status_loads_no_tensorflow(tmp_path):
    file = write_project(tmp_path)
    code = (
        "import sys; from evenhand.cli.main import run; "
        f"assert run(['status', {str(file)!r}]) == 0; "
        "assert not {'tensorflow', 'keras', 'pandas', 'matplotlib', 'rich'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_rules_that_cannot_be_met_are_told_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make = Step.make

    def make_data_alone(step: Step, **arguments: Any) -> None:
        if not step.name.startswith("data."):
            raise KeyboardInterrupt
        make(step, **arguments)

    monkeypatch.setattr(Step, "make", make_data_alone)
    file = write_project(tmp_path)
    rule = "{metric='flip_rate',max=1e-6,bound='upper'}"
    assert run(["run", str(file), "--set", f"gate.rules=[{rule}]"]) == 130
    assert "the gate: rules[1] cannot be met by any model" in caplog.text
    assert "takes 3,841,455 pairs, and overall has" in caplog.text
    assert run(["run", str(file)]) == 130
    assert "rules[1] can never fail by a value" in caplog.text
