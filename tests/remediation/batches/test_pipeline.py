"""Batches of examples and their pairs, from blocks and caches."""

from __future__ import annotations

import itertools
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation.batches import pipeline
from evenhand.remediation.batches.cache import Blocks, Cache, cached
from evenhand.remediation.batches.pipeline import Batches, Pairing
from evenhand.remediation.batches.training_data import DatasetBlocks, TrainingData
from evenhand.remediation.batches.vectorisation import TextEncoding
from evenhand.remediation.runtime.texts import encode_texts


def make_data(pairs_of_example: list[int], first: int = 0) -> TrainingData:
    """Example i has the text i and label i % 2; its pairs the texts i'0, i'1 ... and weight i."""
    n = len(pairs_of_example)
    example = np.repeat(np.arange(n), pairs_of_example)
    names = [f"{first + i}'{j}" for i, count in enumerate(pairs_of_example) for j in range(count)]
    return TrainingData(
        encode_texts(str(first + i) for i in range(n)),
        ((first + np.arange(n)) % 2).astype(np.float32),
        np.ones(n, np.float32),
        example,
        encode_texts(names),
        (first + example).astype(np.float32),
    )


def in_blocks(counts: list[int], rows: int) -> Blocks:
    blocks = [make_data(counts[i : i + rows], i) for i in range(0, len(counts), rows)]
    return Blocks(blocks.__getitem__, len(blocks), len(counts), sum(counts))


def batches_of(blocks: Blocks, size: int, pairing: Pairing = "aligned", **more: Any) -> Batches:
    return Batches(blocks, TextEncoding(None), lambda label: label, size, 3, pairing, **more)


def elements(batches: Batches, epochs: int = 1) -> Iterator[Any]:
    steps = epochs * batches.steps * batches.replicas
    return itertools.islice(batches._elements(range(batches.replicas)), steps)


@pytest.mark.parametrize("pairing", get_args(Pairing))
@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("held", [False, True])
def test_without_pairs_the_same_examples_come_in_the_same_order(
    pairing: Pairing, replicas: int, held: bool
) -> None:
    more: dict[str, Any] = {"replicas": replicas}
    if held:
        more["held"] = lambda targets: (targets[:, None],)
    blocks = in_blocks([0, 3, 1, 0, 0, 2, 1] * 5, 9)
    paired = elements(batches_of(blocks, 4, pairing, **more), 2)
    alone = elements(batches_of(blocks, 4, pairing, has_pairs=False, **more), 2)
    for (x, label, weight), (inputs, alone_label, alone_weight) in zip(paired, alone, strict=True):
        if held:
            assert inputs.pairs == ()
            np.testing.assert_array_equal(x.held, inputs.held)
            inputs = inputs.inputs
        np.testing.assert_array_equal(x.inputs, inputs)
        np.testing.assert_array_equal(label, alone_label)
        np.testing.assert_array_equal(weight, alone_weight)
    batches = batches_of(blocks, 4, pairing, has_pairs=False, **more)
    _, label, _ = next(elements(batches))
    np.testing.assert_array_equal(next(iter(batches.dataset()))[1], label)


multiplicities = st.lists(st.integers(0, 3), min_size=2, max_size=60)


@settings(max_examples=20, deadline=None)
@given(multiplicities, st.integers(1, 9), st.integers(1, 2), st.sampled_from([2, 3, 60]))
def test_an_epoch_holds_every_example_and_every_pair_once(
    counts: list[int], batch_size: int, replicas: int, block_rows: int
) -> None:
    batches = batches_of(in_blocks(counts, block_rows), batch_size, replicas=replicas)
    texts: Counter[bytes] = Counter()
    counterfactuals: Counter[bytes] = Counter()
    for x, label, _ in elements(batches):
        texts.update(x.inputs)
        np.testing.assert_array_equal(label, [int(text) % 2 for text in x.inputs])
        for row, counterfactual, weight in zip(*x.pairs, strict=True):
            if row >= 0:
                assert counterfactual.startswith(x.inputs[row] + b"'")
                assert weight == int(x.inputs[row])
                counterfactuals[counterfactual] += 1
    data = make_data(counts)
    assert texts == Counter(data.text)
    assert counterfactuals == Counter(data.counterfactual)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 4), st.sampled_from([2, 3, 60]))
