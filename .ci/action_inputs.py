"""Write the inputs of action.yml, and the lines that pass them on, from the commands' own options.

    python .ci/action_inputs.py

What lies between the marks in action.yml is written anew; all else of it is written by hand.
tests/ci/test_action.py fails where an option has come or gone since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.cli import main

ACTION = Path(__file__).parents[1] / "action.yml"

# What the action settles itself, or what means nothing in it.
_NOT_FOR_BUILD = {
    "output", "overwrite", "json", "dry-run", "preview", "engine", "master", "shard-rows",
}  # fmt: skip
_NOT_FOR_EVALUATE = {"output", "overwrite", "json", "data"}
_NOT_FOR_GATE = {"report", "json", "junit", "sarif", "markdown", "render"}

# Inputs whose names are not their option's.
_NAMES = {
    "positive-label": "positive-labels",
    "slice-column": "slice-columns",
    "threshold": "thresholds",
    "compare-to": "baseline",
}
# Options of two commands that do not mean the same.
_NAMES_IN_REPORTS = {"slice-column": "report-slice-columns", "engine": "report-engine"}

_FLAG = re.compile(r"--([a-z][a-z-]*)")
_REPEATABLE = "Repeatable."


@dataclass(frozen=True)
class Input:
    """One input of the action: its name, the option that takes it, and what it means."""

    name: str
    option: str
    is_flag: bool
    about: str

    @property
    def variable(self) -> str:
        """The environment variable that holds it in a step."""
        return self.name.replace("-", "_").upper()


def inputs_of(path: tuple[str, ...], left_out: set[str], names: dict[str, str]) -> list[Input]:
    """Return the inputs that are options of a command, in the order of its help."""
    command: Any = main._command()
    for name in path:
        command = command.commands[name]
    return [
        Input(names.get(option, option), option, bool(each.is_flag), about(each.help))
        for each in command.params
        if each.param_type_name == "option"
        and (option := each.opts[0].removeprefix("--")) not in left_out
    ]


def about(text: str) -> str:
    """Return an option's help as the description of an input."""
    text = _FLAG.sub(lambda found: _NAMES.get(found[1], found[1]), text)
    return text.replace(_REPEATABLE, "One a line.")


def sections() -> dict[str, list[str]]:
    """Return the lines between the marks of action.yml, by the name of the mark."""
    build = inputs_of(("data", "build"), _NOT_FOR_BUILD, _NAMES)
    evaluate = inputs_of(("evaluate", "flip-rate"), _NOT_FOR_EVALUATE, _NAMES | _NAMES_IN_REPORTS)
    gate = inputs_of(("gate",), _NOT_FOR_GATE, _NAMES)
    of_build = {each.name for each in build}
    # These say how a file is read: that of `data`, or that of `predictions`.
    of_files = [each for each in evaluate if each.name in of_build]
    of_report = [each for each in evaluate if each.name not in of_build]
    return {
        "inputs": [*declared(build), *declared(of_report), *declared(gate)],
        "build environment": environment(build),
        "build options": passed_on(build),
        "evaluate environment": environment([*of_report, *of_files]),
        "evaluate options": passed_on(of_report),
        "predictions options": passed_on(of_files),
        "gate environment": environment(gate),
        "gate options": passed_on(gate),
    }


def declared(inputs: list[Input]) -> Iterator[str]:
    """Return inputs as YAML: a string of JSON is one of YAML, whatever it holds."""
    for each in inputs:
        kind = ' "true" sets it.' if each.is_flag else ""
        yield f"{each.name}:"
        yield f"  description: {json.dumps(each.about + kind, ensure_ascii=False)}"
        yield '  default: ""'


def environment(inputs: list[Input]) -> list[str]:
    """Return the variables that hold inputs."""
    return [f"{each.variable}: ${{{{ inputs.{each.name} }}}}" for each in inputs]


def passed_on(inputs: list[Input]) -> list[str]:
    """Return the calls of the shell's functions that make options of variables."""
    return [
        f'{"flag" if each.is_flag else "option"} {each.option} "${each.variable}"'
        for each in inputs
    ]


def written(text: str) -> str:
    """Return the text of action.yml with what lies between its marks written anew.

    Raises:
        ValueError: A mark is missing.
    """
    for name, lines in sections().items():
        mark = re.compile(
            rf"^( *)# options: {name}\n(?:.*\n)*?(?=^ *# end of options$)", re.MULTILINE
        )
        found = mark.search(text)
        if found is None:
            raise ValueError(f"action.yml has no line '# options: {name}'")
        indent = found[1]
        body = "".join(f"{indent}{line}\n" for line in lines)
        text = f"{text[: found.start()]}{indent}# options: {name}\n{body}{text[found.end() :]}"
    return text


if __name__ == "__main__":
    ACTION.write_text(written(ACTION.read_text(encoding="utf-8")), encoding="utf-8")
