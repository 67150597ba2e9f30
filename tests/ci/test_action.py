"""action.yml: it has the form that GitHub asks for, and its steps do what it says."""

from __future__ import annotations

import csv
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from action_runner import ActionRun, check_form, read_yaml

ROOT = Path(__file__).parents[2]
# File, column and value names that would run as code, or end a line or an argument, if they could
HOSTILE_FILE = "$(touch pwned) `touch pwned`; touch pwned #\"'.csv"
HOSTILE_COLUMN = "--overwrite\"$(touch pwned)';touch pwned"
HOSTILE_VALUE = "<script>::error::$(touch pwned)"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A repository with a service in a folder of its own: data, a model and rules."""
    root = tmp_path_factory.mktemp("workspace")
    folder = root / "a service"
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("ci_scorers.py"), folder)
    with (folder / HOSTILE_FILE).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["comment", "label", HOSTILE_COLUMN])
        for number in range(60):
            text = f"she is here {number}" if number % 2 else f"he went there {number}"
            rows.writerow([text, number % 2, HOSTILE_VALUE])
    (folder / "fails.toml").write_text('[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.1\n')
    (folder / "evenhand.toml").write_text('[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.9\n')
    return root


def use(workspace, temp, **inputs):
    given = {
        "data": HOSTILE_FILE,
        "text-column": "comment",
        "label-column": "label",
        "positive-labels": "1\n",
        "slice-columns": f"{HOSTILE_COLUMN}\n",
        "model": "ci_scorers:biased",
        "working-directory": "a service",
        "install": "false",
    }
    return ActionRun(ROOT, workspace, temp, given | inputs)


def commands_that_the_runner_takes(printed):
    """Return the lines of a job's log that the runner would act on."""
    taken, token = [], None
    for line in printed.splitlines():
        stop = re.match("::stop-commands::(.+)", line)
        if token is not None:
            token = None if line == f"::{token}::" else token
        elif stop:
            token = stop[1]
        elif "::" in line or "##[" in line:
            taken.append(line)
    assert token is None, "commands are left off"
    return taken


@pytest.mark.slow
def test_its_steps_build_evaluate_and_fail_the_gate(workspace, tmp_path):
    action = use(workspace, tmp_path / "temp", config="fails.toml")
    assert action.run() == 1, action.printed
    assert action.output("passed") == "false"
    comment = Path(action.output("comment")).read_text(encoding="utf-8")
    assert comment.startswith("<!-- evenhand -->\n## Fairness gate failed")
    assert "## Flip-rate report" in comment
    assert "Fairness gate failed" in action.summary
    assert "## Flip-rate report" in action.summary
    assert "<script>" not in comment + action.summary
    assert "::error title=Fairness gate%3A overall,file=a service/fails.toml,line=1::" in (
        action.printed
    )
    assert all(
        line.startswith("::error title=Fairness gate")
        for line in commands_that_the_runner_takes(action.printed)
    )
    assert (Path(action.output("report")) / "report.html").is_file()
    assert ElementTree.parse(action.output("junit")).find("testsuite").get("failures") == "1"
    assert Path(action.output("sarif")).is_file()
    assert not list(workspace.rglob("pwned"))


@pytest.mark.slow
def test_a_gate_that_passes_against_a_baseline_and_a_reference(workspace, tmp_path):
    """The rules are those of the working directory."""
    first = use(workspace, tmp_path / "temp", baseline="ci_scorers:biased")
    assert first.run() == 0, first.printed
    assert first.output("passed") == "true"
    gate = ActionRun(
        ROOT, workspace, first.temp, dict(first.inputs, reference=first.output("report"))
    )
    gate.outputs = {"build": first.outputs["build"]}
    gate.definition["runs"]["steps"] = gate.definition["runs"]["steps"][-1:]
    assert gate.run() == 0, gate.printed
    assert "significantly worse" in gate.printed
    assert not list(workspace.rglob("pwned"))


def test_a_step_that_cannot_go_on_ends_the_action_with_its_exit_code(workspace, tmp_path):
    action = use(workspace, tmp_path / "temp", data="##[error]absent.csv")
    assert action.run() == 3
    assert "absent.csv" in action.printed
    assert commands_that_the_runner_takes(action.printed) == []
    assert action.output("passed") == ""


def test_it_installs_what_the_lock_pins():
    steps = {step.get("id"): step for step in read_yaml(ROOT / "action.yml")["runs"]["steps"]}
    script = steps["install"]["run"]
    assert "--require-hashes" in script
    named = re.findall(r"GITHUB_ACTION_PATH/([\w.]+)", script)
    assert named == ["requirements.lock"]
    assert all((ROOT / name).is_file() for name in named)


@pytest.mark.parametrize(
    ("schema", "file", "options"),
    [
        ("github-actions", "action.yml", []),
        ("github-workflows", ".github/workflows/ci.yml", []),
        ("gitlab-ci", "examples/gitlab-ci.yml", ["--data-transform", "gitlab-ci"]),
    ],
)
def test_it_has_the_form_that_its_reader_asks_for(schema, file, options):
    check_form(ROOT / file, schema, options)
