"""Reads a run file and its overrides, and checks all of it before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.cli.runs.keys import REPAIRS, RUN_KEYS, TABLES, keys_of, load
from evenhand.data.errors import ConfigurationError, OptionError
from evenhand.data.options import Option, options_of
from evenhand.data.remote.arguments import USES, is_read, replaced, urls_of
from evenhand.data.remote.local_copies import local_copy
from evenhand.data.support.settings import accepts, describe, parse_value, read_settings
from evenhand.data.support.suggest import did_you_mean
from evenhand.remediation.model_options import LabelOptions, ModelOptions

if TYPE_CHECKING:
    from evenhand.evaluation.gate.config import GateConfig

_KNOWN = ("run", "data", *(name for name in TABLES if "." not in name), "gate")
_DATA = ("train", "compare", "test")
_READING = (*options_of(ModelOptions), "labels")  # how outputs are read
_SHOWN = 60  # characters of a wrong value in an error

Values = dict[str, Any]


@dataclass(frozen=True)
class RunFile:
    """A run file that was read and checked.

    Attributes:
        path: The file; relative paths in it are relative to its folder.
        output: Folder of all outputs.
        reference: A stored report for the gate to compare with, or None.
        steps: The options of each step except the gate, defaults included, paths as written.
        gate: Rules and waivers.
    """

    path: Path
    output: Path
    reference: Path | None
    steps: Mapping[str, Values]
    gate: GateConfig

    @property
    def training(self) -> str | None:
        """The step that repairs the model, one of `REPAIRS`, or None."""
        return next((name for name in REPAIRS if name in self.steps), None)


def read_run_file(path: str | Path, overrides: Sequence[str] = ()) -> RunFile:
    """Read and check a run file.

    Args:
        path: `evenhand.toml`, or `pyproject.toml` with its tables under ``tool.evenhand``.
        overrides: ``table.key=value`` each, which replace what the file says. The value is read as
            TOML, and taken as a string if it is not TOML.

    Raises:
        ConfigurationError: The file cannot be read, or something in it cannot be used. The error
            names every problem.
        InputError, UnavailableError: What a URL names cannot be copied to this machine.
    """
    path = Path(path)
    settings = read_settings(path)
    seen: set[str] = set()
    for override in overrides:
        name = _override(settings, override)
        if name in seen:
            raise ConfigurationError(
                f"{name} is set twice", where=f"--set {override}", remedy="keep one of them"
            )
        seen.add(name)
    problems: list[str] = []
    settings = {
        name: _with_copies(table, name, problems) if name != "gate" else table
        for name, table in settings.items()
    }
    _check_known(settings, _KNOWN, "", problems)
    run = {name: key.default for name, key in RUN_KEYS.items()}
    run |= _checked(_table(settings, "run", problems), RUN_KEYS, "run", problems)
    problems += [f"run.{name} holds a null byte" for name in run if "\0" in str(run[name])]
    steps = _steps(settings, run["seed"], problems)
    gate = _gate(settings, str(path), problems)
    if problems or gate is None:
        raise ConfigurationError(
            "the run file cannot be used: " + "; ".join(problems), where=str(path)
        )
    reference = run["reference"]
    return RunFile(
        path=path,
        output=path.parent / run["output"],
        reference=None if reference is None else path.parent / reference,
        steps=steps,
        gate=gate,
    )


def _override(settings: Values, text: str) -> str:
    """Put one ``table.key=value`` into the settings, and return its ``table.key``."""
    name, equals, value = text.partition("=")
    *tables, key = (part.strip() for part in name.split("."))
    if not (equals and tables and key and all(tables)):
        raise ConfigurationError(
            f"{text!r} sets nothing", where="--set", expected="table.key=value: train.epochs=8"
        )
    table = settings
    for part in tables:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigurationError(f"{part} is not a table", where=f"--set {text}")
    table[key] = parse_value(value)
    return ".".join((*tables, key))


def _with_copies(found: Any, name: str, problems: list[str]) -> Any:
    """Return a table with copies on this machine in the place of URLs that are read."""
    if not isinstance(found, dict):
        return found
    table = dict(found)
    for key, value in table.items():
        urls = urls_of(value) if key in USES else []
        if urls and not is_read(USES[key]):
            problems.append(f"{name}.{key} cannot be a URL: a run writes on this machine")
        elif urls:
            table[key] = replaced(value, {url: local_copy(url).as_posix() for url in urls})
        else:
            table[key] = _with_copies(value, f"{name}.{key}", problems)
    return table


def _steps(settings: Values, seed: int, problems: list[str]) -> dict[str, Values]:
    """Return the options of the file's steps, in the order of the work."""
    steps: dict[str, Values] = {}

    def add(name: str, given: Values, **inherited: Any) -> None:
        keys = keys_of(TABLES[name])
        values = {each: key.default for each, key in keys.items() if not key.is_required}
        if "seed" in keys:
            values["seed"] = seed
        steps[name] = {**values, **inherited, **given}

    data = _table(settings, "data", problems)
    if data:
        keys = keys_of(TABLES["data.train"])
        shared = {key: value for key, value in data.items() if key not in _DATA}
        optional = {each: key for each, key in keys.items() if not key.is_required}
        shared = _checked(shared, optional, "data", problems)
        for split in (each for each in _DATA if each in data):
            table = _table(data, split, problems, "data.")
            add(f"data.{split}", shared | _checked(table, keys, f"data.{split}", problems))
    for name in ("baseline", *REPAIRS):
        if name in settings:
            table = _table(settings, name, problems)
            add(name, _checked(table, keys_of(TABLES[name]), name, problems))
            if name in ("train", "sweep"):
                steps[name] = _with_technique_in_full(name, steps[name])
    evaluate = _table(settings, "evaluate", problems)
    training = next((steps[name] for name in REPAIRS if name in steps), {})
    # Options for loading the baseline and reading its outputs hold for the trained model, too
    add(
        "evaluate",
        _checked(evaluate, keys_of(TABLES["evaluate"]), "evaluate", problems),
        **{key: training[key] for key in _READING if key in training},
    )
    if "functions" in settings:
        # Models and thresholds are the report's: the gate judges both together
        table, of_report = _table(settings, "functions", problems), steps["evaluate"]
        keys = keys_of(TABLES["functions"])
        inherited = {key: of_report[key] for key in keys if key in of_report}
        if of_report["thresholds"]:
            inherited["threshold"] = of_report["thresholds"][0]
        inherited |= _of_main_label(of_report)
        own = {name: keys[name] for name in ("terms", "groups")}
        add("functions", _checked(table, own, "functions", problems), **inherited)
    problems += _missing(steps)
    for name, values in steps.items():
        problems += _out_of_range(name, values)
    return steps


