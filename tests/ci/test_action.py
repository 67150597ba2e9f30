"""action.yml: it has the form that GitHub asks for, and its steps do what it says."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from action_runner import ActionRun, check_form, read_yaml

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / ".ci"))
import action_inputs  # noqa: E402

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


@pytest.fixture
def use(workspace, tmp_path, path_with_forked_evenhand):
    """Use the action in the workspace, with other inputs than these."""
    given = {
        "data": HOSTILE_FILE,
        "text-column": "comment",
        "label-column": "label",
        "positive-labels": "1\n",
        "slice-columns": f"{HOSTILE_COLUMN}\n",
        "model": "ci_scorers:biased",
        "working-directory": "a service",
        "no-cache": "true",
        "install": "false",
    }
    path = path_with_forked_evenhand
    return lambda **inputs: ActionRun(ROOT, workspace, tmp_path / "temp", given | inputs, path=path)


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
def test_its_steps_build_evaluate_and_fail_the_gate(use, workspace):
    action = use(config="fails.toml")
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
def test_a_gate_that_passes_against_a_baseline_and_a_reference(use, workspace):
    """The rules are those of the working directory."""
    first = use(baseline="ci_scorers:biased")
    assert first.run() == 0, first.printed
    assert first.output("passed") == "true"
    gate = use(**dict(first.inputs, reference=first.output("report")))
    gate.outputs = {"folder": first.outputs["folder"]}
    steps = gate.definition["runs"]["steps"]
    gate.definition["runs"]["steps"] = [step for step in steps if step.get("id") == "gate"]
    assert gate.run() == 0, gate.printed
    assert "significantly worse" in gate.printed
    assert not list(workspace.rglob("pwned"))


def test_a_step_that_cannot_go_on_ends_the_action_with_its_exit_code(use):
    action = use(data="##[error]absent.csv")
    assert action.run() == 3
    assert "absent.csv" in action.printed
    assert commands_that_the_runner_takes(action.printed) == []
    assert action.output("passed") == ""


def test_it_installs_what_the_lock_pins():
    steps = {step.get("id"): step for step in read_yaml(ROOT / "action.yml")["runs"]["steps"]}
    script = steps["install"]["run"]
    assert "--require-hashes" in script
    assert re.findall(r"GITHUB_ACTION_PATH/([\w.]+)", script) == ["requirements.lock"]


def test_the_files_that_its_steps_name_are_there():
    scripts = [step.get("run", "") for step in read_yaml(ROOT / "action.yml")["runs"]["steps"]]
    named = {name for script in scripts for name in re.findall(r"ACTION_PATH/([\w./]+)", script)}
    assert len(named) > 2
    assert all((ROOT / name).is_file() for name in named)


def test_every_option_of_its_commands_is_an_input():
    """`make action` writes them."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert action_inputs.written(text) == text
    assert {"thresholds", "report-slice-columns", "endpoint", "controls", "role"} <= set(
        read_yaml(ROOT / "action.yml")["inputs"]
    )


@pytest.mark.slow
def test_predictions_are_judged_without_data_or_a_model(
    workspace, tmp_path, path_with_forked_evenhand
):
    folder = workspace / "a service"
    (folder / "scores.csv").write_text(
        "prediction;counterfactual_prediction;is_toxic\n" + "0.9;0.8;yes\n0.2;0.7;no\n" * 30
    )
    given = {"predictions": "scores.csv", "delimiter": ";", "thresholds": "0.75\n0.5\n"}
    labels = {"label-column": "is_toxic", "positive-labels": "yes"}
    rest = {"working-directory": "a service", "install": "false"}
    inputs = given | labels | rest
    path = path_with_forked_evenhand
    action = ActionRun(ROOT, workspace, tmp_path / "temp", inputs, path=path)
    assert action.run() == 0, action.printed
    report = json.loads((Path(action.output("report")) / "report.json").read_text())
    assert report["thresholds"] == [0.75, 0.5]
    assert report["models"][0]["slices"][0]["metrics"]["accuracy"]["value"] == 1.0


