"""The example notebook runs from its first cell to its last, and its results show themselves."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook.ipynb"


def cells() -> list[str]:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run_cell(code: str, names: dict[str, Any]) -> Any:
    """Run a cell, and return the value of its last line if that is an expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), names)  # noqa: S102
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)  # noqa: S307


@pytest.mark.slow
def test_the_example_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    names: dict[str, Any] = {}
    shown = [run_cell(code.replace("ROWS = 3000", "ROWS = 1500"), names) for code in cells()]
    for value in shown:
        assert isinstance(value, dict) or len(value._repr_html_()) < 30_000
    assert names["result"].kept_epoch > 0
    before, after = (names[name].candidate.overall for name in ("before", "after"))
    assert after.metrics["flip_rate"].value < before.metrics["flip_rate"].value
    assert list(tmp_path.iterdir()) == []  # a reader's folder stays as it was


def test_the_notebook_is_stored_without_what_it_printed() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    of_code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(of_code) > 5
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in of_code)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
