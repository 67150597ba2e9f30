"""The steps of a run: what each is made from, where its output goes, and how it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenhand.cli.runs.file import RunFile, Values
from evenhand.cli.runs.keys import TABLES, call, keys_of
from evenhand.cli.runs.state import printable_path
from evenhand.cli.terminal import command_line
from evenhand.data.options import Option
from evenhand.data.progress import Progress
from evenhand.data.storage.separation import check_apart
from evenhand.data.support.user_code import is_file_of_code
from evenhand.data.urls import as_named, shown_url

REPORT = "report"
FUNCTIONS = "functions"


@dataclass(frozen=True)
class Step:
    """A step of a run.

    Attributes:
        name: Its table.
        output: The file or folder that it makes.
        options: The options that decide its output, as in the file but without secrets in URLs, and
            with defaults.
        arguments: Options in the form that its function takes.
        files: Files and folders that it is made from, by the name to show.
        made: Outputs of other steps that it is made from, by step.
        texts: Digests of lexicons that it is made from, by the name to show.
        code: The user's own Python code that it runs: ``package.module`` or ``path/file.py``, with
            or without ``:attribute``, or the name of an entry point.
        unknown: Models for which nobody can know whether they have changed: they are served, or
            come from Python code, which may read anything.
    """

    name: str
    output: Path
    options: Values
    arguments: Values
    files: Mapping[str, Path] = field(default_factory=dict)
    made: Mapping[str, Path] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def make(self, *, resume: bool, progress: Progress) -> None:
        """Make the output, replacing one that exists.

        Args:
            resume: Go on with an unfinished training.
            progress: Called with its progress.
        """
        arguments = dict(self.arguments)
        keeps_scores = arguments.get("engine") != "spark"
        if self.name in ("evaluate", "functions") and arguments["cache"] is None and keeps_scores:
            from evenhand.remediation.models.score_cache import default_folder

            arguments["cache"] = default_folder()
        call(
            TABLES[self.name],
            arguments,
            output=self.output,
            resume=resume,
            overwrite=True,
            progress=progress,
            command=command_line.recall(),
        )


def steps_of(file: RunFile) -> list[Step]:
    """Return the steps of a run in their order, without the gate.

    Raises:
        ConfigurationError: The output folder is, contains or lies in an input.
        InputError: An input file or a lexicon does not exist.
    """
    _check_apart(file)
    steps = [
        _build(file, name) for name in TABLES if name in file.steps and name.startswith("data.")
    ]
    outputs = {step.name: step.output for step in steps}
    baseline = file.output / "baseline.keras"
    if "baseline" in file.steps:
        data = outputs["data.train"]
        step = _step(file, "baseline", baseline, given={"data": data}, made={"data.train": data})
        steps.append(step)
        outputs["baseline"] = baseline
    if file.training is not None:
        step = _training(file, file.training, outputs)
        steps.append(step)
        outputs[step.name] = step.output / _saved_name(step.arguments["baseline"])
    steps.append(_evaluation(file, outputs))
    if "functions" in file.steps:
        steps.append(_functions(file, outputs))
    return steps


def _check_apart(file: RunFile) -> None:
    inputs: dict[str, list[Path]] = {"the run file": [file.path]}
    if file.reference is not None:
        inputs["run.reference"] = [file.reference]
    outputs: dict[str, list[Path]] = {"run.output": [file.output]}
    for name, values in file.steps.items():
        keys = keys_of(TABLES[name])
        for key, value in _located(file, name, values).items():
            paths = [path for path in _listed(value) if isinstance(path, Path)]
            (outputs if keys[key].names == "output" else inputs)[f"{name}.{key}"] = paths
    check_apart(inputs, outputs)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _build(file: RunFile, name: str) -> Step:
    from evenhand.data.formats.sources import find_inputs

    values = file.steps[name]
    found = find_inputs(_located(file, name, values)["inputs"])
    files = {_relative(file, source.path): source.path for source in found}
    texts = _digests_of_lexicons(file, values["terms"])
    return _step(file, name, file.output / name.replace(".", "/"), files=files, texts=texts)


def _digests_of_lexicons(file: RunFile, names: Iterable[str]) -> dict[str, str]:
    from evenhand.data.lexicons.lexicon import read_lexicon

    found = {name: read_lexicon(_lexicon(file, name))[0] for name in names}
    return {
        f"lexicon {as_named(name)}": hashlib.sha256(content).hexdigest()
        for name, content in found.items()
    }


def _training(file: RunFile, name: str, outputs: Mapping[str, Path]) -> Step:
    made = {"data.train": outputs["data.train"]}
    given: Values = {"data": made["data.train"]}
    if name == "compare":
        made["data.compare"] = given["test_data"] = outputs["data.compare"]
    if "baseline" in outputs:
        made["baseline"] = given["baseline"] = outputs["baseline"]
    folder = file.output / (file.steps[name]["technique"] if name == "train" else name)
    return _step(file, name, folder, given=given, made=made)


def _evaluation(file: RunFile, outputs: Mapping[str, Path]) -> Step:
    """Return the step that evaluates the trained model beside its baseline."""
    values, given, made = _models(file, "evaluate", outputs)
    made["data.test"] = given["data"] = outputs["data.test"]
    if file.training in ("compare", "sweep"):
        made[file.training] = given["compared"] = outputs[file.training].parent
    return _step(file, "evaluate", file.output / REPORT, values=values, given=given, made=made)


def _functions(file: RunFile, outputs: Mapping[str, Path]) -> Step:
    """Return the step that asks the models of the report about made-up sentences."""
    from evenhand.data.functionalities.cases import DEFAULT_GROUPS

    values, given, made = _models(file, "functions", outputs)
    return _step(
        file,
        "functions",
        file.output / FUNCTIONS,
        values=values,
        given=given,
        made=made,
        texts=_digests_of_lexicons(file, values["terms"] or DEFAULT_GROUPS),
    )


def _models(
    file: RunFile, name: str, outputs: Mapping[str, Path]
) -> tuple[Values, Values, dict[str, Path]]:
    """Return the options of a step that judges models, what other steps decide, and their outputs.

    It judges the trained model beside its baseline; if nothing was trained, the model that the file
    names.
    """
    values, given, made = dict(file.steps[name]), Values(), dict[str, Path]()
    model = file.training or ("baseline" if "baseline" in outputs else None)
    if model is not None:
        made[model] = given["model"] = outputs[model]
    if file.training is None:
        return values, given, made
    if "auto" in (values.get("thresholds") or [values["threshold"]]):
        made[file.training] = outputs[
            file.training
        ].parent  # the model, and the record that has its threshold
    if values["compare_to"] is None:
        if "baseline" in outputs:
            made["baseline"] = given["compare_to"] = outputs["baseline"]
        else:
            values["compare_to"] = file.steps[file.training]["baseline"]
    return values, given, made


def _step(
    file: RunFile,
    name: str,
    output: Path,
    *,
    values: Values | None = None,
    given: Values | None = None,
    files: Mapping[str, Path] | None = None,
    made: Mapping[str, Path] | None = None,
    texts: Mapping[str, str] | None = None,
) -> Step:
    """Return a step. Files and code that its options name are among what it is made from.

    Args:
        file: The run file.
        name: The step.
        output: Its output.
        values: Its options; those of the file if None.
        given: Arguments that other steps decide.
        files, made, texts: See `Step`.
    """
    from evenhand.data.english.taggers import TAGGERS
    from evenhand.data.methods.custom import METHODS
    from evenhand.remediation.models.references import is_added
    from evenhand.remediation.techniques.registry import TECHNIQUES

    named = {
        "method": METHODS,
        "tagger": TAGGERS,
        "technique": TECHNIQUES,
        "techniques": TECHNIQUES,
    }
    keys = keys_of(TABLES[name])
    values = dict(file.steps[name] if values is None else values)
    located = {**_located(file, name, values), **(given or {})}
    files, code, unknown = dict(files or {}), [], []
    for key, value in values.items():
        if value is None or key in (given or {}):
            continue
        names = keys[key].names
        if names == "model" and isinstance(located[key], str):
            unknown.append(shown_url(value))
        elif names == "code":
            plugins = named.get(key)
            asked = [
                str(each).partition(":")[0] if key == "techniques" else each
                for each in _listed(located[key])
            ]
            code += [each for each in asked if plugins is None or not plugins.is_builtin(each)]
        elif names in ("input", "model") and not keys[key].is_list:
            files[_relative(file, located[key])] = located[key]
            if names == "model" and is_added(located[key]):
                code.append(located[key].suffix.lower())
    return Step(
        name=name,
        output=output,
        options={
            key: _recorded(value, keys[key]) for key, value in values.items() if keys[key].decides
        },
        arguments=located,
        files=files,
        made=made or {},
        texts=texts or {},
        code=tuple(dict.fromkeys(code)),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _recorded(value: Any, key: Option) -> Any:
    """Return an option for the record: a copy by its URL, and URLs without secrets."""
    if isinstance(value, list):
        return [_recorded(each, key) for each in value]
    if not isinstance(value, str) or key.names == "value":
        return value
    return shown_url(as_named(value)) if key.names == "model" else as_named(value)


def _located(file: RunFile, name: str, values: Values) -> Values:
    """Return a step's options with paths that are relative to the working folder.

    Names of lexicons, Python code and URLs stay strings; a path becomes a `Path`.
    """
    keys = keys_of(TABLES[name])
    located = dict(values)
    for key, value in values.items():
        if keys[key].names == "code" and isinstance(value, str) and is_file_of_code(value):
            located[key] = str(file.path.parent / value)
        if value is None or keys[key].item_type is not Path or value == keys[key].default:
            continue
        if keys[key].names == "lexicons":
            located[key] = [_lexicon(file, each) for each in value]
        elif keys[key].names == "model":
            located[key] = _model(file, value)
        elif isinstance(value, list):
            located[key] = [file.path.parent / each for each in value]
        else:
            located[key] = file.path.parent / value
    return located


def _lexicon(file: RunFile, name: str) -> str | Path:
    """Return a lexicon's name, or its path if it has none; see `load_lexicon`."""
    from evenhand.data.lexicons.lexicon import lexicon_names

    path = file.path.parent / name
    is_name = name in lexicon_names() or not (path.is_file() or set("./\\") & set(name))
    return name if is_name else path


def _model(file: RunFile, reference: str) -> str | Path:
    from evenhand.remediation.models.references import file_of, is_attribute

    if is_attribute(reference) and is_file_of_code(reference):
        return str(file.path.parent / reference)
    path = file.path.parent / reference
    return reference if file_of(reference) is None and not path.exists() else path


def _saved_name(baseline: str | Path) -> str:
    from evenhand.remediation.training.output_folder import saved_name

    return saved_name(baseline)


def _relative(file: RunFile, path: Path) -> str:
    """Return a path to show and record: relative to the run file's folder if it is in that."""
    folder = file.path.parent
    if (url := as_named(str(path))) != str(path):
        return url
    return printable_path(path.relative_to(folder) if path.is_relative_to(folder) else path)