class Forge(BaseHTTPRequestHandler):
    """As much of GitHub as keeps the comments of a pull request."""

    comments: ClassVar[list[dict]] = []
    refused: ClassVar[bool] = False

    def _answer(self, content, status=200):
        self.send_response(403 if self.refused else status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def _body(self):
        assert self.headers["Authorization"] == "Bearer secret"
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def do_GET(self):
        where = urlsplit(self.path)
        assert where.path == "/repos/us/it/issues/7/comments"
        page, size = (int(parse_qs(where.query)[name][0]) for name in ("page", "per_page"))
        self._answer(self.comments[(page - 1) * size : page * size])

    def do_POST(self):
        assert self.path == "/repos/us/it/issues/7/comments"
        self.comments.append(comment(self._body(), len(self.comments)))
        self._answer(self.comments[-1])

    def do_PATCH(self):
        number = int(self.path.removeprefix("/repos/us/it/issues/comments/"))
        self.comments[number]["body"] = self._body()
        self._answer(self.comments[number])

    def log_message(self, *_):
        pass


def comment(body, number, kind="Bot", association="NONE"):
    user = {"type": kind}
    return {"id": number, "body": body, "user": user, "author_association": association}


@pytest.fixture
def forge():
    Forge.comments, Forge.refused = [], False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Forge)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def comment_action(forge, folder, body, event=None):
    (folder / "comment.md").write_text(body, encoding="utf-8")
    known = {"pull_request": {"number": 7}} if event is None else event
    (folder / "event.json").write_text(json.dumps(known))
    return ActionRun(
        ROOT,
        folder,
        folder / "temp",
        {"comment": "true", "github-token": "secret"},
        {
            "GITHUB_API_URL": forge,
            "GITHUB_REPOSITORY": "us/it",
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
        },
    )


def run_comment(forge, folder, body, event=None):
    action = comment_action(forge, folder, body, event)
    action.outputs = {"gate": {"comment": str(folder / "comment.md")}}
    steps = action.definition["runs"]["steps"]
    action.definition["runs"]["steps"] = [step for step in steps if step["name"] == "Comment"]
    assert action.run() == 0, action.printed
    return action.printed


def test_a_comment_is_written_once_and_renewed_after(forge, tmp_path):
    """Nor is another's taken for it, whatever it says."""
    mark = "<!-- evenhand -->"
    Forge.comments = [comment(f"Comment {number}", number) for number in range(120)]
    Forge.comments[3] = comment(f"{mark}\nmine", 3, kind="User")
    Forge.comments[4] = comment("<!-- evenhand other -->\nanother use", 4)
    before = list(Forge.comments)
    run_comment(forge, tmp_path, f"{mark}\n## Gate failed: é")
    assert Forge.comments[:-1] == before
    assert Forge.comments[-1]["body"] == f"{mark}\n## Gate failed: é"
    run_comment(forge, tmp_path, f"{mark}\n## Gate passed")
    assert len(Forge.comments) == 121
    assert Forge.comments[-1]["body"] == f"{mark}\n## Gate passed"


def test_a_comment_that_cannot_be_written_is_a_warning(forge, tmp_path):
    Forge.refused = True
    printed = run_comment(forge, tmp_path, "<!-- evenhand -->\nresult")
    assert printed.startswith("::warning title=evenhand::The comment could not be written: HTTP")
    assert "secret" not in printed
    assert "no pull request" in run_comment(forge, tmp_path, "<!-- evenhand -->", event={})


def test_several_uses_on_one_pull_request_have_comments_of_their_own(tmp_path):
    script = 'source "$1"; comment_mark "$2"'
    steps = ROOT / ".ci" / "action_steps.sh"
    marks = {
        name: subprocess.run(
            ["bash", "-euc", script, "-", steps, name], capture_output=True, text=True, check=True
        ).stdout
        for name in ("", "toxicity", "--> $(touch pwned)")
    }
    assert marks == {
        "": "<!-- evenhand -->\n",
        "toxicity": "<!-- evenhand toxicity -->\n",
        "--> $(touch pwned)": "<!-- evenhand -- touch pwned -->\n",
    }


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
