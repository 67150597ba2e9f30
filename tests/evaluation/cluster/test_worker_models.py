"""Models and code mean the same on a worker, which runs in another folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.evaluation.cluster.worker_models import options_for_workers, reference_for_workers
from evenhand.remediation.model_options import ModelOptions


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("models/m.keras", "{here}/models/m.keras"),
        ("code/scorer.py:score", "{here}/code/scorer.py:score"),
        ("/code/scorer.py:score.inner", "/code/scorer.py:score.inner"),
        ("package.module:score", "package.module:score"),
        ("http://host:8501/v1/models/m", "http://host:8501/v1/models/m"),
    ],
)
def test_a_model_is_named_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, whole: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(reference_for_workers(given)) == whole.format(here=tmp_path)


def test_code_of_options_is_named_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ModelOptions(preprocess="own/tokens.py:encode", custom_objects="layers.py")
    there = options_for_workers(options)
    assert there.preprocess == f"{tmp_path}/own/tokens.py:encode"
    assert there.custom_objects == f"{tmp_path}/layers.py"
    assert options_for_workers(ModelOptions()) == ModelOptions()
