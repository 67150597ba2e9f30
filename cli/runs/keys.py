"""The keys that the tables of a run file have: the options of the operations that do the work.

Names, types and defaults come from the operations' classes of options; see `evenhand.data.options`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from evenhand.data.options import DATA, MODEL, OUTPUT, REQUIRED, Names, Option, options_of


@dataclass(frozen=True)
class Table:
    """A table of a run file.

    Attributes:
        function: The function that does the work, ``module:name``.
        options: The class of its options, ``module:name``. The options are keys of the table.
        works_on: Further keys by name: the inputs of the function that a file may name.
    """

    function: str
    options: str
    works_on: Mapping[str, Option]


def _required(type_: Any, heading: str, names: Names) -> Option:
    return Option(REQUIRED, "", heading, names=names, type=type_)


_BUILD = Table(
    "evenhand.data.building.build:build_dataset",
    "evenhand.data.building.build_options:BuildOptions",
    {"inputs": _required(Sequence[str | Path], DATA, "input")},
)
_TRAINED_ON = {"baseline": _required(str | Path, MODEL, "model")}

TABLES: Mapping[str, Table] = {
    "data.train": _BUILD,
    "data.compare": _BUILD,
    "data.test": _BUILD,
    "baseline": Table(
        "evenhand.remediation.training.baseline:train_baseline",
        "evenhand.remediation.training.fit_options:BaselineOptions",
        {},
    ),
    "train": Table(
        "evenhand.remediation.training.trainer:train",
        "evenhand.remediation.training.fit_options:TrainOptions",
        _TRAINED_ON,
    ),
    "sweep": Table(
        "evenhand.remediation.training.sweeps:sweep",
        "evenhand.remediation.training.fit_options:SweepOptions",
        _TRAINED_ON,
    ),
    "compare": Table(
        "evenhand.remediation.comparing.comparison:compare",
        "evenhand.remediation.comparing.compare_options:CompareOptions",
        _TRAINED_ON,
    ),
    "evaluate": Table(
        "evenhand.evaluation.flip_rate:evaluate_flip_rate",
        "evenhand.evaluation.report_options:EvaluateOptions",
        {"model": _required(str | Path, MODEL, "model")},
    ),
    "functions": Table(
        "evenhand.evaluation.functions:evaluate_functions",
        "evenhand.evaluation.report_options:FunctionsOptions",
        {"model": _required(str | Path, MODEL, "model")},
    ),
}

REPAIRS = ("train", "sweep", "compare")
"""The tables that repair the model; a run has one of them at most."""

RUN_KEYS: Mapping[str, Option] = {
    "output": Option("evenhand-run", "Folder of all outputs.", OUTPUT, type=str),
    "seed": Option(0, "Seed of every step that is not given another.", OUTPUT, type=int),
    "reference": Option(
        None, "A stored report for the gate to compare with.", OUTPUT, type=str | None
    ),
}
"""The keys of `[run]`."""


def load(name: str) -> Any:
    """Return the object that ``module:name`` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def keys_of(table: Table) -> Mapping[str, Option]:
    """Return the keys of a table by their names."""
    return {**table.works_on, **options_of(load(table.options))}


def call(table: Table, values: Mapping[str, Any], **given: Any) -> Any:
    """Call a table's function with the values of its keys, and with those of `given` it takes."""
    function = load(table.function)
    takes = inspect.signature(function).parameters
    return function(**values, **{name: given[name] for name in given if name in takes})
