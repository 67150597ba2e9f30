"""The documentation is true: its commands parse, its links lead somewhere, its pages run."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

sys.path.insert(0, str(Path(__file__).parent))
from pages import PAGES, ROOT, Block, blocks_of, commands_of

from evenhand.cli.main import app, run
from evenhand.data import build_dataset, write_sample
from evenhand.evaluation.gate.config import load_gate_config
from evenhand.remediation import train_baseline

WITH_EVENHAND = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # a PATH
RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.md"))


def without_callbacks(command: Any) -> Any:
    """Return a command line that parses as the real one does, and then does nothing."""
    for part in getattr(command, "commands", {}).values():
        without_callbacks(part)
    command.callback = lambda **_: None
    return command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_commands_and_options_exist(page: Path) -> None:
    command_line = without_callbacks(typer.main.get_command(app))
    for command in commands_of(page):
        words = shlex.split(re.split(r"\s[|;]|&&", command)[0], comments=True)[1:]
        if "..." in words or words[0].startswith("-"):
            continue
        try:
            command_line.main(args=words, prog_name="evenhand", standalone_mode=False)
        except Exception as error:
            if type(error).__name__ not in ("MissingParameter", "NoArgsIsHelpError"):
                pytest.fail(f"{command}: {error}")


GATES = [
    block
    for page in PAGES
    for block in blocks_of(page)
    if block.language == "toml" and "[[gate." in block.text
]


@pytest.mark.parametrize("block", GATES, ids=lambda block: f"{block.page.name}:{block.line}")
def test_its_gates_can_be_read(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "evenhand.toml"
    rule = '[[gate.rules]]\nmetric = "auc"\nmin = 0.5\n'  # waivers alone are no gate
    path.write_text(block.text if "[[gate.rules]]" in block.text else rule + block.text)
    load_gate_config(path)


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    for page in PAGES[1:]:
        name = str(page.relative_to(ROOT / "docs").with_suffix(""))
        assert name == "index" or f"\n{name}\n" in index, f"docs/index.md does not list {name}"


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", ROOT / "docs", tmp_path],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    api = (tmp_path / "api" / "data.html").read_text()
    assert "build_dataset" in api
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|link)[^>]+(?:src|href)="(https?:[^"]+)"', page.read_text()
        )
        assert not loaded, f"{page.name} loads {loaded}"


def run_page(page: Path, folder: Path, path: str) -> None:
    """Run the blocks of a page in a folder, with the `evenhand` of a PATH."""
    environment = os.environ | {"PATH": path}
    for block in blocks_of(page):
        needed = block.directives.get("needs")
        if needed and importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
        if "file" in block.directives:
            (folder / block.directives["file"]).write_text(block.text)
        elif block.language == "sh" and "not run" not in block.directives:
            run_block(block, folder, environment)


def run_block(block: Block, folder: Path, environment: dict[str, str]) -> None:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    expected = int(block.directives.get("exit", 0))
    assert ended.returncode == expected, f"{block.page.name}:{block.line}\n{ended.stdout}"


@pytest.mark.slow
def test_the_tutorial_runs_as_it_stands(tmp_path: Path, path_with_forked_evenhand: str) -> None:
    run_page(ROOT / "docs" / "tutorial.md", tmp_path, path_with_forked_evenhand)
    assert (tmp_path / "after" / "report.html").is_file()


def test_the_page_on_run_files_runs(tmp_path: Path) -> None:
    write_sample(tmp_path, rows=1000)
    run_page(ROOT / "docs" / "run-file.md", tmp_path, WITH_EVENHAND)
    assert not list(tmp_path.glob("*-run"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that other pages speak of, of few rows."""
    folder = tmp_path_factory.mktemp("pages")
    assert run(["data", "sample", "--output", str(folder / "sample"), "--rows", "2000"]) == 0
    for split in ("train", "test"):
        shutil.copy(folder / "sample" / f"{split}.csv", folder)
        columns = {"text_column": "comment_text", "label_column": "toxicity"}
        build_dataset(
            [folder / f"{split}.csv"],
            folder / "pairs" / split,
            slice_columns=["gender"],
            **columns,
        )
    train_baseline(folder / "pairs" / "train", folder / "baseline.keras", epochs=1)
    (folder / "evenhand.toml").write_text('[[gate.rules]]\nmetric = "flip_rate"\nmax = 1.0\n')
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", RECIPES, ids=lambda page: page.stem)
def test_recipes_run(page: Path, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "pairs", tmp_path / "cf")
    run_page(page, tmp_path, WITH_EVENHAND)  # one needs Keras 2, and so a process of its own


@pytest.mark.slow
def test_the_readme_runs_on_files_named_as_it_says(
    folder: Path, path_with_forked_evenhand: str
) -> None:
    run_page(ROOT / "README.md", folder, path_with_forked_evenhand)
    assert (folder / "gate.xml").is_file()


@pytest.mark.slow
def test_the_page_on_beam_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _, reading = blocks_of(ROOT / "docs" / "beam.md")
    pd.read_csv(folder / "test.csv").to_parquet(folder / "test.parquet")
    (folder / file.directives["file"]).write_text(file.text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["flips.py", "--runner", "FnApiRunner"])
    runpy.run_path("flips.py", run_name="__main__")
    (folder / "reading.py").write_text(reading.text)
    slices = {str(key) for key in runpy.run_path("reading.py")["metrics"]}
    assert any("female" in name for name in slices) and any("gender" in name for name in slices)
