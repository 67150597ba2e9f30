"""Which terms are held out, and the dataset that is left without their pairs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation.comparing.terms_held_out import drawn_terms, without_terms

TEXTS = (
    "she is here", "her aunt is here", "a woman sat", "the girl ran", "his uncle ran", "a man sat",
    "the boy and his aunt", "nothing here", "he and she sat",
)  # fmt: skip


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> CounterfactualDataset:
    folder = tmp_path_factory.mktemp("terms")
    (folder / "rows.csv").write_text("text\n" + "\n".join(TEXTS * 3) + "\n")
    build_dataset([folder / "rows.csv"], folder / "cf", controls="nonce")
    return CounterfactualDataset.open(folder / "cf")


def groups_of(dataset: CounterfactualDataset) -> dict[str, str]:
    found = {}
    for row in dataset.pairs(["terms", "groups"]).to_pylist():
        if len(row["terms"]) == len(row["groups"]):
            found.update(zip(row["terms"], row["groups"], strict=True))
    return found


@given(share=st.floats(0.01, 0.99), seed=st.integers(0, 9))
def test_a_share_of_each_groups_terms_is_drawn_and_a_term_is_left(
    dataset: CounterfactualDataset, share: float, seed: int
) -> None:
    groups = groups_of(dataset)
    sizes = Counter(groups.values())
    drawn = drawn_terms(dataset, share, seed)
    assert drawn == drawn_terms(dataset, share, seed)
    for group, n in Counter(groups[term] for term in drawn).items():
        assert min(share * sizes[group], sizes[group] - 1) <= n < sizes[group]


def test_the_dataset_without_them_has_all_examples_and_the_other_pairs(
    dataset: CounterfactualDataset, tmp_path: Path
) -> None:
    terms = drawn_terms(dataset, 0.5, 3)
    rest = without_terms(dataset, terms, tmp_path / "rest")
    assert rest.examples().equals(dataset.examples())
    kept = [row for row in dataset.pairs().to_pylist() if not set(terms) & set(row["terms"])]
    assert 0 < len(kept) < dataset.manifest.counts.pairs
    assert rest.pairs().to_pylist() == kept
    counts = rest.manifest.counts
    assert counts.pairs == len(kept)
    assert counts.by_term == Counter(term for row in kept for term in set(row["terms"]))
    assert counts.skipped["a held-out term"] == dataset.manifest.counts.pairs - len(kept)
    assert rest.controls == 0 and rest.sha256 != dataset.sha256
    assert without_terms(dataset, terms, tmp_path / "rest").sha256 == rest.sha256


def test_nothing_is_held_out_of_groups_of_one_term(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text\nshe sat\nhe sat\n")
    build_dataset([tmp_path / "rows.csv"], tmp_path / "cf")
    data = CounterfactualDataset.open(tmp_path / "cf")
    assert drawn_terms(data, 0.0, 0) == ()
    with pytest.raises(ConfigurationError, match="no group has two terms"):
        drawn_terms(data, 0.5, 0)
