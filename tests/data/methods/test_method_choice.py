"""Datasets built by each method."""

from __future__ import annotations

import pytest

from evenhand.data.building.build import build_dataset, preview_dataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.methods.substitution import NO_COUNTERPART

ROWS = """id,text
a,A Muslim told her.
b,the bus
c,She knew an auntie.
d,His hat
"""


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_substitution_gives_a_pair_for_each_counterfactual(rows, tmp_path):
    dataset = build_dataset(
        [rows], tmp_path / "out", id_column="id", terms=["gender", "religion"], method="substitute"
    )
    pairs = dataset.pairs().to_pylist()
    assert [pair["id"] for pair in pairs] == ["a"] * 7 + ["d"]
    assert [pair["example"] for pair in pairs] == [0] * 7 + [3]
    assert pairs[0]["original"] == "A Muslim told her."
    assert pairs[0]["counterfactual"] == "A Muslim told him."
    assert pairs[0]["terms"] == ["her"]
    assert pairs[1]["counterfactual"] == "A Hindu told her."
    assert pairs[1]["groups"] == ["muslim"]
    manifest = dataset.manifest
    assert manifest.method.name == "substitute"
    assert manifest.method.options == {
        "per_example": None,
        "tagger": "rules",
        "axes": "apart",
        "names": "leave-out",
    }
    assert manifest.counts.pairs == 8
    assert manifest.counts.skipped == {NO_COUNTERPART: 1}
    card = (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    assert "term substitution" in card
    assert NO_COUNTERPART in card


def test_a_draw_goes_by_seed_and_is_in_the_manifest(rows, tmp_path):
    built = [
        build_dataset(
            [rows],
            tmp_path / f"out{number}",
            terms=["religion"],
            method="substitute",
            per_example=2,
            seed=seed,
        )
        for number, seed in enumerate([1, 1, 2, 3, 4])
    ]
    drawn = [tuple(dataset.pairs()["counterfactual"].to_pylist()) for dataset in built]
    assert {len(texts) for texts in drawn} == {2}
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1
    assert built[0].manifest.method.options["per_example"] == 2
    assert built[0].manifest.seed == 1


def test_a_preview_shows_what_a_build_would_write(rows):
    preview = preview_dataset([rows], method="substitute")
    assert preview.pairs["counterfactual"].to_pylist() == ["A Muslim told him.", "Her hat"]


@pytest.mark.parametrize("option", [{"per_example": 1}, {"spacy_pipeline": "en"}])
def test_ablation_refuses_what_it_has_no_use_for(rows, tmp_path, option):
    with pytest.raises(ConfigurationError, match="substitute"):
        build_dataset([rows], tmp_path / "out", **option)
    assert not (tmp_path / "out").exists()


def test_an_unknown_method_gets_a_suggestion(rows, tmp_path):
    with pytest.raises(ConfigurationError, match="did you mean 'substitute'"):
        build_dataset([rows], tmp_path / "out", method="subsitute")
