"""The example's lexicon and tagger."""

from __future__ import annotations

import json

BUILD = """
import json, sys
from evenhand.data import build_dataset
made = []
for name, options in (("relatives", {"terms": ["relatives"]}), ("her", {"tagger": "last-word"})):
    dataset = build_dataset([f"{name}.csv"], name, method="substitute", **options)
    made += [row["counterfactual"] for row in dataset.pairs().to_pylist()]
print(json.dumps(made))
"""
COMMAND = """
import sys
from evenhand.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_dataset_is_built_with_a_lexicon_and_a_tagger_of_another_package(
    run_with_plugin, tmp_path
):
    (tmp_path / "relatives.csv").write_text("text\nMy aunts came.\n", encoding="utf-8")
    (tmp_path / "her.csv").write_text("text\nWe saw her.\nHer cat slept.\n", encoding="utf-8")
    assert json.loads(run_with_plugin(BUILD)) == [
        "My uncles came.",
        "We saw him.",
        "His cat slept.",
    ]


def test_the_lexicon_is_listed_beside_evenhand_s_own(run_with_plugin):
    listed = json.loads(run_with_plugin(COMMAND, "data", "terms", "list", "--json"))
    assert [each["name"] for each in listed if each["name"] >= "r"] == [
        "race-ethnicity",
        "relatives",
        "religion",
        "sexual-orientation",
        "socioeconomic",
        "veteran-status",
    ]
