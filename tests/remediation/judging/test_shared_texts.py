"""Texts that are trained on and measured on are counted, and told."""

from __future__ import annotations

import pandas as pd

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.remediation.judging.shared_texts import shared_texts


def dataset(*texts: str) -> CounterfactualDataset:
    return build_dataset(pd.DataFrame({"text": texts}), method="ablate")


def test_examples_are_compared_and_not_their_counterfactuals() -> None:
    trained = dataset("she is kind", "he is rude", "he is rude")
    assert shared_texts(trained, dataset("is kind", "she is here", "She is kind")) == ""
    assert shared_texts(trained, dataset("he is rude", "her", "she is late", "nobody")) == (
        "1 of the 4 texts to measure on (25.00%) is in the training data, too, where a model does "
        "better than on others"
    )
    # each that is measured counts, as often as it is
    twice = shared_texts(trained, dataset("he is rude", "he is rude"))
    assert twice.startswith("2 of the 2 texts to measure on (100.00%) are in")
