"""Scoring for a report: models of different kinds side by side, kept scores, errors by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.progress import ignore_progress
from evenhand.evaluation.inputs.scoring import score
from evenhand.evaluation.inputs.tables import ModelScores
from evenhand.evaluation.report_options import DEFAULT_THRESHOLDS
from evenhand.evaluation.reports.report import Role
from evenhand.remediation import ModelOptions

FAILING = """
import keras
import tensorflow as tf


class OneBadText(keras.Model):
    def __init__(self, bad):
        super().__init__()
        self.bad = bad

    def call(self, texts):
        bad = tf.equal(texts, self.bad)
        return tf.where(bad, float("nan"), 0.4)


def on_original():
    return OneBadText("nothing here")


def on_counterfactual():
    return OneBadText("runs")
"""


def scores_of(
    dataset: Path, cache: Path | None = None, **references: str | Path
) -> dict[Role, ModelScores]:
    [scores] = score(
        references,  # type: ignore[arg-type]
        CounterfactualDataset.open(dataset),
        options=ModelOptions(),
        thresholds=dict.fromkeys(references, DEFAULT_THRESHOLDS),
        batch_size=4,
        cache=cache,
        progress=ignore_progress,
    )
    return scores


def test_a_keras_2_baseline_beside_a_keras_3_candidate(
    dataset: Path, scorers: str, tmp_path: Path
) -> None:
    import tf_keras

    layers = tf_keras.layers
    old = tf_keras.Sequential(
        [
            layers.InputLayer((), dtype="string"),
            layers.TextVectorization(vocabulary=["she"], output_mode="count"),
            layers.Dense(1, "sigmoid"),
        ]
    )
    old.layers[-1].set_weights([np.array([[0.0], [3.0]]), np.array([-1.0])])
    old.save(tmp_path / "old.h5")
    scored = scores_of(
        dataset, tmp_path / "kept", candidate=f"{scorers}:even", baseline=tmp_path / "old.h5"
    )
    with_she, without = pytest.approx(0.8808, abs=1e-4), pytest.approx(0.2689, abs=1e-4)
    baseline = scored["baseline"]
    assert list(baseline.originals) == [with_she] * 4 + [without]
    assert list(baseline.counterfactuals) == [without, with_she, without, without, without]
    assert scored["candidate"].examples.max() < 0.5
    again = scores_of(dataset, tmp_path / "kept", baseline=tmp_path / "old.h5")
    assert (again["baseline"].examples == baseline.examples).all()
    kept = list((tmp_path / "kept").glob("*.scores"))
    assert len(kept) == 1  # of Python code, nothing is kept


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("on_original", r"row 3 \(id c\)"),
        ("on_counterfactual", r"a counterfactual of row 4 \(id d\)"),
    ],
)
def test_the_row_of_a_text_without_a_score_is_named(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    (tmp_path / "failing_models.py").write_text(FAILING)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="score nan") as caught:
        scores_of(dataset, candidate=f"failing_models:{name}")
    assert caught.match(f"failing_models:{name}, {place}")
