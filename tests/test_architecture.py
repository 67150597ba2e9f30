"""The promises of the layout: what each room may import, light start-up, every folder packaged."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent

# What a room may import of its own folder: only rooms above it, so that there is no circle. Of the
# folders above its own it may import whatever there is; of those below, nothing. A room is a
# folder, or a module that stands outside of all rooms.
ROOMS = {
    "data": {
        "urls": "",
        "errors": "urls",
        "progress": "",
        "storage": "errors",
        "support": "errors storage",
        "remote": "errors progress storage urls",
        "notebook": "errors support",
        "options": "support",
        "sample": "errors remote storage support",
        "lexicons": "errors remote storage support",
        "matching": "errors lexicons support",
        "english": "errors lexicons support",
        "functionalities": "english errors lexicons support",
        "sense": "english lexicons matching",
        "methods": "english errors lexicons matching sense support",
        "controls": "english lexicons matching methods support",
        "formats": "errors options storage support",
        "dataset": "errors formats lexicons notebook progress remote storage support",
        "reading": "dataset errors formats progress storage support",
        "checking": "dataset english errors formats lexicons matching methods options progress "
        "reading remote storage support",
        "cluster": "errors options progress",
        "building": "checking cluster controls dataset errors formats functionalities lexicons "
        "matching methods options progress reading remote storage support",
        "beam": "building dataset errors formats lexicons matching options reading support",
    },
    "remediation": {
        "defaults": "",
        "literals": "",
        "known_terms": "",
        "model_options": "literals",
        "tracking": "",
        "runtime": "literals",
        "safety": "runtime",
        "outputs": "literals",
        "model_files": "runtime",
        "layers": "outputs runtime",
        "models": "defaults layers literals model_files model_options outputs runtime safety",
        "exporting": "layers model_options models runtime",
        "batches": "defaults literals model_options models outputs runtime",
        "unseen_terms": "batches models outputs runtime",
        "wrappers": "batches literals models outputs runtime",
        "techniques": "batches known_terms layers literals models outputs runtime unseen_terms "
        "wrappers",
        "judging": "batches defaults literals models outputs runtime",
        "training": "batches defaults judging known_terms literals model_options models outputs "
        "runtime techniques tracking unseen_terms",
        "comparing": "batches defaults judging literals model_options models outputs runtime "
        "techniques training",
    },
    "evaluation": {
        "reports": "",
        "report_options": "reports",
        "flip_metric": "reports",
        "inputs": "report_options reports",
        "measures": "flip_metric inputs reports",
        "derived": "reports",
        "planning": "inputs report_options reports",
        "metrics": "inputs reports",
        "vectorised": "inputs metrics reports",
        "engine": "inputs metrics report_options reports vectorised",
        "cluster": "inputs report_options reports vectorised",
        "findings": "reports",
        "gate": "derived findings measures reports",
        "gate/renderers": "findings gate reports",
        "rendering": "findings gate/renderers reports",
        "tracked_report": "findings rendering report_options reports",
        "model_reports": "derived engine flip_metric inputs measures metrics reports",
        "report_job": "engine flip_metric inputs measures model_reports rendering report_options "
        "reports",
        "flip_rate": "cluster inputs report_job report_options reports tracked_report",
        "functionalities": "inputs measures report_options reports",
        "functions": "findings functionalities inputs measures rendering report_options reports",
        "text_scores": "cluster inputs report_options",
        "beam_scores": "cluster inputs report_options",
        "beam_flips": "engine inputs report_options",
        "tried_texts": "report_options reports",
        "lit": "inputs report_options reports",
        "no_flips": "findings",
        "pytest_plugin": "findings reports",
    },
    "cli": {
        "terminal": "",
        "options": "terminal",
        "results": "options terminal",
        "runs": "results terminal",
        "commands": "options results runs terminal",
        "main": "commands options terminal",
        "start": "main terminal",
    },
}
LAYERS = tuple(ROOMS)  # each imports itself and those before it
NAMED = re.compile(r"(evenhand(?:\.\w+)+)\.?(?::\w+)?")  # a module, to be imported by its name
MOST_MODULES = 14  # of a room: more are hard to look over
HEAVY = (
    "tensorflow",
    "tensorflow_model_analysis",
    "keras",
    "tf_keras",
    "pandas",
    "pyarrow",
    "pyspark",
    "fsspec",
    "apache_beam",
    "matplotlib",
)

HELP_OF = (
    (),
    ("demo",),
    ("init",),
    ("run",),
    ("status",),
    ("try",),
    ("gate",),
    ("gate", "explain"),
    ("gate", "init"),
    ("data",),
    ("data", "build"),
    ("data", "check"),
    ("data", "export"),
    ("data", "sample"),
    ("data", "templates"),
    ("data", "terms"),
    ("data", "terms", "list"),
    ("data", "terms", "show"),
    ("data", "terms", "check"),
    ("data", "terms", "scan"),
    ("remediate",),
    ("remediate", "export"),
    ("remediate", "baseline"),
    ("remediate", "train"),
    ("remediate", "sweep"),
    ("remediate", "compare"),
    ("evaluate",),
    ("evaluate", "flip-rate"),
    ("evaluate", "functions"),
    ("evaluate", "plan"),
    ("score",),
    ("report",),
    ("report", "open"),
    ("report", "render"),
    ("report", "card"),
    ("report", "lit"),
    ("report", "compare"),
)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Return the modules of evenhand that a file imports, wherever in it: "data.storage.files".

    So are those in a room that strings name: `import_module` and tables of names import them later.
    """
    names, named = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = NAMED.fullmatch(node.value)
            named.update([module_of(found[1])] if found else [])
    imported = {module_of(name) for name in names if name.startswith("evenhand.")}
    return imported | {module for module in named if "." in module}


