"""What the four packages import is declared, and installed in the versions that are declared."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIRED = [Requirement(line) for line in PROJECT["dependencies"]]
# Imported only where they are there: by pytest itself, for an option, on older Pythons.
OPTIONAL = {
    "pytest": "dev",
    "pyspark": "spark",
    "spacy": "spacy",
    "fsspec": "remote",
    "openpyxl": "excel",
    "mlflow": "mlflow",
    "wandb": "wandb",
    "lit_nlp": "lit",
    "werkzeug": "lit",
}
SMALLER = {"mlflow": "mlflow-skinny"}  # what brings enough of it
BROUGHT_ALONG = {"IPython"}  # by whoever opens a notebook
HERE = [each for each in REQUIRED if each.marker is None or each.marker.evaluate()]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> Iterator[tuple[str, Path]]:
    """The modules that the packages import, anywhere in them, with a file that does."""
    for folder in ("cli", "data", "evaluation", "evenhand", "remediation"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from ((alias.name, file) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    yield node.module, file


def third_party() -> dict[str, Path]:
    known = sys.stdlib_module_names | {"evenhand"}
    return {name: file for name, file in imported() if name.partition(".")[0] not in known}


def test_every_import_is_of_a_declared_dependency():
    declared = {normal(each.name) for each in REQUIRED}
    optional = PROJECT["optional-dependencies"]
    distributions = packages_distributions()
    checked = set()
    for module, file in third_party().items():
        top = module.partition(".")[0]
        if top in OPTIONAL:
            name = normal(SMALLER.get(top, top))
            assert any(normal(Requirement(r).name) == name for r in optional[OPTIONAL[top]])
            continue
        if top in BROUGHT_ALONG:
            continue
        # Many distributions share the namespace `google`.
        names = ["protobuf"] if module.startswith("google.protobuf") else distributions.get(top)
        if names is None:  # not installed here, as tomli on Python 3.11
            names = [top]
        assert declared & set(map(normal, names)), f"{file} imports {module}: declare {names}"
        checked.update(names)
    assert len(checked) > 20


@pytest.mark.parametrize("requirement", HERE, ids=str)
def test_what_is_installed_is_what_is_declared(requirement):
    assert requirement.specifier.contains(version(requirement.name), prereleases=True)


def test_keras_is_pinned_to_what_was_tested():
    (keras,) = [each for each in HERE if each.name == "keras"]
    assert str(keras.specifier) == f"=={'.'.join(version('keras').split('.')[:2])}.*"


@pytest.mark.parametrize(
    "lock, name, extra",
    [
        ("spark", "pyspark", "spark"),
        ("s3", "s3fs", "s3"),
        ("trackers", "mlflow-skinny", "mlflow"),
        ("trackers", "wandb", "wandb"),
    ],
)
def test_a_lock_beside_the_main_one_has_what_its_extra_allows(lock, name, extra):
    text = (ROOT / f"requirements-{lock}.lock").read_text()
    assert "://" not in text
    entries = [each for each in re.split(r"\n(?=\S)", text) if "==" in each]
    assert all("--hash=sha256:" in each for each in entries)
    (allowed,) = map(Requirement, PROJECT["optional-dependencies"][extra])
    found = [re.match(rf"{name}==(\S+)", each) for each in entries]
    versions = [each[1] for each in found if each]
    assert versions
    assert all(allowed.specifier.contains(each) for each in versions)


def test_the_lock_has_every_dependency_with_hashes_and_without_addresses():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    entries = re.split(r"\n(?=\S)", lock)
    locked = {normal(entry.partition("==")[0]): entry for entry in entries if "==" in entry}
    for requirement in REQUIRED:
        assert "--hash=sha256:" in locked[normal(requirement.name)], requirement