def _of_main_label(values: Values) -> Values:
    """Return how the main one of several labels is read and decided; nothing if none is named."""
    try:
        options = LabelOptions(labels=values["labels"], label_thresholds=values["label_thresholds"])
    except ConfigurationError:
        return {}  # `_out_of_range` reports it
    thresholds = options.thresholds_of_labels
    for name, output in options.numbers_of_labels.items():
        own = {"threshold": thresholds[name]} if name in thresholds else {}
        return {"positive_class": output, **own}
    return {}


def _with_technique_in_full(name: str, values: Values) -> Values:
    """Return a training's options with all options of its technique, and of no other technique."""
    from evenhand.remediation.techniques.technique_options import technique_in_full

    of_class = load(TABLES[name].options)
    try:
        in_full = technique_in_full(of_class(**{key: values[key] for key in options_of(of_class)}))
    except ConfigurationError:
        return values  # `_out_of_range` reports it
    others = set(of_class.of_techniques)
    return {key: value for key, value in values.items() if key not in others} | in_full


def _missing(steps: Mapping[str, Values]) -> list[str]:
    """Return problems: steps that lack something, or contradict each other."""
    found = []
    training = [name for name in REPAIRS if name in steps]
    needed = ["data.test", *(["data.train"] if training or "baseline" in steps else [])]
    found += [f"{name}.inputs is missing" for name in needed if "inputs" not in steps.get(name, {})]
    if len(training) > 1:
        tables = " and a ".join(f"[{name}]" for name in training)
        found.append(f"there is a {tables}: keep one")
    if ("compare" in steps) != ("data.compare" in steps):
        found.append(
            "[compare] needs [data.compare]: texts to choose a technique by, which neither the "
            "trainings nor the report have"
            if "compare" in steps
            else "[data.compare] is there without [compare]"
        )
    for name in training:
        if ("baseline" in steps) == ("baseline" in steps[name]):
            found.append(
                f"{name}.baseline and a table [baseline] both name the model: keep one"
                if "baseline" in steps
                else f"{name}.baseline is missing: name the model, or train one in [baseline]"
            )
    if ("model" in steps["evaluate"]) == bool(training or "baseline" in steps):
        found.append(
            "evaluate.model cannot be used with training: the trained model is evaluated"
            if "model" in steps["evaluate"]
            else "there is no model: give a table [train], [sweep] or [baseline], or evaluate.model"
        )
    wanted, there = steps["evaluate"].get("slice_columns"), steps.get("data.test", {})
    if wanted and "slice_columns" in there:
        found += _unknown_slices(wanted, there["slice_columns"])
    return found


