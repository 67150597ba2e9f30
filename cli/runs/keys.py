"""Which keys the tables of a run file have: the arguments of the functions that do the work.

Names, types and defaults are read from those functions and their classes of options, so that they
are written down once.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

# What a run gives by itself
_GIVEN = {"data", "output", "resume", "overwrite", "progress", "command"}
_OPTIONS = "options"  # the argument that stands for the fields of a class
_WORDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Table:
    """A table of a run file.

    Attributes:
        function: The function whose arguments are its keys, ``module:name``.
        options: The class of its options, whose fields are keys, too.
    """

    function: str
    options: str


TABLES: Mapping[str, Table] = {
    "data.train": Table(
        "evenhand.data.building.build:build_dataset",
        "evenhand.data.building.build_options:BuildOptions",
    ),
    "data.test": Table(
        "evenhand.data.building.build:build_dataset",
        "evenhand.data.building.build_options:BuildOptions",
    ),
    "baseline": Table(
        "evenhand.remediation.training.baseline:train_baseline",
        "evenhand.remediation.training.fit_options:BaselineOptions",
    ),
    "train": Table(
        "evenhand.remediation.training.trainer:train",
        "evenhand.remediation.training.fit_options:TrainOptions",
    ),
    "sweep": Table(
        "evenhand.remediation.training.sweeps:sweep",
        "evenhand.remediation.training.fit_options:SweepOptions",
    ),
    "evaluate": Table(
        "evenhand.evaluation.flip_rate:evaluate_flip_rate",
        "evenhand.remediation.model_options:ModelOptions",
    ),
}


@dataclass(frozen=True)
class Key:
    """A key of a table: the type of its values, and its default, ``inspect.Parameter.empty`` if
    it has none.
    """

    type: Any
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether there is no default."""
        return self.default is inspect.Parameter.empty

    @property
    def is_path(self) -> bool:
        """Whether its values are paths, or may be."""
        return any(found is Path for found in _parts(self.type))


RUN_KEYS: Mapping[str, Key] = {
    "output": Key(str, "evenhand-run"),
    "seed": Key(int, 0),
    "reference": Key(str | None, None),
}
"""The keys of `[run]`: the folder of all outputs, the seed of every step that is not given another,
and a stored report for the gate to compare with.
"""


def load(name: str) -> Any:
    """Return what ``module:name`` stands for."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


@cache
def keys_of(table: Table) -> Mapping[str, Key]:
    """Return the keys of a table by their names."""
    function = load(table.function)
    types = get_type_hints(function)
    keys: dict[str, Key] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == _OPTIONS:
            of_class = load(table.options)
            defaults = {field.name: field.default for field in fields(of_class)}
            of_options = get_type_hints(of_class)
            if parameter.kind is parameter.VAR_KEYWORD:  # it may take some of the fields only
                of_options = get_type_hints(get_args(types[name])[0])
            keys |= {each: Key(type_, defaults[each]) for each, type_ in of_options.items()}
        elif name not in _GIVEN:
            keys[name] = Key(types.get(name, parameter.annotation), parameter.default)
    return keys


def call(table: Table, values: Mapping[str, Any], **given: Any) -> Any:
    """Call a table's function with the values of its keys and with what the run gives."""
    function = load(table.function)
    arguments = dict(values)
    takes = inspect.signature(function).parameters
    if _OPTIONS in takes and takes[_OPTIONS].kind is not inspect.Parameter.VAR_KEYWORD:
        of_class = load(table.options)
        chosen = {field.name: arguments.pop(field.name) for field in fields(of_class)}
        arguments[_OPTIONS] = of_class(**chosen)
    return function(**arguments, **{name: given[name] for name in given if name in takes})


def accepts(type_: Any, value: Any) -> bool:
    """Tell whether a value from TOML is of a type."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin in (Union, UnionType):
        return any(accepts(one, value) for one in arguments)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin is not None and issubclass(origin, Sequence):
        return isinstance(value, list) and all(accepts(arguments[0], item) for item in value)
    if type_ is float:
        return type(value) in (int, float)
    return isinstance(value, str) if type_ is Path else type(value) is type_


def describe(type_: Any) -> str:
    """Return in words which values of TOML are of a type."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin in (Union, UnionType):
        words = dict.fromkeys(describe(one) for one in arguments)
        return " or ".join(word for word in words if word)
    if origin is Literal:
        return "one of " + ", ".join(f'"{value}"' for value in arguments)
    if origin is not None and issubclass(origin, Sequence):
        return f"a list, each {describe(arguments[0])}"
    return _WORDS[str] if type_ is Path else _WORDS.get(type_, "")


def _parts(type_: Any) -> list[Any]:
    return [type_, *(part for argument in get_args(type_) for part in _parts(argument))]
