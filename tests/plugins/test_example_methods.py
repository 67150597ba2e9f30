"""The example's way of making counterfactuals."""

from __future__ import annotations

import json

BUILD = """
import json, sys
from evenhand.data import build_dataset
rows = build_dataset(["rows.csv"], "out", terms=["gender"], method="they").pairs().to_pylist()
print(json.dumps([[row["counterfactual"], row["groups"]] for row in rows]))
"""


def test_a_dataset_is_built_by_a_method_of_another_package(run_with_plugin, tmp_path):
    rows = ["text", "She said it.", "Hers", "The bus", "if he can"]
    (tmp_path / "rows.csv").write_text("\n".join(rows), encoding="utf-8")
    assert json.loads(run_with_plugin(BUILD)) == [
        ["They said it.", ["female"]],
        ["if they can", ["male"]],
    ]
