"""The files that CI systems and pre-commit read: the commands in them run, with real files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from action_runner import check_form, path_with_evenhand, read_yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "evaluation"), str(ROOT / "tests" / "docs")]
from gate_reports import report, slice_  # noqa: E402
from pages import blocks_of  # noqa: E402

GUIDE = [block.text for block in blocks_of(ROOT / "docs/ci.md") if block.language == "yaml"]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with a report, rules that it meets, and two lexicons."""
    folder = tmp_path / "repository"
    for name in ("report", "lexicons"):
        (folder / name).mkdir(parents=True)
    (folder / "report" / "report.json").write_text(report([slice_(flip_rate=0.02)]).to_json())
    (folder / "evenhand.toml").write_text('[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.05\n')
    (folder / "lexicons" / "mine.txt").write_text("nurse,job\n")
    (folder / "lexicons" / "other.txt").write_text("baker,job\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    monkeypatch.chdir(folder)
    return folder


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def hooks(tmp_path):
    """A git repository that offers the hooks; evenhand itself is the environment's."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "hooks")
    return folder


def run_hook(hooks, repository, hook, *files):
    environment = {"PRE_COMMIT_HOME": str(repository.parent / "home"), "PATH": path_with_evenhand()}
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", hooks, hook, "--files", *files],
        cwd=repository,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_gate_is_a_hook(hooks, repository):
    files = ["report/report.json", "lexicons/mine.txt"]
    ended = run_hook(hooks, repository, "evenhand-gate", *files)
    assert ended.returncode == 0, ended.stdout
    assert "Passed" in ended.stdout
    document = report([slice_(flip_rate=0.2)])
    (repository / "report" / "report.json").write_text(document.to_json())
    ended = run_hook(hooks, repository, "evenhand-gate", *files)
    assert ended.returncode == 1, ended.stdout
    assert "0.2 is above 0.05" in ended.stdout
    assert "no files to check" in run_hook(hooks, repository, "evenhand-gate", files[1]).stdout


def test_the_check_of_lexicons_is_a_hook(hooks, repository):
    files = ["lexicons/mine.txt", "lexicons/other.txt", "evenhand.toml"]
    ended = run_hook(hooks, repository, "evenhand-terms-check", *files)
    assert ended.returncode == 0, ended.stdout
    (repository / "lexicons" / "other.txt").write_text("bak.*er,job\n")
    ended = run_hook(hooks, repository, "evenhand-terms-check", *files)
    assert ended.returncode == 1, ended.stdout
    assert "other.txt, line 1" in ended.stdout


@pytest.mark.slow
def test_gitlabs_job_fails_with_the_gate_and_leaves_what_it_keeps(repository):
    shutil.copy(Path(__file__).with_name("ci_scorers.py"), repository)
    rows = [f"{'she' if number % 2 else 'he'} is here,{number % 2}" for number in range(40)]
    (repository / "test.csv").write_text("\n".join(["text,label", *rows]))
    job = read_yaml(ROOT / "examples" / "gitlab-ci.yml")["fairness"]
    variables = job["variables"] | {"DATA": "test.csv", "MODEL": "ci_scorers:biased"}
    assert set(variables) == set(job["variables"])
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
        env=os.environ | {"PATH": path_with_evenhand()} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 1, ended.stdout
    assert "Gate FAILED" in ended.stdout
    artifacts = job["artifacts"]
    assert artifacts["when"] == "always"
    for path in (*artifacts["paths"], artifacts["reports"]["junit"]):
        assert (repository / path).exists()


def test_the_guides_workflow_has_the_form_that_github_asks_for_and_inputs_that_there_are(tmp_path):
    (text,) = [text for text in GUIDE if "\njobs:" in text]
    (tmp_path / "workflow.yml").write_text(text)
    check_form(tmp_path / "workflow.yml", "github-workflows")
    action = read_yaml(ROOT / "action.yml")
    steps = yaml.safe_load(text)["jobs"]["gate"]["steps"]
    (use,) = [step for step in steps if "evenhand@" in step.get("uses", "")]
    assert set(use["with"]) <= set(action["inputs"])
    required = {name for name, about in action["inputs"].items() if about.get("required")}
    assert required <= set(use["with"])
    named = re.findall(r"steps\.evenhand\.outputs\.(\w+)", text)
    assert set(named) <= set(action["outputs"])


def test_the_guides_hooks_are_there():
    offered = {hook["id"] for hook in read_yaml(ROOT / ".pre-commit-hooks.yaml")}
    (text,) = [text for text in GUIDE if text.startswith("repos:")]
    (used,) = yaml.safe_load(text)["repos"]
    assert {hook["id"] for hook in used["hooks"]} == offered
