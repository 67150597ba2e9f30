"""Shell completion: bash asked as it asks itself, zsh and fish by what their functions run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = [
    ("evenhand ga", "gate"),
    ("evenhand gate ex", "explain"),
    ("evenhand gate --ref", "--reference"),
    ("evenhand data terms --h", "--help"),
]
BIN = Path(sys.executable).parent


def ask(command, **variables):
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        command, env=os.environ | {"PATH": path} | variables, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_bash_completes_once_the_script_is_sourced():
    script = ask(["evenhand"], _EVENHAND_COMPLETE="source_bash")
    asked = [
        f"COMP_WORDS=({line}); COMP_CWORD={line.count(' ')}; _evenhand_completion evenhand; "
        'echo "${COMPREPLY[@]}"'
        for line, _ in CASES
    ]
    found = ask(["bash", "-c", "\n".join([script, *asked])]).splitlines()
    assert found == [completion for _, completion in CASES]


@pytest.mark.parametrize(("line", "completion"), CASES)
def test_fish_gets_a_line_for_each_completion(line, completion):
    found = ask(
        ["evenhand"],
        _EVENHAND_COMPLETE="complete_fish",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
        _TYPER_COMPLETE_ARGS=line,
    )
    assert [row.split("\t")[0] for row in found.splitlines()] == [completion]


def test_zsh_gets_what_it_evaluates():
    for line, completion in CASES[:1] + CASES[2:3]:
        found = ask(["evenhand"], _EVENHAND_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line)
        assert found.startswith(f"""_arguments '*: :(("{completion}":""")
