"""What a training is said to have come to."""

from __future__ import annotations

import pytest

from evenhand.cli.results.training_words import show_metrics, verdict
from evenhand.remediation.judging.wording import metric_in_words

BASELINE = {
    "auc": 0.9474,
    "accuracy": 0.953,
    "n_newly_right": 0,
    "n_newly_wrong": 0,
    "positive_rate": 0.30,
    "label_positive_rate": 0.28,
    "flip_rate": 0.0875,
    "n_flips": 35,
    "n_pairs": 400,
    "effective_pairs": 400.0,
    "n_flips_mended": 0,
    "n_flips_new": 0,
    "ctf_gap": 0.1,
    "standardized_ctf_gap": 0.3,
}


def after(n_flips: int, mended: int, new: int, **others: float) -> dict[str, float]:
    flips = {"n_flips": n_flips, "flip_rate": n_flips / 400, "ctf_gap": 0.01}
    changes = {"n_flips_mended": mended, "n_flips_new": new, "standardized_ctf_gap": 0.05}
    return {**BASELINE, **flips, **changes, **others}


@pytest.mark.parametrize(
    ("metrics", "first"),
    [
        (after(0, 35, 0), "No flips are left: 0 flips in 400 pairs, and 35 before."),
        (after(2, 33, 0), "94 % fewer flips: 2 flips in 400 pairs, and 35 before."),
        (after(1, 35, 1), "97 % fewer flips: 1 flip in 400 pairs, and 35 before."),
        (after(33, 8, 6), "The change in flips may be chance"),
        (after(35, 0, 0), "As many flips as before"),
        (after(90, 1, 56), "Worse: more flips, 90 flips in 400 pairs, and 35 before."),
        (after(2, 33, 0, effective_pairs=40.0), "The change in flips may be chance"),
    ],
)
def test_fewer_is_said_of_what_chance_has_not_made(metrics: dict[str, float], first: str) -> None:
    before = {**BASELINE, "effective_pairs": metrics["effective_pairs"]}
    assert verdict(metrics, before)[0].startswith(first)


def test_a_flip_that_is_left_is_not_all_of_them_mended() -> None:
    before = {**BASELINE, "n_flips": 399, "flip_rate": 0.9975}
    assert verdict(after(1, 398, 0), before)[0].startswith("99 % fewer flips")


def test_what_it_costs_is_named() -> None:
    costly = after(
        0, 35, 0, auc=0.931, accuracy=0.906, n_newly_right=10, n_newly_wrong=120, positive_rate=0.41
    )
    assert verdict(costly, BASELINE)[-1] == (
        "It costs: AUC 0.0164 lower (0.9474 → 0.9310); accuracy 4.70 points lower (95.30% → "
        "90.60%), which is significant; share of texts flagged 30.00% → 41.00% (by the labels "
        "28.00%)."
    )
    by_chance = after(0, 35, 0, accuracy=0.951, n_newly_right=3, n_newly_wrong=4)
    assert verdict(by_chance, BASELINE)[-1].startswith("No cost shows in AUC, accuracy")


def test_a_gap_that_shrank_with_all_logits_is_no_repair() -> None:
    shrunk = after(0, 35, 0, standardized_ctf_gap=0.31)
    assert any("went from 0.3000 to 0.3100" in sentence for sentence in verdict(shrunk, BASELINE))


def test_without_held_out_data_nothing_is_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict({}, {}) == ["Nothing was held out, and so nothing was checked."]
    show_metrics({}, {}, {"CLP": {}})
    assert capsys.readouterr().out == ""


def test_a_table_has_a_column_for_each_control(capsys: pytest.CaptureFixture[str]) -> None:
    rare = {**BASELINE, "n_flips": 1, "n_pairs": 30_000, "flip_rate": 1 / 30_000}
    blind = {name: value for name, value in rare.items() if name != "standardized_ctf_gap"}
    show_metrics(BASELINE, {"blind": blind}, {"CLP": rare})
    out = capsys.readouterr().out
    assert "terms taken out" in out
    assert "0.0033% (1 of 30,000)" in out
    assert metric_in_words(blind, "standardized_ctf_gap") == "–"
