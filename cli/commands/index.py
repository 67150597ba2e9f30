"""The list of commands. Each is loaded only when it is needed, so that help is fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

# For each command or group: its module in this folder with its name there, and its line in the list
# of commands, which is the first sentence of its help
_COMMANDS = {
    "demo": (
        "demo:demo",
        "Do everything on generated sample text: pairs, training, report, gate.",
    ),
    "init": ("init:init", "Write a commented run file, which `evenhand run` does."),
    "run": (
        "run:run",
        "Build, train, evaluate and gate from one file, skipping what is up to date.",
    ),
    "status": (
        "run:status",
        "Show which steps of a run file are up to date, and why the others are not.",
    ),
    "data": (
        "data:app",
        "Build counterfactual datasets, and write sample text to try them on.",
    ),
    "try": (
        "try_texts:try_texts",
        "Show the pairs of a few texts, with a model's scores and decisions.",
    ),
    "remediate": ("remediate_compare:app", "Repair a classifier by training it further."),
    "evaluate": ("evaluate:app", "Report how decisions depend on identity terms."),
    "score": (
        "score:score",
        "Score texts with a model, each different text once, and write the scores.",
    ),
    "report": ("reports:app", "Open, render and compare reports."),
    "gate": ("gate:app", "Judge a report by rules: exit code 0 if the gate passes, 1 if it fails."),
}


class Commands(Mapping[str, Any]):
    """The commands of `evenhand` by name, each made on first use.

    Args:
        prepare: Called with each command when it is made.
    """

    def __init__(self, prepare: Callable[[Any], None]) -> None:
        self._prepare = prepare
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            place, _ = _COMMANDS[name]
            command = _made(name, place)
            self._prepare(command)
            self._made[name] = command
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class LazyGroup(TyperGroup):
    """The group of all commands, which loads only those that are needed."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.hold(lambda command: None)

    def hold(self, prepare: Callable[[Any], None]) -> None:
        """Hold all commands; `prepare` is called with each one when it is made."""
        self.commands = Commands(prepare)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, without loading any."""
        return list(self.commands)

    @property
    def short_helps(self) -> dict[str, str]:
        """What each command does, in a sentence, without loading any."""
        return {name: sentence for name, (_, sentence) in _COMMANDS.items()}


def _made(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(f"evenhand.cli.commands.{module}"), attribute)
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(add_completion=False)
        found.command(name)(function)
        return typer.main.get_command(found)
    group = typer.main.get_group(found)
    group.name = name
    return group
