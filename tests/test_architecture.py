"""The promises of the layout: import direction, light start-up, every folder packaged."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
LAYERS = ("data", "remediation", "evaluation", "cli")  # each imports itself and those before it
HEAVY = (
    "tensorflow",
    "tensorflow_model_analysis",
    "keras",
    "tf_keras",
    "pandas",
    "pyarrow",
    "matplotlib",
)

HELP_OF = (
    (),
    ("demo",),
    ("init",),
    ("run",),
    ("status",),
    ("gate",),
    ("gate", "explain"),
    ("gate", "init"),
    ("data",),
    ("data", "build"),
    ("data", "export"),
    ("data", "sample"),
    ("data", "terms"),
    ("data", "terms", "list"),
    ("data", "terms", "show"),
    ("data", "terms", "check"),
    ("data", "terms", "scan"),
    ("remediate",),
    ("remediate", "baseline"),
    ("remediate", "train"),
    ("remediate", "sweep"),
    ("evaluate",),
    ("evaluate", "flip-rate"),
    ("report",),
    ("report", "open"),
    ("report", "render"),
    ("report", "compare"),
)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported_layers(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("evenhand.")}


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_one_way(layer):
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    assert sources(layer)
    for path in sources(layer):
        assert imported_layers(path) <= allowed, path


@pytest.mark.parametrize("layer", LAYERS[:-1])
def test_the_library_neither_prints_nor_exits(layer):
    for path in sources(layer):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "exit", "quit", "sys.exit", "os._exit"}, path


def test_every_folder_with_code_is_packaged():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packaged = set(setup["tool"]["setuptools"]["packages"])
    found = {
        "evenhand." + ".".join(path.parent.relative_to(ROOT).parts)
        for layer in LAYERS
        for path in sources(layer)
    }
    assert found <= packaged


def run_python(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_no_help_page_loads_a_heavy_module():
    code = f"""
import sys
from evenhand.cli.main import run
for words in {HELP_OF!r}:
    code = run([*words, "--help"])
    assert code == 0, (words, code)
    heavy = [name for name in {HEAVY!r} if name in sys.modules]
    assert not heavy, (words, heavy)
"""
    shown = run_python(code)
    assert shown.count("Usage: evenhand") == len(HELP_OF)


def test_the_help_pages_tested_are_all_there_are():
    import typer

    from evenhand.cli.main import app

    def walk(command, words):
        if not getattr(command, "no_args_is_help", False):
            assert "Example" in command.help, f"no example in the help of {words}"
        yield words
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, (*words, name))

    assert set(walk(typer.main.get_command(app), ())) == set(HELP_OF)


def test_errors_and_reports_load_no_heavy_module():
    run_python(
        f"""
import sys
import evenhand.data.errors, evenhand.evaluation.gate.judge, evenhand.evaluation.reports.report
import evenhand.data, evenhand.remediation, evenhand.evaluation
assert not [name for name in {HEAVY!r} if name in sys.modules]
"""
    )


def test_the_functions_that_long_work_starts_from_load_no_tensorflow():
    """Their signatures say which options there are, which run files are checked against."""
    run_python(
        f"""
import sys
import evenhand.data.building.build, evenhand.remediation.training.baseline
import evenhand.remediation.training.trainer
import evenhand.remediation.training.sweeps, evenhand.evaluation.flip_rate
heavy = set({HEAVY!r}) - {{"pyarrow"}}
assert not heavy & set(sys.modules)
"""
    )


def test_no_committed_file_names_a_machine_path_or_a_package_registry():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    forbidden = (
        "/ho" + "me/",
        "/ro" + "ot/",
        "pythonho" + "sted",
        "pypi" + ".org",
        "registry." + "npmjs",
    )
    for name in filter(None, listed.stdout.split("\0")):
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        assert not [word for word in forbidden if word in text], name
    assert not (ROOT / "uv.lock").exists()
