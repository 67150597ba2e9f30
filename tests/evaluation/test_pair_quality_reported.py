"""From a dataset's manifest to the report: how good the pairs are, and its interval."""

from __future__ import annotations

import json

import pytest

from evenhand.data import build_dataset
from evenhand.evaluation import evaluate_flip_rate, evaluate_predictions, load_report

TEXTS = ["She sang.", "We met a woman in town.", "It rains.", "An Irish woman met him there."]


def test_a_report_copies_what_the_build_found_with_an_interval(tmp_path):
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS))
    dataset = build_dataset([tmp_path / "t.jsonl"], tmp_path / "cf", method="ablate")
    evaluate_flip_rate(
        tmp_path / "cf",
        lambda texts: [len(text) % 10 / 10 for text in texts],
        output=tmp_path / "report",
    )
    data = load_report(tmp_path / "report").data
    assert data.quality == dataset.manifest.quality
    found = data.metrics["data.grammar_errors"]
    assert found.value == pytest.approx(2 / 3)
    # Wilson's interval of 2 in 3, by hand: (p + z²/2n ± z√(p(1-p)/n + z²/4n²)) / (1 + z²/n)
    assert (found.lower, found.upper) == (
        pytest.approx(0.2077, abs=1e-4),
        pytest.approx(0.9385, abs=1e-4),
    )
    document = json.loads((tmp_path / "report" / "report.json").read_text())
    for model in document["models"]:
        assert all("data.grammar_errors" not in slice_["metrics"] for slice_ in model["slices"])


def test_predictions_have_no_pairs_to_check(tmp_path):
    (tmp_path / "p.csv").write_text("prediction,counterfactual_prediction\n0.9,0.1\n0.2,0.2\n")
    report = evaluate_predictions(tmp_path / "p.csv", output=tmp_path / "report")
    assert report.data.quality is None and report.data.metrics == {}
