"""What a model decides, and whether a pair flips, is written out in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from evenhand.remediation.outputs.decisions import decisions, flips

ROOT = Path(__file__).parents[3]
DEFINITION = ROOT / "remediation" / "outputs" / "decisions.py"
USERS = [
    path
    for folder in ("evaluation", "remediation/judging", "remediation/outputs")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


@pytest.mark.parametrize(
    ("score", "threshold", "positive"),
    [(0.5, 0.5, False), (0.5000001, 0.5, True), (0.0, 0.0, False), (0.2, 0.1, True)],
)
def test_a_score_decides_for_positive_strictly_above_the_threshold(score, threshold, positive):
    assert decisions(score, threshold) is positive
    assert decisions(np.array([score]), threshold).tolist() == [positive]
    assert decisions(score, np.array([threshold, 0.9])).tolist() == [positive, False]


def test_of_equally_probable_classes_the_first_is_decided_for():
    probabilities = np.array([[0.2, 0.4, 0.4], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]])
    assert decisions(probabilities).tolist() == [1, 2, 0]


def test_a_pair_flips_where_its_decisions_differ():
    original = np.array([0.5, 0.5, 0.4, 0.9])
    counterfactual = np.array([0.5, 0.51, 0.3, 0.5])
    assert flips(original, counterfactual, 0.5).tolist() == [False, True, False, True]
    pairs = zip(original.tolist(), counterfactual.tolist(), strict=True)
    assert [flips(*pair, 0.5) for pair in pairs] == [False, True, False, True]
    assert flips(0.5, counterfactual, 0.5).tolist() == [False, True, False, False]
    classes = np.array([[0.4, 0.6], [0.5, 0.5]])
    assert flips(classes, classes[::-1]).tolist() == [True, True]


def writes_out_a_decision(node: ast.AST) -> bool:
    """Whether code compares with a threshold, or looks for the most probable class, by itself."""
    if isinstance(node, ast.Compare) and any(isinstance(op, ast.Gt | ast.LtE) for op in node.ops):
        return "threshold" in ast.unparse(node.comparators[-1]).lower()
    return isinstance(node, ast.Attribute) and node.attr == "argmax"


@pytest.mark.parametrize("path", USERS, ids=lambda path: path.stem)
def test_nobody_else_writes_a_decision_out(path):
    found = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if writes_out_a_decision(node)
    ]
    assert bool(found) == (path == DEFINITION), found
