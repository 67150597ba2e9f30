"""Help pages say what there is, below headings, and load little."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest
from every_option import EVERY

from evenhand.cli import main
from evenhand.cli.commands.index import LazyGroup
from evenhand.data.options import HEADINGS
from evenhand.evaluation.gate.rules import GateRule

LOADED = """
import sys
from evenhand.cli.main import run
assert run(sys.argv[1:]) == 0
late = ("pydantic", "rich.markdown", "rich.traceback", "numpy", "tensorflow")
commands = [name for name in sys.modules if name.startswith("evenhand.cli.commands.")]
late = [name for name in late if name in sys.modules]
print("loaded:", *late, *sorted(commands), file=sys.stderr)
"""


def page(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main.run(arguments) == 0
    return capsys.readouterr().out


def loaded(*arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True
    )
    return done.stderr.partition("loaded:")[2].split()


@pytest.mark.parametrize(("path", "command"), EVERY, ids=lambda given: str(given)[:30])
def test_a_page_holds_all_options_commands_and_sentences(path, command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = page([*path, "--help"], capsys)
    for parameter in command.params:
        for flag in parameter.opts if parameter.param_type_name == "option" else ():
            assert re.search(rf"{flag}[ ,]", shown), flag
    for name in getattr(command, "commands", {}):
        assert f"│ {name} " in shown
    first = " ".join(inspect.cleandoc(command.help).split("\n\n")[0].split()).replace("`", "")
    assert first in " ".join(shown.split())
    assert "`" not in shown


def test_the_options_of_train_stand_below_headings_in_order(capsys):
    shown = page(["remediate", "train", "--help"], capsys)
    headings = re.findall(r"╭─ (.+?) ─", shown)
    assert headings[-1] == "Options"
    assert headings[:-1] == [each for each in HEADINGS if each in headings]
    assert {"Model", "Data", "Pairs and loss", "Optimisation", "Output"} <= set(headings)


def test_a_page_says_kind_default_range_and_what_has_to_be_given(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = page(["remediate", "train", "--help"], capsys)
    assert re.search(
        r"--epochs <int> +Passes over the examples. \[1 or more\] \[default: 6\]", shown
    )
    assert re.search(r"--baseline <str> .*\[required\]", shown)


def test_help_is_shown_whatever_else_is_given(capsys):
    alone = page(["data", "build", "--help"], capsys)
    assert page(["data", "build", "a.csv", "--seed", "3", "-h"], capsys).strip() == alone.strip()


def test_the_list_of_commands_says_what_their_pages_say():
    command = main._command()
    assert isinstance(command, LazyGroup)
    for name, sentence in command.short_helps.items():
        first = inspect.cleandoc(command.commands[name].help).split("\n\n")[0]
        assert " ".join(first.split()) == sentence, name


def test_a_page_loads_its_own_command_only_and_nothing_that_takes_long():
    assert loaded("--help") == ["evenhand.cli.commands.index"]
    index, *others = loaded("remediate", "train", "--help")
    assert index == "evenhand.cli.commands.index"
    assert others == [
        "evenhand.cli.commands.remediate",
        "evenhand.cli.commands.remediate_compare",
        "evenhand.cli.commands.remediate_sweep",
    ]


def test_the_gates_page_names_every_key_of_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    words = set(re.findall(r"\w+", page(["gate", "--help"], capsys)))
    assert set(GateRule.model_fields) <= words
