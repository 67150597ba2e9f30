"""Class weights weigh the examples that are trained on by their labels, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenhand.data import ConfigurationError, CounterfactualDataset, build_dataset
from evenhand.remediation import train_baseline
from evenhand.remediation.batches.training_data import DatasetBlocks

FRAME = pd.DataFrame(
    {
        "text": ["she is kind", "he is rude", "they met her", "nobody", "he is"] * 8,
        "label": [0.0, 1.0, 0.25, None, 1.0] * 8,
        "weight": [1.0, 2.0, 4.0, 1.0, 0.5] * 8,
    }
)
WEIGHED = np.array([3.0, 10.0, 14.0, 1.0, 2.5] * 8)  # by 3 and 5: 4 × (0.75 × 3 + 0.25 × 5) = 14


@pytest.fixture(scope="module")
def dataset() -> CounterfactualDataset:
    columns = {"label_column": "label", "weight_column": "weight"}
    return build_dataset(FRAME, method="ablate", **columns)


def test_an_example_weighs_as_much_as_its_label_says(dataset: CounterfactualDataset) -> None:
    plain = DatasetBlocks(dataset, rows="all").all_training()
    weighed = DatasetBlocks(dataset, rows="all", class_weights=(3, 5), block_rows=7)
    data = weighed.all_training()
    np.testing.assert_allclose(data.weight, WEIGHED)
    assert data.weight.dtype == np.float32
    np.testing.assert_array_equal(data.label, plain.label)
    np.testing.assert_array_equal(data.pair_weight, plain.pair_weight)
    of_labels = DatasetBlocks(dataset, rows="all", class_weights=(3, 5), pair_labels=True)
    data = of_labels.all_training()
    np.testing.assert_allclose(data.pair_weight, WEIGHED[data.example])


def test_what_is_held_out_is_not_weighed(dataset: CounterfactualDataset) -> None:
    plain = DatasetBlocks(dataset, 0.5, 3).held_out()
    weighed = DatasetBlocks(dataset, 0.5, 3, class_weights=(3, 5)).held_out()
    np.testing.assert_array_equal(weighed.weight, plain.weight)


def test_numbers_of_classes_have_a_weight_each() -> None:
    frame = FRAME[["text"]].assign(label=[0, 1, 2, 2, 0] * 8)
    dataset = build_dataset(frame, label_column="label", classes=3, method="ablate")
    data = DatasetBlocks(dataset, class_weights=(1, 10, 100)).all_training()
    assert data.weight.tolist() == [1, 10, 100, 100, 1] * 8


@pytest.mark.parametrize(
    ("weights", "what"),
    [
        ([1, 2, 3], "3 class weights for labels of 2 classes"),
        (2.0, "1 class weights"),
        ([1, 0], "class_weights must be above 0, got 0"),
        ([1, -1], "class_weights must be above 0, got -1"),
        ("balanced", "class_weights must be a finite number, above 0"),
    ],
)
def test_other_weights_are_refused(
    weights: Any, what: str, dataset: CounterfactualDataset, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=what):
        train_baseline(dataset, tmp_path / "baseline.keras", class_weights=weights)
    assert not list(tmp_path.iterdir())
