"""README.md of this folder: every test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("README.md")


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_the_table_names_exists() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if ".py::" in line]
    assert len(rows) >= 60
    named = set()
    for row in rows:
        found = re.fullmatch(r"\| .+ \| .+ \| `([\w/]+\.py)::(test_\w+)` \|", row)
        assert found, row
        file, test = found.groups()
        assert test in functions_of(TESTS / file), f"there is no {file}::{test}"
        named.add((file, test))
    assert len(named) >= 60


def test_every_test_of_this_folder_stands_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for test in functions_of(path):
            if test.startswith("test_") and path != Path(__file__):
                row = f"`hardening/{path.name}::{test}`"
                assert row in page, f"{PAGE} lacks {row}"
