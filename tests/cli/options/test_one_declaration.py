"""An option is declared once, and appears wherever it is to be known."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.cli.options.documented import option_table
from evenhand.cli.runs.keys import TABLES, load
from evenhand.data.options import options_of

ROOT = Path(__file__).parents[3]
FOLDERS = ("cli", "data", "evaluation", "remediation")

# Of each operation: its command, the file and an option of its class, its function
OPERATIONS = {
    "data.train": (
        "data build",
        "data/building/build_options.py",
        "    on_error: OnError = option(",
        "evenhand.data.build_dataset",
    ),
    "evaluate": (
        "evaluate flip-rate",
        "evaluation/report_options.py",
        "    cache: str | Path | None = option(",
        "evenhand.evaluation.evaluate_flip_rate",
    ),
    "baseline": (
        "remediate baseline",
        "remediation/training/fit_options.py",
        "    architecture: Architecture = option(",
        "evenhand.remediation.train_baseline",
    ),
    "train": (
        "remediate train",
        "remediation/training/fit_options.py",
        "    control: bool = option(",
        "evenhand.remediation.train",
    ),
    "sweep": (
        "remediate sweep",
        "remediation/training/fit_options.py",
        "    patience: int = option(",
        "evenhand.remediation.sweep",
    ),
    "compare": (
        "remediate compare",
        "remediation/comparing/compare_options.py",
        "    enough: float = option(",
        "evenhand.remediation.compare",
    ),
}
LINE = '    zeal: int | None = option(None, "How keen it is.", HARDWARE, most=9, unset="not")\n'

SEEN = """
import importlib, inspect, sys
from pathlib import Path

from evenhand.cli.main import run
from evenhand.cli.options.documented import option_table
from evenhand.cli.runs.file import read_run_file
from evenhand.cli.runs.keys import TABLES, keys_of, load
from evenhand.data.errors import ConfigurationError

table, command, function = sys.argv[1:]
assert run([*command.split(), "--help"]) == 0  # which prints it
print(option_table(load(TABLES[table].options)))
key = keys_of(TABLES[table])["zeal"]
assert (key.type, key.default) == (int | None, None)

package, _, name = function.rpartition(".")
operation = getattr(importlib.import_module(package), name)
assert inspect.signature(operation).parameters["zeal"].default is None
try:
    load(TABLES[table].options)(zeal=10)
except ConfigurationError as error:
    print(error)
else:
    raise AssertionError("it is not checked")

Path("evenhand.toml").write_text(
    '[data.train]\\ninputs = ["a.csv"]\\n'
    + ('[data.compare]\\ninputs = ["c.csv"]\\n' if table == "compare" else "")
    + '[data.test]\\ninputs = ["b.csv"]\\n'
    + ("" if table == "baseline" else f"[baseline]\\n")
    + ("" if table.startswith(("data", "evaluate")) else f"[{table}]\\n")
    + '[[gate.rules]]\\nmetric = "auc"\\nmin = 0.5\\n'
)
steps = read_run_file("evenhand.toml", [f"{table}.zeal=3"]).steps
assert steps[table]["zeal"] == 3
"""


@pytest.mark.parametrize("table", OPERATIONS)
def test_one_line_makes_an_option_of_command_run_file_python_and_documentation(table, tmp_path):
    command, file, place, function = OPERATIONS[table]
    for folder in FOLDERS:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / "evenhand" / folder, ignore=left_out)
    changed = tmp_path / "evenhand" / file
    text = changed.read_text(encoding="utf-8")
    assert text.count(place) == 1
    line = LINE if "HARDWARE" in text else LINE.replace("HARDWARE", "VALIDATION")
    changed.write_text(text.replace(place, line + place), encoding="utf-8")
    seen = subprocess.run(
        [sys.executable, "-c", SEEN, table, command, function],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert seen.returncode == 0, seen.stderr
    help_page, _, documented = seen.stdout.partition("| option |")
    assert "--zeal" in help_page
    assert "How keen it is. [from 1 to 9] [default: not]" in help_page
    row = "| `--zeal` | `zeal` | a whole number, from 1 to 9 | not | How keen it is. |"
    assert row in documented
    assert "zeal must be from 1 to 9, got 10" in documented


@pytest.mark.parametrize("table", OPERATIONS)
def test_the_documentation_lists_every_option(table):
    page = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    assert f"<!-- options: {table} -->" in page
    of_class = load(TABLES[table].options)
    listed = option_table(of_class)
    for name, option in options_of(of_class).items():
        assert f"| `{option.flag}` | `{name}` |" in listed


def test_classes_of_options_are_light_to_import():
    modules = {TABLES[table].options.partition(":")[0] for table in OPERATIONS}
    code = f"""
import importlib, sys
for name in {sorted(modules)!r}:
    importlib.import_module(name)
print(*sorted({{"tensorflow", "numpy", "pydantic", "pyarrow", "pandas"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_no_command_has_more_than_eight_options_of_its_own():
    """What an operation takes is in its class of options, which `with_options` puts into place."""
    for path in sorted((ROOT / "cli" / "commands").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                given = ("options", "dialect", "context")
                own = [each.arg for each in arguments if each.arg not in given]
                assert len(own) <= 8, f"{path.name}: {node.name} has {own}"
