"""What people get without a copy of the repository names no page that only the repository has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("data", "remediation", "evaluation", "cli")
PAGES = {path.name for path in (ROOT / "docs").rglob("*.md")} | {"CONTRIBUTING.md", "CHANGELOG.md"}
POINTER = re.compile(r"\bdocs/|\b(?:" + "|".join(map(re.escape, sorted(PAGES))) + r")\b")


def texts_of(path: Path) -> Iterator[str]:
    """Yield what a file may show or write: strings of Python, and whole templates."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield text
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_string_and_no_template_points_to_a_page_of_the_repository() -> None:
    files = [
        path
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]
    assert any(path.suffix == ".jinja" for path in files)
    pointers = [
        f"{path.relative_to(ROOT)}: {found[0]} in {text[:80]!r}"
        for path in files
        for text in texts_of(path)
        if (found := POINTER.search(text))
    ]
    assert not pointers, "\n".join(pointers)
