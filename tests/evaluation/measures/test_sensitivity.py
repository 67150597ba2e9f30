from __future__ import annotations

import numpy as np
import pytest

from evenhand.evaluation.inputs.tables import (
    EvaluationData,
    Examples,
    ModelScores,
    Pairs,
    Slice,
)
from evenhand.evaluation.measures.sensitivity import SENSITIVITY_METRICS, sensitivity
from evenhand.evaluation.reports.report import DataSummary

# Three texts score 0.8, 0.5 and 0.3. The first has the counterfactuals 0.2 and 0.2, the second
# none, the third 0.5.
DATA = EvaluationData(
    Examples(labels=np.full(3, np.nan), weights=np.array([1.0, 1.0, 3.0]), slices={}),
    Pairs(np.array([0, 0, 2])),
    DataSummary(name="d", sha256="0" * 64, examples=3, labelled=0, pairs=3, weighted=True),
)
SCORES = ModelScores(
    "m", None, np.array([0.8, 0.5, 0.3]), np.array([0.8, 0.8, 0.3]), np.array([0.2, 0.2, 0.5])
)


def values(pairs: list[int]) -> dict[str, float]:
    slice_ = Slice("term=she", np.arange(3), np.array(pairs, dtype=np.int64))
    _, means = sensitivity(slice_, DATA, SCORES)
    return {name: mean.value for name, mean in means.items()}


def test_sensitivity_worked_out_by_hand() -> None:
    texts, _ = sensitivity(Slice("overall", np.arange(3), np.arange(3)), DATA, SCORES)
    assert texts.tolist() == [0, 2]
    assert values([0, 1, 2]) == pytest.approx(
        {
            "score_sens": (1 * 0.6 + 3 * -0.2) / 4,
            # 0.8, 0.2, 0.2 deviate by 0.4, -0.2, -0.2 from 0.4; 0.3 and 0.5 by 0.1 from 0.4
            "score_dev": (1 * np.sqrt((0.16 + 0.04 + 0.04) / 3) + 3 * 0.1) / 4,
            "score_range": (1 * 0.6 + 3 * 0.2) / 4,
            "ctf_gap_per_text": (1 * (0.6 + 0.6) / 2 + 3 * 0.2) / 4,
        }
    )


def test_with_one_counterfactual_a_text_it_is_gap_and_shift() -> None:
    assert values([0, 2]) == pytest.approx(
        {"score_sens": 0.0, "score_dev": 0.3 / 2, "score_range": 0.3, "ctf_gap_per_text": 0.3}
    )


def test_a_slice_without_pairs_has_none() -> None:
    assert list(values([])) == list(SENSITIVITY_METRICS)
    assert all(np.isnan(value) for value in values([]).values())
