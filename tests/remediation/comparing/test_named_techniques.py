"""Techniques as users name them, with options of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.comparing.named_techniques import named_techniques
from evenhand.remediation.techniques.blinding import Blindness
from evenhand.remediation.techniques.logit_pairing import LogitPairing


def test_options_follow_a_colon_with_values_as_in_toml() -> None:
    asked = ["clp : loss_weight=3, loss=mse", 'blind:terms=["mine.toml"]', "clp:unseen-terms=true"]
    clp, blind, unseen = (each.technique for each in named_techniques(asked, 3))
    assert clp == LogitPairing(loss_weight=3, loss="mse", pairing="aligned")
    assert blind == Blindness(terms=["mine.toml"])
    assert unseen.as_keywords()["unseen_terms"] is True


def test_one_technique_is_compared_once_by_its_first_name() -> None:
    asked = ["clp", "clp:loss_weight=1.0", LogitPairing(), "clp:loss_weight=2"]
    assert [each.name for each in named_techniques(asked, 3)] == ["clp", "clp:loss_weight=2"]


def test_the_usual_ones_are_those_that_this_keras_has() -> None:
    assert [each.name for each in named_techniques(None, 3)] == [
        "fine-tune", "blind", "clp", "cda", "clp:unseen_terms=true",
    ]  # fmt: skip
    assert [each.name for each in named_techniques(None, 2)] == ["fine-tune", "clp"]
    with pytest.raises(ConfigurationError, match="Keras 3"):
        named_techniques(["cda"], 2)


def test_a_record_holds_names_of_files_and_no_paths() -> None:
    [blind] = named_techniques([Blindness(terms=[Path("home/mine.toml"), "gender"])], 3)
    assert json.loads(json.dumps(blind.options))["terms"] == ["mine.toml", "gender"]


@pytest.mark.parametrize(
    "asked", ["", "clp:loss_weight", "clp:loss_weight=x", "clp:lose=1", "blind:terms=1"]
)
def test_what_cannot_be_meant_is_refused(asked: str) -> None:
    with pytest.raises(ConfigurationError):
        named_techniques([asked], 3)