def _unknown_slices(wanted: Sequence[str], there: Sequence[str]) -> list[str]:
    """Return problems of slice columns that the data are to be reported by."""
    from evenhand.evaluation.inputs.slice_columns import columns_of, slice_column

    try:
        columns = columns_of(slice_column(name, there) for name in wanted)
    except ConfigurationError as error:
        return [f"evaluate.slice_columns: {error.what}"]
    return [
        f"evaluate.slice_columns: {name!r} is no slice column of the data"
        for name in sorted(set(columns) - set(there))
    ]


def _out_of_range(name: str, values: Values) -> list[str]:
    """Return what the step's own checks find wrong with its options."""
    of_class = load(TABLES[name].options)
    known = options_of(of_class)
    found = []
    try:
        of_class(**{key: value for key, value in values.items() if key in known})
    except OptionError as error:
        found.append(f"{name}.{error.what}")
    except ConfigurationError as error:
        expected = f", expected {error.expected}" if error.expected else ""
        found.append(f"{name}: {error.what}{expected}")
    return found


def _gate(settings: Values, where: str, problems: list[str]) -> GateConfig | None:
    from evenhand.evaluation.gate.config import gate_config_of

    try:
        return gate_config_of(settings, where=where)
    except ConfigurationError as error:
        expected = f", expected {error.expected}" if error.expected else ""
        problems.append(error.what + expected)
        return None


def _table(settings: Values, name: str, problems: list[str], prefix: str = "") -> Values:
    found = settings.get(name, {})
    if isinstance(found, dict):
        return found
    problems.append(f"{prefix}{name} is {_shown(found)}, expected a table")
    return {}


def _checked(given: Values, keys: Mapping[str, Option], table: str, problems: list[str]) -> Values:
    """Return the values that can be used, and add what is wrong with the others to `problems`."""
    _check_known(given, list(keys), f"{table}.", problems)
    usable = {}
    for name, value in given.items():
        if name in keys and accepts(keys[name].type, value):
            usable[name] = value
        elif name in keys:
            expected = describe(keys[name].type)
            problems.append(f"{table}.{name} is {_shown(value)}, expected {expected}")
    return usable


def _check_known(given: Values, known: Sequence[str], prefix: str, problems: list[str]) -> None:
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known)
            shown = name if name.isprintable() else repr(name)
            problems.append(f"{prefix}{shown} is unknown{', ' + hint if hint else ''}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
