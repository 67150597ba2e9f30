"""Packages that add to evenhand, installed for tests and not for anybody else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from installing import installed, run_python

SOURCE = Path(__file__).parents[2] / "examples" / "plugin"


@pytest.fixture(scope="session")
def installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `examples/plugin` is installed in, to be put on a path of modules."""
    folder = tmp_path_factory.mktemp("plugin")
    source = folder / "source"  # a build leaves files there
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    return installed([source], folder / "installed")


@pytest.fixture
def run_with_plugin(installed_plugin: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs Python code where the package is installed, and returns what it prints.

    Its working folder is `tmp_path`.
    """

    def run(code: str, *arguments: str) -> str:
        return run_python(code, *arguments, where=tmp_path, packages=installed_plugin)

    return run
