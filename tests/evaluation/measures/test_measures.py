"""The means and areas that intervals are made from are TFMA's own values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance

from evenhand.evaluation import evaluate_predictions
from evenhand.evaluation.engine.analysis import read_metrics
from evenhand.evaluation.inputs.predictions import read_predictions
from evenhand.evaluation.measures.slices import SliceMeasurer
from evenhand.evaluation.reports.report import Report
from evenhand.remediation.judging.standardized_gap import logit_spread, standardized_gap

THRESHOLDS = [0.5, 0.25]


def make_table(size: int = 400) -> pd.DataFrame:
    """Weighted rows, some unlabelled or partly positive, some with scores of exactly 0, .5 or 1."""
    rng = np.random.default_rng(4)
    labels = rng.choice([0, 1, 0.3, np.nan], size, p=[0.6, 0.25, 0.1, 0.05])
    scores = np.clip(rng.normal(0.3 + 0.3 * np.nan_to_num(labels), 0.3), 0, 1).round(3)
    scores[:20] = 0.5
    return pd.DataFrame(
        {
            "prediction": scores,
            "counterfactual_prediction": np.clip(scores + rng.normal(0, 0.2, size), 0, 1),
            "label": labels,
            "weight": rng.integers(0, 5, size) / 2,
            "colour": rng.choice(["red", "green", None], size),
        }
    )


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    folder = tmp_path_factory.mktemp("measures")
    make_table().to_csv(folder / "scores.csv", index=False)
    report = evaluate_predictions(
        folder / "scores.csv",
        output=folder / "report",
        thresholds=THRESHOLDS,
        slice_columns=["colour"],
    )
    return folder / "scores.csv", report


def test_means_and_areas_equal_tfmas_values(evaluated: tuple[Path, Report]) -> None:
    file, report = evaluated
    data, scores = read_predictions(file, slice_columns=["colour"])
    tfma = read_metrics(file.parent / "report" / "tfma" / "candidate")
    slices = report.candidate.slices
    assert len(slices) == 3
    measurer = SliceMeasurer(data, scores, THRESHOLDS)
    for slice_, rows in zip(slices, data.slices(), strict=True):
        measures = measurer.measure(rows)
        assert slice_.slice == rows.name
        reported = {name: value.value for name, value in slice_.metrics.items()}
        computed = {
            name: None if np.isnan(value) else value for name, value in measures.values().items()
        }
        assert len(computed) == 2 * 16 + 3 + 4 + 3 + 5 + (3 if slice_.slice == "overall" else 5)
        assert {name: reported[name] for name in computed} == pytest.approx(computed, abs=1e-9)
        for name in ("auc", "auc_precision_recall"):  # scores here are in buckets of their own
            assert tfma[slice_.slice][name] == pytest.approx(reported[name], abs=1e-9)


WITHOUT_INTERVAL = (
    "example_count",
    "weighted_example_count",
    "ctf_gap_p95",
    "ctf_gap_max",
    "wasserstein_distance",
)


def test_every_estimate_lies_in_its_interval(evaluated: tuple[Path, Report]) -> None:
    _, report = evaluated
    for slice_ in report.candidate.slices:
        for name, found in slice_.metrics.items():
            if name in WITHOUT_INTERVAL:
                assert found.value is not None and found.interval is None
                continue
            if found.value is None:
                assert found.interval is None
                continue
            assert found.lower is not None and found.upper is not None
            assert found.lower <= found.value <= found.upper
            assert found.interval in ("wilson", "bootstrap", "delong", "linear")


def test_what_tfma_does_not_have_or_counts_otherwise(evaluated: tuple[Path, Report]) -> None:
    _, report = evaluated
    table = make_table()
    weighs = table["weight"] > 0
    spread = logit_spread(table["prediction"].to_numpy(), table["weight"].to_numpy())
    for slice_ in report.candidate.slices:
        colour = slice_.slice.removeprefix("colour=")
        own = table[weighs & ((table["colour"] == colour) | (slice_.slice == "overall"))]
        weights, scores = own["weight"].to_numpy(), own["prediction"].to_numpy()
        changed = own["counterfactual_prediction"].to_numpy()
        assert (slice_.n_examples, slice_.n_pairs) == (len(own), len(own))
        kish = weights.sum() ** 2 / (weights**2).sum()
        assert [slice_.effective_examples, slice_.effective_pairs] == pytest.approx([kish, kish])
        gaps, known = np.abs(scores - changed), own["label"].notna().to_numpy()
        score, label = scores[known], own["label"].to_numpy()[known]  # may be partly positive
        squares = label * (1 - score) ** 2 + (1 - label) * score**2
        most = min(g for g in gaps if weights[gaps <= g].sum() >= 0.95 * weights.sum())
        wanted = {
            "ctf_gap_p95": most,
            "ctf_gap_max": gaps.max(),
            "ctf_gap_per_text": np.average(gaps, weights=weights),  # each text has one pair
            "wasserstein_distance": wasserstein_distance(scores, changed, weights, weights),
            "brier_score": np.average(squares, weights=weights[known]),
            "calibration_gap": np.average(score - label, weights=weights[known]),
            "example_count": len(own),
            "weighted_example_count": weights.sum(),
            "flagged_rate": weights[scores > 0.5].sum() / weights.sum(),
            "flagged_rate@0.25": weights[scores > 0.25].sum() / weights.sum(),
            "logit_spread": logit_spread(scores, weights),
            "standardized_ctf_gap": standardized_gap(scores, changed, weights, spread),
        }
        found = {name: slice_.metrics[name].value for name in wanted}
        assert found == pytest.approx(wanted)


def test_subgroup_areas_are_tfmas_auc_of_the_two_halves(tmp_path: Path) -> None:
    table = make_table()
    table = table[table["label"].isin([0, 1])]
    red = table["colour"] == "red"
    table["kind"] = np.where(red == (table["label"] == 1), "bnsp", "bpsn")
    table.to_csv(tmp_path / "halves.csv", index=False)
    table.drop(columns="kind").to_csv(tmp_path / "whole.csv", index=False)
    whole = evaluate_predictions(
        tmp_path / "whole.csv", output=tmp_path / "whole", slice_columns=["colour"]
    ).candidate.find_slice("colour=red")
    halves = evaluate_predictions(
        tmp_path / "halves.csv", output=tmp_path / "halves", slice_columns=["kind"]
    ).candidate
    assert whole is not None
    for kind in ("bnsp", "bpsn"):
        half = halves.find_slice(f"kind={kind}")
        assert half is not None
        area = whole.metrics[f"{kind}_auc"].value
        assert area == pytest.approx(half.metrics["auc"].value, abs=1e-9)
    assert whole.metrics["subgroup_auc"].value == pytest.approx(whole.metrics["auc"].value)


def test_areas_are_exact_where_scores_lie_in_a_few_of_tfmas_buckets(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    labels = np.arange(1000) % 10 == 0
    scores = np.exp(rng.normal(-9.5 + 1.5 * labels, 0.7))
    assert scores.max() < 2e-3
    table = pd.DataFrame({"prediction": scores, "label": labels.astype(int)})
    table["counterfactual_prediction"] = scores
    table["half"] = np.where(rng.random(1000) < 0.5, "a", "b")
    table.to_csv(tmp_path / "scores.csv", index=False)
    report = evaluate_predictions(
        tmp_path / "scores.csv", output=tmp_path / "report", slice_columns=["half"]
    )
    a = table["half"] == "a"
    subgroups = {
        "auc": (labels, ~labels),
        "subgroup_auc": (labels & a, ~labels & a),
        "bpsn_auc": (labels & ~a, ~labels & a),
        "bnsp_auc": (labels & a, ~labels & ~a),
    }
    for name, (positive, negative) in subgroups.items():
        couples = scores[positive][:, np.newaxis] - scores[negative]
        slice_ = report.candidate.find_slice("overall" if name == "auc" else "half=a")
        assert slice_ is not None
        assert slice_.metrics[name].value == pytest.approx((couples > 0).mean(), abs=1e-12)
    tfma = read_metrics(tmp_path / "report" / "tfma" / "candidate")
    assert tfma["overall"]["auc"] < report.candidate.overall.metrics["auc"].value - 0.05


def test_flip_counts_have_the_rates_interval_for_as_many_pairs(
    evaluated: tuple[Path, Report],
) -> None:
    _, report = evaluated
    metrics = report.candidate.overall.metrics
    for at in ("", "@0.25"):
        rate, count = metrics[f"flip_rate{at}"], metrics[f"flip_count{at}"]
        assert rate.value and count.value and rate.upper
        assert count.upper == pytest.approx(rate.upper * count.value / rate.value)
