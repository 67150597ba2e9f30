"""Check and run what is written in YAML: an action's steps as GitHub's runner would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

_EXPRESSION = re.compile(r"\$\{\{ *([^}]+?) *\}\}")
_INPUT_IS = re.compile(r"inputs\.([\w-]+) == '([^']*)'")
_ALWAYS = "always()"

_PASSED_ON = ("PYTHONPATH", "XDG_CACHE_HOME")  # where tests find evenhand, and keep scores


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def path_with_evenhand() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def check_form(path: Path, schema: str, options: Sequence[str] = ()) -> None:
    """Check a YAML file with one of the schemas that check-jsonschema brings."""
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    checked = subprocess.run([*command, *options, path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@dataclass
class ActionRun:
    """One use of an action.

    Attributes:
        action: The folder of its action.yml.
        workspace: The repository that uses it.
        temp: What the runner calls RUNNER_TEMP.
        inputs: What the workflow gives, by name.
        runner: Variables that the runner sets, beside those that every use has.
        path: The PATH of the steps.
    """

    action: Path
    workspace: Path
    temp: Path
    inputs: dict[str, str]
    runner: dict[str, str] = field(default_factory=dict)
    path: str = field(default_factory=path_with_evenhand)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    printed: str = ""

    def __post_init__(self) -> None:
        self.definition = read_yaml(self.action / "action.yml")
        declared = self.definition["inputs"]
        assert set(self.inputs) <= set(declared)
        for name, about in declared.items():
            assert name in self.inputs or not about.get("required"), f"{name} is required"
            self.inputs.setdefault(name, about.get("default", ""))

    def run(self) -> int:
        """Run the steps, after one that fails those alone that always run.

        Returns:
            The exit code of the step that failed, or 0.
        """
        self.temp.mkdir(exist_ok=True)
        failed = 0
        for number, step in enumerate(self.definition["runs"]["steps"]):
            conditions = step["if"].split(" && ") if "if" in step else []
            if failed and _ALWAYS not in conditions:
                continue
            wanted = [_INPUT_IS.fullmatch(each).groups() for each in conditions if each != _ALWAYS]
            if any(self.inputs[name] != value for name, value in wanted):
                continue
            assert "uses" not in step, "another action cannot be run here"
            failed = self._run_step(step, step.get("id", str(number))) or failed
        return failed

    def output(self, name: str) -> str:
        return self._evaluate(self.definition["outputs"][name]["value"])

    def _run_step(self, step: dict[str, Any], name: str) -> int:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "what an expression gives would be code"
        script = self.temp / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        output, summary = self.temp / "output", self.temp / "summary"
        for file in (output, summary):
            file.write_text("")
        environment = {
            "PATH": self.path,
            "HOME": str(self.temp),
            **{
                key: os.environ[key]
                for key in ("PYTHONPATH", "XDG_CACHE_HOME")
                if key in os.environ
            },
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            **self.runner,
            "RUNNER_TEMP": str(self.temp),
            **{key: self._evaluate(value) for key, value in step.get("env", {}).items()},
        }
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace / self._evaluate(step.get("working-directory", ".")),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed += ended.stdout
        self.summary += summary.read_text(encoding="utf-8")
        lines = output.read_text(encoding="utf-8").splitlines()
        self.outputs[name] = dict(line.split("=", 1) for line in lines)
        return ended.returncode

    def _evaluate(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            context, *names = found[1].split(".")
            if context == "inputs":
                return self.inputs[names[0]]
            assert context == "steps"
            assert names[1] == "outputs"
            return self.outputs.get(names[0], {}).get(names[2], "")

        return _EXPRESSION.sub(value, text)
