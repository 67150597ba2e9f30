"""Pairs with random words in the place of identity terms."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.remediation.batches.random_words import common_words, with_random_words
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.runtime.texts import encode_texts


def test_terms_are_replaced_as_whole_words_and_nothing_else() -> None:
    texts = encode_texts(["She's the shepherd's wife;  SHE said", "my step  mother + (she)", "he"])
    terms = [["she", "wife"], ["she", "step mother"], ["she"]]
    result = with_random_words(texts, terms, ["xx"], np.random.default_rng(0))
    assert [text.decode() for text in result] == [
        "xx's the shepherd's xx;  xx said", "my xx + (xx)", "he",
    ]  # fmt: skip
    assert with_random_words(texts, terms, [], np.random.default_rng(0)) is texts


def test_words_are_drawn_from_the_common_ones() -> None:
    assert common_words(encode_texts(["The day, the 1st day", "a DAY"])) == ["day", "the", "st"]
    texts = encode_texts(["she"] * 200)
    result = with_random_words(texts, [["she"]] * 200, ["a", "b"], np.random.default_rng(0))
    assert set(result) == {b"a", b"b"}


def test_every_training_pair_gets_as_many_more_and_held_out_ones_none(tmp_path: Path) -> None:
    rows = [f"{('she', 'he', 'nobody')[i % 3]} saw it {i},{i % 2}" for i in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    build_dataset([tmp_path / "rows.csv"], tmp_path / "cf", label_column="label", method="ablate")
    dataset = CounterfactualDataset.open(tmp_path / "cf")
    plain = DatasetBlocks(dataset, 0.2, block_rows=25)
    more = DatasetBlocks(dataset, 0.2, block_rows=25, random_words=2)
    before, after = plain.all_training(), more.all_training()
    assert more.n_pairs == len(after.example) == 3 * len(before.example) == 3 * plain.n_pairs
    np.testing.assert_array_equal(after.example, np.repeat(before.example, 3))
    for pair, example in enumerate(after.example):
        original, other = after.text[example].split(), after.counterfactual[pair].split()
        assert original[1:] == other[-3:]
        assert len(other) == (3 if pair % 3 == 0 else 4)
    np.testing.assert_array_equal(more.all_training().counterfactual, after.counterfactual)
    np.testing.assert_array_equal(more.held_out().counterfactual, plain.held_out().counterfactual)
