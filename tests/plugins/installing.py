"""Write packages that add to evenhand, install them, and run Python where they are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# A package of one module, whose entry points are those of `points`, by their groups
PYPROJECT = """
[build-system]
requires = ["setuptools>=77,<81"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.0"

[tool.setuptools]
py-modules = ["{module}"]
"""


def installed(sources: Iterable[Path], target: Path) -> Path:
    """Install packages into a folder, to be put on a path of modules."""
    options = "--quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options.split(), "--target", target, *sources],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return target


def write_package(folder: Path, name: str, points: Mapping[str, str], code: str) -> Path:
    """Write a package to install.

    Args:
        folder: The package's folder is made here.
        name: Its name.
        points: By group, the name of an entry point; all stand for the module's `added`.
        code: The code of its only module.
    """
    source, module = folder / name, name.replace("-", "_")
    source.mkdir()
    (source / f"{module}.py").write_text(code, encoding="utf-8")
    groups = (
        f'[project.entry-points."{group}"]\n"{point}" = "{module}:added"\n'
        for group, point in points.items()
    )
    text = PYPROJECT.format(name=name, module=module) + "\n".join(groups)
    (source / "pyproject.toml").write_text(text, encoding="utf-8")
    return source


def run_python(code: str, *arguments: str, where: Path, packages: Path) -> str:
    """Run Python code in the folder `where` and return what it prints; `packages` are installed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
