"""Finds the steps of a run that are up to date, and why the others are not.

A step is up to date if its output, the content of its inputs, its options and its code have not
changed. Its code is the part of evenhand that the step uses, the packages that compute, and the
user's own modules that options name, but not what those modules import.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from evenhand.cli.runs.state import Digests, Inputs, StepRecord
from evenhand.cli.runs.steps import Step
from evenhand.data.errors import InputError
from evenhand.data.support.plugins import Plugins, declared
from evenhand.data.support.user_code import is_file_of_code, module_in
from evenhand.remediation.training.checkpoints import checkpoint_path

# Each layer imports only those before it, so a step does not depend on a later one.
_LAYERS = ("data", "remediation", "evaluation")
_LAYER_OF = {
    "data.train": "data",
    "data.compare": "data",
    "data.test": "data",
    "evaluate": "evaluation",
    "functions": "evaluation",
}
_TRAINING = ("tensorflow", "keras", "tf-keras", "tensorflow-model-remediation", "numpy")
_PACKAGES = {
    "data": ("evenhand", "pyarrow"),
    "remediation": ("evenhand", "pyarrow", *_TRAINING),
    "evaluation": ("evenhand", "pyarrow", *_TRAINING, "tensorflow-model-analysis", "scipy"),
}
_SOURCES = "evenhand's code"
_GROUPS_OF_CODE = (
    "evenhand.methods",
    "evenhand.taggers",
    "evenhand.models",
    "evenhand.techniques",
)
_OF_REPORTS = (  # a report uses all of them
    Plugins("metric", "evenhand.metrics"),
    Plugins("renderer", "evenhand.renderers"),
)
_LEXICONS = "lexicons"  # a folder of `data`; those that a step uses are among its inputs
_SHOWN = 60  # characters of an option's value

Condition = Literal["up to date", "stale", "waits"]


@dataclass(frozen=True)
class StepStatus:
    """The status of a step.

    Attributes:
        step: The step.
        condition: Whether it is up to date, has to be made, or waits for one that has to be made.
        reasons: Why it is not up to date.
        inputs: What it would be made from now, except what earlier steps have still to make.
        resumes: Whether an unfinished training can be resumed.
    """

    step: Step
    condition: Condition
    reasons: tuple[str, ...]
    inputs: Inputs
    resumes: bool


def status_of(
    step: Step, record: StepRecord, digests: Digests, *, pending: Collection[str] = ()
) -> StepStatus:
    """Return the status of a step.

    Args:
        step: The step.
        record: What is known of it from earlier runs.
        digests: Gives the digests of files.
        pending: Earlier steps that have to be made first.

    Raises:
        InputError: An input file cannot be read.
    """
    waits_for = [name for name in step.made if name in pending]
    inputs = _inputs_of(step, digests, without=waits_for)
    reasons = [f"{name} is made first" for name in waits_for]
    reasons += _reasons(step, record, inputs, digests, waits_for)
    if not reasons:
        return StepStatus(step, "up to date", (), inputs, resumes=False)
    condition: Condition = "waits" if len(reasons) == len(waits_for) else "stale"
    resumes = (
        not waits_for
        and record.begun == inputs
        and None not in inputs.files.values()  # a baseline from code may have changed
        and checkpoint_path(step.output).exists()
    )
    if resumes:
        reasons.append("a training that did not end goes on")
    return StepStatus(step, condition, tuple(reasons), inputs, resumes)


def _inputs_of(step: Step, digests: Digests, without: Collection[str]) -> Inputs:
    found: dict[str, str | None] = {}
    for name, path in step.files.items():
        found[name] = digests.of(path)
        if found[name] is None:
            raise InputError(f"an input of the step {step.name} does not exist", where=str(path))
    found |= {name: digests.of(path) for name, path in step.made.items() if name not in without}
    found |= step.texts
    found |= {name: _digest_of_code(_references(name), digests) for name in step.code}
    found |= dict.fromkeys(step.unknown)
    layer = _LAYER_OF.get(step.name, "remediation")
    packages = [*_PACKAGES[layer]]
    if pipeline := step.options.get("spacy_pipeline"):
        packages += ["spacy", pipeline]
    code = {name: _version(name) for name in packages}
    if step.name == "evaluate":
        for added in _OF_REPORTS:
            code |= added.packages()
            for point in declared(added.group):
                found[f"{added.kind} {point.name}"] = _digest_of_code([point.value], digests)
    return Inputs(
        files=found,
        options=json.loads(json.dumps(step.options)),
        code=code | {_SOURCES: _digest_up_to(layer)},
    )


def _reasons(
    step: Step, record: StepRecord, inputs: Inputs, digests: Digests, waits_for: Collection[str]
) -> Iterator[str]:
    output = digests.of(step.output)
    if record.made_from is None:
        yield "not made yet" if output is None else "there is no record of what made the output"
        return
    if output != record.sha256:
        yield "the output is gone" if output is None else "the output was changed"
    yield from _file_reasons(record.made_from.files, inputs.files, waits_for)
    changed = list(_changes(record.made_from.options, inputs.options))
    if changed:
        yield f"options changed: {', '.join(changed)}"
    before, now = dict(record.made_from.code), dict(inputs.code)
    sources_differ = before.pop(_SOURCES, None) != now.pop(_SOURCES)
    versions = list(_changes(before, now))
    if versions:
        yield f"versions changed: {', '.join(versions)}"
    elif sources_differ:
        yield f"{_SOURCES} changed"


def _file_reasons(
    before: Mapping[str, str | None], now: Mapping[str, str | None], waits_for: Collection[str]
) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        if name in waits_for:
            continue
        if name not in before:
            yield f"input added: {name}"
        elif name not in now:
            yield f"input gone: {name}"
        elif now[name] is None:
            yield f"nobody can tell whether it changed: {name}"
        elif before[name] != now[name]:
            yield f"input changed: {name}"


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield f"{name} {_shown(before.get(name))} -> {_shown(now.get(name))}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@cache
def _digest_up_to(layer: str) -> str:
    """Return a digest of evenhand's own files in a layer and those before it."""
    digest = hashlib.sha256()
    for name in _LAYERS[: _LAYERS.index(layer) + 1]:
        root = Path(str(files(f"evenhand.{name}")))
        for path in sorted(root.rglob("*")):
            part = path.relative_to(root)
            if path.is_file() and path.suffix != ".pyc" and not _is_lexicon(part):
                digest.update(f"{name}/{part.as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _is_lexicon(part: Path) -> bool:
    return part.parts[0] == _LEXICONS and part.suffix == ".toml"


def _references(name: str) -> list[str]:
    """Return the code that an option names: its module, or the modules of entry points so named."""
    points = [point for group in _GROUPS_OF_CODE for point in declared(group)]
    return [point.value for point in points if point.name == name] or [name]


def _digest_of_code(references: list[str], digests: Digests) -> str | None:
    """Return a digest of the files of modules; None if one of them has none."""
    sources = [_source_of(reference) for reference in references]
    found = [None if source is None else digests.of(source) for source in sources]
    if None in found:
        return None
    return hashlib.sha256("\n".join(map(str, found)).encode()).hexdigest()


def _source_of(reference: str) -> Path | None:
    """Return the file of a module, without importing it; None if there is none.

    Args:
        reference: ``package.module`` or ``path/file.py``, or that with ``:attribute``.
    """
    if is_file_of_code(reference):
        return Path(module_in(reference))
    places = [str(Path.cwd()), *sys.path]
    origin: str | None = None
    for part in module_in(reference).split("."):
        spec = PathFinder.find_spec(part, places)
        if spec is None:
            return None
        origin = spec.origin if spec.has_location else None
        places = list(spec.submodule_search_locations or ())
    return None if origin is None else Path(origin)