def test_every_replica_has_an_example_in_every_step(
    examples: int, batch_size: int, replicas: int, block_rows: int
) -> None:
    examples, batch_size = max(examples, replicas), max(batch_size, replicas)
    blocks = in_blocks([1] * examples, block_rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "_BLOCKS_TOGETHER", 2)
        parts = [
            x.inputs for x, _, _ in elements(batches_of(blocks, batch_size, replicas=replicas))
        ]
    assert all(len(part) for part in parts)
    assert max(map(len, parts)) <= -(-(batch_size + replicas - 1) // replicas)
    assert Counter(np.concatenate(parts)) == Counter(make_data([1] * examples).text)


def test_batches_have_one_shape_and_every_epoch_its_own_order() -> None:
    rng = np.random.default_rng(0)
    blocks = in_blocks(list((rng.random(1000) < 0.2).astype(int)), 60)
    batches = batches_of(blocks, 50)
    two_epochs = list(elements(batches, 2))
    assert {len(label) for _, label, _ in two_epochs} == {50}
    assert len({x.pairs.example.shape for x, _, _ in two_epochs}) == 1
    padding = [np.mean(x.pairs.example < 0) for x, _, _ in two_epochs]
    assert np.mean(padding) < 0.15  # of some ten pairs; as many as two batches differ by
    first = [text for x, _, _ in two_epochs[: batches.steps] for text in x.inputs]
    second = [text for x, _, _ in two_epochs[batches.steps :] for text in x.inputs]
    assert first != second
    assert sorted(first) == sorted(second)
    again = next(batches.dataset().as_numpy_iterator())[0].inputs
    np.testing.assert_array_equal(again, two_epochs[0][0].inputs)


def test_independent_pairs_are_as_many_as_the_examples_and_all_come_equally_often() -> None:
    counts = [1, 0, 0, 2, 0, 0, 1, 0, 0, 0, 1, 0] * 3  # 15 pairs of 36 examples
    batches = batches_of(in_blocks(counts, 3), 6, "independent")
    seen: Counter[bytes] = Counter()
    for x, _, _ in elements(batches, 5):
        assert len(x.inputs) == len(x.pairs.counterfactual) == 6
        for original, counterfactual, weight in zip(*x.pairs, strict=True):
            assert counterfactual.startswith(original + b"'")
            assert weight == int(original)
        seen.update(x.pairs.counterfactual)
    assert len(seen) == 15
    assert set(seen.values()) == {12}  # 5 epochs of 6 steps of 6 are 12 times 15


@settings(max_examples=20, deadline=None)
@given(
    multiplicities.filter(any), st.integers(1, 40), st.integers(1, 9), st.sampled_from([1, 2, 4])
)
def test_pairs_from_elsewhere_are_spread_evenly_over_each_epoch(
    counts: list[int], examples: int, batch_size: int, replicas: int
) -> None:
    apart = in_blocks(counts, 7)
    blocks = in_blocks([0] * examples, 5)
    batches = batches_of(blocks, batch_size, replicas=replicas, pair_blocks=apart)
    steps = list(elements(batches, 2))
    again = batches_of(blocks, batch_size, replicas=replicas, pair_blocks=apart, first_epoch=1)
    for (x, _, _), (resumed, _, _) in zip(steps[len(steps) // 2 :], elements(again), strict=True):
        for column, same in zip(x.pairs, resumed.pairs, strict=True):
            np.testing.assert_array_equal(column, same)
    sizes = [
        sum(len(x.pairs.weight) for x, _, _ in steps[i : i + replicas])
        for i in range(0, len(steps), replicas)
    ]
    assert max(sizes) - min(sizes) <= 1
    assert all(len(x.pairs.weight) for x, _, _ in steps)
    seen = Counter[bytes]()
    for x, _, _ in steps:
        for original, counterfactual, weight in zip(*x.pairs, strict=True):
            assert counterfactual.startswith(original + b"'")
            assert weight == int(original)
            seen[counterfactual] += 1
    if sum(counts) >= replicas * batches.steps:
        assert seen == Counter(dict.fromkeys(make_data(counts).counterfactual, 2))


def test_workers_share_the_steps_of_one() -> None:
    batches = batches_of(in_blocks([1] * 30, 7), 6, replicas=4)
    parts = [list(batches.dataset(i, 2).take(10).as_numpy_iterator()) for i in (0, 1)]
    whole = list(elements(batches))
    for step in range(5):
        here = [x.inputs for part in parts for x, _, _ in part[2 * step : 2 * step + 2]]
        alone = [x.inputs for x, _, _ in whole[4 * step : 4 * step + 4]]
        np.testing.assert_array_equal(np.concatenate(here), np.concatenate(alone))


def write_dataset(folder: Path, rows: int) -> CounterfactualDataset:
    lines = ["text,label"]
    for i in range(rows):
        text = f"{'she' if i % 3 else 'nobody'} said ünï {i}"
        lines.append(f"{text},{i % 2 if i % 7 else ''}")
    (folder / f"{rows}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    build_dataset(
        [folder / f"{rows}.csv"], folder / str(rows), label_column="label", method="ablate"
    )
    return CounterfactualDataset.open(folder / str(rows))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> CounterfactualDataset:
    return write_dataset(tmp_path_factory.mktemp("blocks"), 500)


@given(st.floats(0, 0.9), st.integers(0, 5), st.integers(1, 600))
@settings(max_examples=15, deadline=None)
def test_a_split_is_the_same_in_any_blocks_and_loses_nothing(
    dataset: CounterfactualDataset, share: float, seed: int, rows: int
) -> None:
    rows = max(rows, 40)
    source, whole = DatasetBlocks(dataset, share, seed, rows), DatasetBlocks(dataset, share, seed)
    training, held_out = source.all_training(), source.held_out()
    np.testing.assert_array_equal(training.text, whole.all_training().text)
    np.testing.assert_array_equal(held_out.counterfactual, whole.held_out().counterfactual)
    labelled = [f"{'she' if i % 3 else 'nobody'} said ünï {i}" for i in range(500) if i % 7]
    assert sorted([*training.text, *held_out.text]) == sorted(encode_texts(labelled))
    assert len(held_out.text) == round(len(labelled) * share)
    assert (len(training.label), len(training.example)) == (source.n_examples, source.n_pairs)
    assert source.n_unlabelled == 500 - len(labelled)
    for part in (training, held_out):
        for row, counterfactual in zip(part.example, part.counterfactual, strict=True):
            assert part.text[row].replace(b"she ", b"") == counterfactual
        assert len(part.example) == sum(text.startswith(b"she") for text in part.text)


def test_a_split_that_leaves_nothing_is_refused(dataset: CounterfactualDataset) -> None:
    with pytest.raises(ConfigurationError, match="leaves none"):
        DatasetBlocks(dataset, 0.999)


def test_every_cache_gives_the_same_batches(dataset: CounterfactualDataset, tmp_path: Path) -> None:
    found = []
    for kind in get_args(Cache):
        source = DatasetBlocks(dataset, 0.1, 0, 30)
        with cached(source, TextEncoding(None), kind, tmp_path) as blocks:
            assert bool(list(tmp_path.iterdir())) == (kind == "disk")
            found.append([(x.inputs, *x.pairs) for x, _, _ in elements(batches_of(blocks, 16), 2)])
        assert not list(tmp_path.iterdir())
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            for column, same in zip(one, other, strict=True):
                np.testing.assert_array_equal(column, same)


@pytest.mark.parametrize("kind", ["disk", "none"])
def test_memory_does_not_grow_with_the_rows(
    kind: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BLOCKS_TOGETHER", 2)
    peaks = []
    for rows in (3_000, 12_000):
        dataset = write_dataset(tmp_path, rows)
        tracemalloc.start()
        source = DatasetBlocks(dataset, block_rows=500)
        with cached(source, TextEncoding(None), kind, tmp_path) as blocks:
            for _ in elements(batches_of(blocks, 50), 2):
                pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]  # four times the rows
