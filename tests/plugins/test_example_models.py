"""The example's kind of model."""

from __future__ import annotations

import json

import numpy as np

SCORE = """
import json, sys
from pathlib import Path
from evenhand.evaluation import assert_no_flips
from evenhand.remediation import load_classifier
from evenhand.remediation.models.references import inspect_model
inspect_model(Path("toxic.words"))
assert "tensorflow" not in sys.modules
print(json.dumps(load_classifier("toxic.words").score(["awful", "fine, she said"]).tolist()))
try:
    assert_no_flips("toxic.words", ["is she", "is it"])
except AssertionError as error:
    print(error)
"""


def test_a_model_of_a_kind_of_another_package_is_scored(run_with_plugin, tmp_path):
    (tmp_path / "toxic.words").write_text("awful 3\nshe 3\nsaid 0\n", encoding="utf-8")
    scores, *flips = run_with_plugin(SCORE).splitlines()
    np.testing.assert_allclose(json.loads(scores), 1 / (1 + np.exp([-3, -2])))
    assert flips[0].startswith("1 of 1 pairs flip")
