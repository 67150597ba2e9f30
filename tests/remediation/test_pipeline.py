"""Batches of examples and their pairs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.pipeline import Batches, TrainingData
from evenhand.remediation.texts import encode_texts


def make_data(pairs_of_example: list[int]) -> TrainingData:
    """Example i has the text i and label i % 2; its pairs the texts i'0, i'1 ... and weight i."""
    n = len(pairs_of_example)
    example = np.repeat(np.arange(n), pairs_of_example)
    names = [f"{i}'{j}" for i, count in enumerate(pairs_of_example) for j in range(count)]
    return TrainingData(
        encode_texts(map(str, range(n))),
        (np.arange(n) % 2).astype(np.float32),
        np.ones(n, np.float32),
        example,
        encode_texts(names),
        example.astype(np.float32),
    )


multiplicities = st.lists(st.integers(0, 3), min_size=2, max_size=40)


@given(multiplicities, st.floats(0, 0.9), st.integers(0, 5))
def test_a_split_loses_nothing_and_keeps_pairs_with_their_example(
    counts: list[int], share: float, seed: int
) -> None:
    data = make_data(counts)
    if round(len(counts) * share) == len(counts):
        with pytest.raises(ConfigurationError):
            data.split(share, seed)
        return
    parts = data.split(share, seed)
    assert sorted([*parts[0].text, *parts[1].text]) == sorted(data.text)
    assert len(parts[1].text) == round(len(counts) * share)
    for part in parts:
        for row, counterfactual in zip(part.example, part.counterfactual, strict=True):
            assert counterfactual.startswith(part.text[row] + b"'")
        expected = sum(counts[int(text)] for text in part.text)
        assert len(part.counterfactual) == expected


@settings(max_examples=15, deadline=None)
@given(multiplicities, st.integers(1, 9), st.integers(1, 2))
def test_an_epoch_holds_every_example_and_every_pair_once(
    counts: list[int], batch_size: int, replicas: int
) -> None:
    data = make_data(counts)
    batches = Batches(data, data.label, batch_size, 3, with_pairs=True, replicas=replicas)
    texts: Counter[bytes] = Counter()
    counterfactuals: Counter[bytes] = Counter()
    for x, label, _ in batches.dataset().take(batches.steps * replicas).as_numpy_iterator():
        texts.update(x.inputs)
        np.testing.assert_array_equal(label, [int(text) % 2 for text in x.inputs])
        for row, counterfactual, weight in zip(*x.pairs, strict=True):
            if row >= 0:
                assert counterfactual.startswith(x.inputs[row] + b"'")
                assert weight == int(x.inputs[row])
                counterfactuals[counterfactual] += 1
    assert texts == Counter(data.text)
    assert counterfactuals == Counter(data.counterfactual)


def test_batches_have_few_shapes_and_every_epoch_its_own_order() -> None:
    rng = np.random.default_rng(0)
    data = make_data(list((rng.random(1000) < 0.2).astype(int)))
    batches = Batches(data, data.label, 50, 1, with_pairs=True)
    two_epochs = list(batches.dataset().take(2 * batches.steps).as_numpy_iterator())
    assert len({x.pairs.example.shape for x, _, _ in two_epochs}) <= 2
    first = [text for x, _, _ in two_epochs[: batches.steps] for text in x.inputs]
    second = [text for x, _, _ in two_epochs[batches.steps :] for text in x.inputs]
    assert first != second
    assert sorted(first) == sorted(second)
    again = next(iter(batches.dataset().as_numpy_iterator()))[0].inputs
    np.testing.assert_array_equal(again, two_epochs[0][0].inputs)
