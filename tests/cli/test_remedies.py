"""Errors name flags and arguments that there are, and none that was given."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from every_option import EVERY, OPTIONS

from evenhand.cli import main
from evenhand.data import make_pairs
from evenhand.data.errors import InputError

ROOT = Path(__file__).parent.parent.parent
FLAGS = {flag for _, option, _ in OPTIONS for flag in option.opts}
ARGUMENTS = {each.name.rstrip("_") for _, command in EVERY for each in command.params}
LIBRARY = ("data", "remediation", "evaluation")
MAKES_FLAGS = ROOT / "data" / "options.py"  # of the names of options


def errors_in(file: Path):
    """The strings in whatever a file raises or makes an error of."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error"):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_every_flag_that_an_error_names_is_an_option():
    named = set()
    for folder in ("cli", "data", "evaluation", "remediation"):
        for file in (ROOT / folder).rglob("*.py"):
            for text in errors_in(file):
                found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
                assert found <= FLAGS, f"{file.name}: {text}"
                named |= found
    assert len(named) > 5


def texts_in(file: Path):
    """The strings in a file that people may read: neither docstrings nor what declares a flag."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    others = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "flag":
            others.add(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".addoption"):
            others.update(node.args)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in others:
            yield node.value


def test_the_library_names_no_flag():
    for folder in LIBRARY:
        for file in {*(ROOT / folder).rglob("*.py")} - {MAKES_FLAGS}:
            for text in texts_in(file):
                words = re.sub(r"`(evenhand|pytest) [^`]*`|var\(--\w+\)", "", text)
                assert not re.search(r"(?<![\w-])--(?=[a-z]|$)", words), f"{file.name}: {text}"


def test_what_an_error_of_the_library_has_between_backticks_is_an_argument():
    named = set()
    for folder in LIBRARY:
        for file in (ROOT / folder).rglob("*.py"):
            for text in errors_in(file):
                found = set(re.findall(r"`([a-z_]+)`", text))
                assert found <= ARGUMENTS, f"{file.name}: {text}"
                named |= found
    assert len(named) > 25


@pytest.mark.parametrize(
    ("arguments", "code", "given"),
    [
        (["data", "terms", "scan", "bad.csv", "--label-column", "l"], 3, "--on-error"),
        (["data", "build", "u16.csv", "--output", "o", "--encoding", "utf-16-be"], 3, "--encoding"),
        (["data", "build", "q.tsv", "--output", "o", "--quoting", "none"], 3, "--quoting"),
        (["data", "build", "one.csv", "--output", "o", "--delimiter", ";"], 3, "--delimiter"),
        (["data", "build", "q.csv", "--output", "o", "--on-error", "skip"], 3, "--on-error"),
        (["data", "build", "she.csv", "--output", "o", "--quoting", "double"], 3, "--quoting"),
        (["init", "--data", "she.csv", "--output", "folder", "--overwrite"], 2, "--overwrite"),
        (["gate", "init", "--output", "folder", "--overwrite"], 2, "--overwrite"),
        (["data", "sample", "--output", "folder", "--overwrite"], 2, "--overwrite"),
    ],
)
def test_an_error_does_not_say_to_give_what_was_given(
    arguments, code, given, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("text,l\nshe is,5\n")
    Path("u16.csv").write_bytes("text,l\nshe is,1\n".encode("utf-16"))
    Path("q.tsv").write_text('text\tl\n"she is\t1\t2"\n')
    Path("q.csv").write_text('text,l\n"she is,1\n"no",1\n')
    Path("one.csv").write_text("text,l\nshe is,1\n")
    Path("she.csv").write_text('text,l\n"she is,1\n')
    Path("folder").mkdir()
    Path("folder/file").write_text("")
    assert main.run(arguments) == code
    error = capsys.readouterr().err
    advice = [line for line in error.splitlines() if line.strip().startswith(("try", "expected"))]
    assert given not in " ".join(advice), error


def test_pairs_in_memory_are_not_told_of_options_of_a_command():
    import pyarrow as pa

    table = pa.table({"text": ["she is"], "l": ["x"]})
    with pytest.raises(InputError) as raised:
        make_pairs(table, label_column="l")
    assert "on_error" not in (raised.value.remedy or "")
