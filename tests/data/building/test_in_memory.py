"""Pairing texts in memory gives what building from files gives."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from evenhand.data import ConfigurationError, InputError, Pair, build_dataset, make_pairs

TEXTS = ["She is late.", None, "The bus is late.", "The king met her."]


@pytest.mark.parametrize("method", [None, "ablate", "substitute"])
def test_every_kind_of_data_gives_the_pairs_of_a_build(tmp_path, method):
    texts = [text for text in TEXTS if text] * 3
    frame = pd.DataFrame({"comment": texts, "toxic": [0, 1, 0] * 3, "name": range(9)}, index=texts)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    columns = {"text_column": "comment", "label_column": "toxic", "id_column": "name"}
    built = build_dataset([tmp_path / "rows.csv"], tmp_path / "cf", method=method, **columns)
    expected = built.pairs()
    table = pa.Table.from_pandas(frame)
    assert make_pairs(table, method=method, **columns).equals(expected)
    batches = make_pairs(iter(table.to_batches(max_chunksize=2)), method=method, **columns)
    assert pa.Table.from_batches(batches).equals(expected)
    paired = make_pairs(frame, method=method, **columns)
    pd.testing.assert_frame_equal(paired, expected.to_pandas())
    assert [pair.counterfactual for pair in make_pairs(texts, method=method)] == expected[
        "counterfactual"
    ].to_pylist()


def test_an_example_is_the_place_in_the_data():
    assert list(make_pairs(TEXTS)) == [
        Pair(0, "She is late.", "They are late.", ("she",), ("female",)),
        Pair(3, "The king met her.", "The monarch met them.", ("king", "her"), ("male", "female")),
    ]
    frame = make_pairs(pd.DataFrame({"text": TEXTS}))
    assert frame["example"].tolist() == [0, 3]


def test_texts_are_paired_as_they_come():
    def endless():
        while True:
            yield "she is"

    assert next(make_pairs(endless())).counterfactual == "they are"


def test_half_a_surrogate_pair_becomes_a_replacement_character():
    assert [pair.counterfactual for pair in make_pairs(["she \ud83d"])] == ["they \ufffd"]
    frame = make_pairs(pd.DataFrame({"text": ["she \ud83d"]}))
    assert frame["counterfactual"].tolist() == ["they \ufffd"]


def test_nothing_gives_nothing():
    assert list(make_pairs([])) == []
    assert len(make_pairs(pd.DataFrame({"text": []}, dtype=object))) == 0


def test_what_cannot_be_paired_is_refused():
    with pytest.raises(InputError, match="single text"):
        make_pairs("she is")
    with pytest.raises(InputError, match="a text must be a string, got int") as raised:
        list(make_pairs(["she is", 1]))
    assert "row 2" in raised.value.where
    with pytest.raises(InputError, match="no column 'text'"):
        make_pairs(pd.DataFrame({"txt": ["she is"]}))
    with pytest.raises(ConfigurationError, match="no method"):
        make_pairs(["she is"], method="nothing")
