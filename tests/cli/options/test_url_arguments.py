"""Every command takes URLs in the place of paths, or says in a sentence that it does not."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from every_option import EVERY

from evenhand.cli.main import run
from evenhand.cli.options import url_arguments
from evenhand.data.remote.arguments import USES

COMMANDS = {" ".join(path): command for path, command in EVERY if path}
LOCAL = {"demo", "init", "run", "status", "report open"}
# Text that names no file, or only names it in another way
NO_FILES = {
    *("texts", "endpoint", "master", "overrides", "head", "preprocess", "custom_objects"),
    *("method", "tagger", "spacy_pipeline", "technique", "techniques", "fluency", "groups"),
    *(
        "label",
        "labels",
        "label_thresholds",
        "text_column",
        "label_column",
        "positive_labels",
        "weight_column",
        "id_column",
    ),
    *(
        "slice_columns",
        "slice_separator",
        "prediction_column",
        "counterfactual_column",
        "threshold_column",
    ),
    *("min_diff_column", "reweight_column", "delimiter", "encoding", "slices", "metrics"),
    *("licence", "format_", "role", "templates", "host"),
}


NUMBERS = ("<class 'int'>", "list[int]", "INT")


def kind_of(parameter: Any) -> str:
    """Return the type of a parameter's value, as typer or click have it."""
    described = getattr(parameter, "type_descriptor", None)
    return str(described.annotation if described is not None else parameter.type)


def url_for(parameter: Any) -> str:
    name = f"{parameter.name}-{parameter.opts[-1].strip('-')}"
    return f"junit=memory://{name}" if parameter.name == "render" else f"memory://{name}"


def words_for(parameter: Any, value: str) -> list[str]:
    is_argument = parameter.param_type_name == "argument"
    return [value] if is_argument else [parameter.opts[-1], value]


class Begun(Exception):
    """A command began, with these arguments."""


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the last command began with."""
    seen: dict[str, Any] = {}

    @contextlib.contextmanager
    def record(given: Mapping[str, Any], *others: Any) -> Iterator[Any]:
        seen.update(given)
        raise Begun
        yield

    monkeypatch.setattr(url_arguments, "on_this_machine", record)
    return seen


@pytest.mark.parametrize("name", COMMANDS)
def test_every_path_may_be_a_url(name: str, begun: dict[str, Any], capsys: Any) -> None:
    of_files = [each for each in COMMANDS[name].params if kind_of(each) not in NUMBERS]
    assert {each.name for each in of_files if "Path" in kind_of(each)} <= USES.keys()
    parameters = [each for each in of_files if USES.get(each.name, "local") != "local"]
    if not parameters:
        return
    urls = {each.name: url_for(each) for each in parameters}
    words = [word for each in parameters for word in words_for(each, urls[each.name])]
    needed = [each for each in COMMANDS[name].params if each.required and each not in parameters]
    words += [word for each in needed for word in words_for(each, "1")]
    code = run([*name.split(), *words])
    if name in LOCAL:
        shown = capsys.readouterr().err
        assert code == 2 and f"`evenhand {name}` takes no URLs: " in shown
        return
    assert {
        each: value if isinstance(value, str) else value[0]
        for each, value in begun.items()
        if each in urls
    } == urls


@pytest.mark.parametrize("name", COMMANDS)
def test_no_other_text_names_a_file(name: str) -> None:
    words = {
        each.name
        for each in COMMANDS[name].params
        if kind_of(each) in ("<class 'str'>", "list[str]", "STRING")
    }
    assert words <= NO_FILES | USES.keys()


@pytest.mark.parametrize(
    "words",
    ["evaluate flip-rate --output out --cache", "remediate train --tensorboard", "score a --cache"],
)
def test_folders_of_this_machine_are_in_no_store(words: str, capsys: Any) -> None:
    assert run([*words.split(), "memory://folder"]) == 2
    name = words.rpartition(" ")[2]
    assert f"{name} cannot be in a store" in capsys.readouterr().err


def test_a_url_in_other_text_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["try", "she asked memory://of/me"]) == 0
    assert "memory://of/me" in capsys.readouterr().out


def test_without_fsspec_a_url_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    for url, package in (("s3://bucket/lost", "evenhand[s3]"), ("hdfs://h/x", "evenhand[remote]")):
        assert run(["gate", "--report", url]) == 4
        shown = capsys.readouterr().err
        assert "fsspec is not installed" in shown and f"pip install '{package}'" in shown


def test_files_of_a_failed_gate_are_uploaded(tmp_path: Path, capsys: Any) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/gate/rules.toml", b'[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.05\n')
    report = REPORT.replace("RATE", "0.5").encode()
    memory.pipe_file("/gate/report/report.json", report)
    arguments = ["--report", "memory://gate/report", "--config", "memory://gate/rules.toml"]
    outputs = ["--junit", "memory://gate/gate.xml", "--render", "sarif=memory://gate/gate.sarif"]
    assert run(["gate", *arguments, *outputs]) == 1
    assert b"flip_rate" in memory.cat_file("/gate/gate.xml")
    sarif = memory.cat_file("/gate/gate.sarif").decode()
    assert "evenhand-" not in sarif and "rules.toml" in sarif
    assert run(["gate", "explain", *arguments]) == 0
    assert "rules of memory://gate/rules.toml" in capsys.readouterr().out
    memory.rm("/gate", recursive=True)


REPORT = """{"schema_version": 1, "kind": "flip-rate", "thresholds": [0.5],
"data": {"name": "d", "sha256": "%s", "examples": 10, "labelled": 10, "pairs": 10,
"weighted": false}, "intervals": {"level": 0.95, "resamples": 0, "seed": 0},
"models": [{"role": "candidate", "name": "m", "slices": [{"slice": "overall", "n_examples": 10,
"n_pairs": 10, "metrics": {"flip_rate": {"value": RATE}}}]}]}""" % ("0" * 64)
