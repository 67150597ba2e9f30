"""What the trainer is not to know: which techniques there are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from evenhand.remediation.techniques.registry import technique_class, technique_names

FOLDER = Path(__file__).parents[3] / "remediation"
MODULES = sorted(path for room in ("training", "judging") for path in (FOLDER / room).glob("*.py"))
# What a technique is, and where they are looked up
OPEN = {
    f"evenhand.remediation.techniques.{name}"
    for name in ("technique", "registry", "technique_options")
}
# Also what a control is called: the baseline on texts without their terms
BLIND = "blind"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_training_knows_no_technique(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    techniques = {name for name in imported if name and "remediation.techniques" in name}
    assert techniques <= OPEN
    classes = [technique_class(name) for name in technique_names()]
    known = {each.__name__ for each in classes} | {each.name for each in classes}
    known |= {each.title for each in classes}
    known -= {BLIND}
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not known & (words | names)