def module_of(name: str) -> str:
    """Return the module that a name is, or stands in."""
    parts = name.split(".")[1:]
    place = ROOT.joinpath(*parts)
    is_module = place.is_dir() or place.with_suffix(".py").is_file()
    return ".".join(parts if is_module else parts[:-1])


def room_of(module: str) -> tuple[str, str]:
    """Return the folder and the room of a module; no room for a folder's own `__init__.py`."""
    layer, *inside = module.split(".")
    if not ROOT.joinpath(layer, *inside).is_dir() and len(inside) > 1:
        del inside[-1]
    return layer, "/".join(inside)


def room_of_file(path: Path) -> tuple[str, str]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return room_of(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_one_way(layer):
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    assert sources(layer)
    for path in sources(layer):
        assert {module.split(".")[0] for module in imports_of(path)} <= allowed, path


@pytest.mark.parametrize("layer", LAYERS)
def test_a_room_imports_only_what_it_may(layer):
    """Nor does one import its folder's public names, whose modules may import it."""
    for path in sources(layer):
        _, room = room_of_file(path)
        if not room:
            continue  # the public names, which come from any room
        imported = {room_of(module) for module in imports_of(path)}
        own = {each for folder, each in imported if folder == layer} - {room}
        assert own <= set(ROOMS[layer][room].split()), path


@pytest.mark.parametrize("layer", LAYERS)
def test_the_table_names_every_room_and_has_no_circle(layer):
    rooms = list(ROOMS[layer])
    for number, room in enumerate(rooms):
        assert set(ROOMS[layer][room].split()) <= set(rooms[:number]), f"{room}: not from above"
    assert {room_of_file(path)[1] for path in sources(layer)} - {""} == set(rooms)


@pytest.mark.parametrize("layer", LAYERS)
def test_no_room_has_too_many_modules(layer):
    modules = [path for path in sources(layer) if path.name != "__init__.py"]
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in modules)
    assert not {room: count for room, count in counts.items() if count > MOST_MODULES}


def test_no_two_modules_have_one_name():
    """A name says of itself which module is meant, in talk as in an editor's list of files."""
    files = [path.name for layer in LAYERS for path in sources(layer)]
    counts = Counter(name for name in files if name != "__init__.py")
    assert not [name for name, count in counts.items() if count > 1]


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
import evenhand.evaluation.functions, evenhand.evaluation.text_scores
heavy = set({HEAVY!r}) - {{"pyarrow"}}
assert not heavy & set(sys.modules)
import evenhand.beam
assert not {{"tensorflow", "tensorflow_model_analysis", "keras"}} & set(sys.modules)
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
