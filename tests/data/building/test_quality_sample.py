"""What a build says of the quality of its pairs: of a sample that their numbers draw."""

from __future__ import annotations

import json

import pyarrow as pa

from evenhand.data import CounterfactualDataset, Manifest, build_dataset
from evenhand.data.building import quality_sample
from evenhand.data.building.quality_sample import QualitySample
from evenhand.data.dataset.on_disk import PAIR_SCHEMA

TEXTS = ["She sang.", "We met a woman in town.", "It rains.", "An Irish woman met him there."]


def pair_batch(pairs, first):
    return pa.RecordBatch.from_pylist(
        [
            {
                "example": n,
                "id": str(n),
                "original": a,
                "counterfactual": b,
                "terms": [],
                "groups": [],
                "weight": 1.0,
            }
            for n, (a, b) in enumerate(pairs, first)
        ],
        schema=PAIR_SCHEMA,
    )


def quality_of(pairs, batch_rows):
    sample = QualitySample()
    for first in range(0, len(pairs), batch_rows):
        sample.add(pair_batch(pairs[first : first + batch_rows], first))
    return sample.quality()


def test_the_manifest_counts_every_fault_of_few_pairs(tmp_path):
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS))
    build_dataset([tmp_path / "t.jsonl"], tmp_path / "cf", method="ablate")
    quality = CounterfactualDataset.open(tmp_path / "cf").manifest.quality
    # "sang.", "We met a in town.", "An Irish met there."
    assert (quality.checked, quality.grammar_errors) == (3, 2)
    assert {name: n for name, n in quality.faults.items() if n} == {"capital": 1, "incomplete": 1}
    card = (tmp_path / "cf" / "card.md").read_text()
    assert "| grammar errors | 2 |" in card
    assert "| article | 0 |" in card


def test_a_manifest_without_it_is_read(tmp_path):
    (tmp_path / "t.csv").write_text("text\nShe sang.\n")
    path = build_dataset([tmp_path / "t.csv"], tmp_path / "cf").path / "manifest.json"
    document = json.loads(path.read_text())
    del document["quality"]
    path.write_text(json.dumps(document))
    assert Manifest.read(path).quality is None
    assert CounterfactualDataset.open(tmp_path / "cf").manifest.counts.pairs == 1


def test_many_pairs_give_a_sample_that_does_not_depend_on_batches():
    pairs = [("She sang.", "He sang." if n % 4 else "he sang.") for n in range(20_000)]
    found = quality_of(pairs, 1_000)
    assert found.checked == quality_sample.SAMPLE_PAIRS
    assert 0.2 < found.grammar_error_share < 0.3  # of 1,000: more than 3 standard deviations
    assert found == quality_of(pairs, 7_777)
    assert found == quality_of(pairs, 20_000)


def test_long_texts_are_left_out_of_the_sample():
    long = "x" * 6_000
    found = quality_of([("She sang.", "he sang."), (f"She {long}", f"he {long}")], 1)
    assert found.checked == 1


def test_no_pair_gives_no_share():
    found = QualitySample().quality()
    assert (found.checked, found.grammar_error_share, found.length_ratios) == (0, None, None)


def test_workers_change_nothing(tmp_path):
    rows = [{"text": f"{TEXTS[n % 4]} {n}"} for n in range(10_000)]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    one, two = (
        build_dataset([tmp_path / "t.jsonl"], tmp_path / f"cf{n}", workers=n, method="substitute")
        for n in (1, 2)
    )
    assert one.manifest.quality == two.manifest.quality
    assert one.manifest.quality.checked == quality_sample.SAMPLE_PAIRS
