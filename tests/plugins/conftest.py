"""The example of a package that adds to evenhand, installed for tests and not for anybody else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "examples" / "plugin"


@pytest.fixture(scope="session")
def installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `examples/plugin` is installed in, to be put on a path of modules."""
    folder = tmp_path_factory.mktemp("plugin")
    source = folder / "source"  # a build leaves files there
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    target = folder / "installed"
    options = "--quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options.split(), "--target", target, source],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def run_with_plugin(installed_plugin: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs Python code where the package is installed, and returns what it prints.

    Its working folder is `tmp_path`.
    """

    def run(code: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(installed_plugin)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
