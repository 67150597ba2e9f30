"""What is recommended: the cases, with numbers made up for each."""

from __future__ import annotations

from typing import Any

import pytest

from evenhand.remediation.comparing.named_techniques import NamedTechnique
from evenhand.remediation.comparing.recommendation import recommended
from evenhand.remediation.comparing.summary import Run, summary
from evenhand.remediation.judging.trade_off import Metrics, TradeOff
from evenhand.remediation.techniques.blinding import Blindness
from evenhand.remediation.techniques.fine_tuning import FineTuning

PAIRS = 1_000
RULE = TradeOff(max_auc_drop=0.01, max_accuracy_drop=0.01, max_positive_rate_change=0.02)


def metrics(flips: int, auc: float = 0.9, **more: float) -> Metrics:
    return {
        "flip_rate": flips / PAIRS,
        "n_flips": flips,
        "n_pairs": PAIRS,
        "effective_pairs": PAIRS,
        "standardized_ctf_gap": flips / PAIRS,
        "auc": auc,
        "auc_error": 0.002,
        "accuracy": 0.85,
        "positive_rate": 0.3,
        "n_flips_mended": max(100 - flips, 0) + 5,
        "n_flips_new": 5 + max(flips - 100, 0),
        **more,
    }


def compared(name: str, *runs: Metrics) -> Any:
    found = [Run(seed, 1, 1.0, each, {}) for seed, each in enumerate(runs)]
    return summary(NamedTechnique(name, FineTuning()), found)


BASELINE = metrics(100)


@pytest.mark.parametrize(
    ("baseline", "trials", "decision", "picked"),
    [
        pytest.param(metrics(0), [metrics(0)], "no remedy needed", None, id="no flips"),
        pytest.param(
            metrics(4), [metrics(0, n_flips_mended=4, n_flips_new=0)], "none of these helps", None,
            id="few, by chance",
        ),
        pytest.param(
            metrics(0, positive_rate=0.001), [metrics(0)], "none of these helps", None,
            id="decides alike",
        ),
        pytest.param(BASELINE, [metrics(90), metrics(20)], "recommended", 1, id="fewest flips"),
        pytest.param(
            BASELINE, [metrics(5, auc=0.88), metrics(40)], "recommended", 1, id="within the limits"
        ),
        pytest.param(BASELINE, [metrics(5, auc=0.8)], "none of these helps", None, id="too dear"),
        pytest.param(BASELINE, [metrics(95)], "none of these helps", None, id="hardly fewer"),
        pytest.param(BASELINE, [metrics(140)], "none of these helps", None, id="more flips"),
        pytest.param(
            BASELINE, [metrics(20, auc=0.90), metrics(22, auc=0.93)], "recommended", 1,
            id="of equals the higher AUC",
        ),
    ],
)  # fmt: skip
def test_what_is_recommended(
    baseline: Metrics, trials: list[Metrics], decision: str, picked: int | None
) -> None:
    entries = [compared(f"t{number}", each, each) for number, each in enumerate(trials)]
    found = recommended(entries, baseline, RULE, enough=0.005)
    assert (found.decision, found.picked) == (decision, picked), found.reason
    assert found.reason.endswith(".")


def test_fewer_flips_have_to_stand_out_from_the_seeds() -> None:
    steady, wild = (metrics(60), metrics(62)), (metrics(20), metrics(100))
    assert recommended([compared("s", *steady)], BASELINE, RULE, 0.005).picked == 0
    assert recommended([compared("w", *wild)], BASELINE, RULE, 0.005).picked is None


def test_kept_baselines_are_neither_averaged_nor_recommended() -> None:
    runs = [Run(0, 2, 1.0, metrics(10), {"a": 0.5}), Run(1, 0, 1.0, {}, {}, beyond="epoch 1 fails")]
    half = summary(NamedTechnique("half", FineTuning()), runs)
    assert half.mean["n_flips"] == 10 and half.false_positive_rates == {"a": 0.5}
    assert not half.half_width
    none = summary(NamedTechnique("none", FineTuning()), runs[1:])
    assert (none.mean, none.measured, none.false_positive_rates) == ({}, [], {})
    blind = summary(
        NamedTechnique("blind", Blindness()), [Run(0, 0, 1.0, metrics(0), {}, beyond="b")]
    )
    assert blind.mean["n_flips"] == 0
    found = recommended([half, compared("whole", metrics(30)), none, blind], BASELINE, RULE, 0.005)
    assert (found.decision, found.picked) == ("recommended", 1)
    left_out = "Left out, as they break a limit on the held-out examples: half, none, blind."
    assert found.reason.startswith("Use whole: ") and left_out in found.reason
    found = recommended([half, none, blind], BASELINE, RULE, 0.005)
    assert (found.decision, found.picked) == ("none of these helps", None)
    assert found.reason == f"None of these helps: nothing keeps the limits. {left_out}"


def test_what_the_seeds_do_not_tell_apart_is_said() -> None:
    one = compared("one", metrics(20), metrics(24))
    other = compared("other", metrics(21), metrics(25))
    far = compared("far", metrics(70), metrics(71))
    reason = recommended([one, other, far], BASELINE, RULE, 0.005).reason
    assert "the seeds do not tell it from" in reason and "far" not in reason.partition("seeds")[2]
    alone = recommended([compared("one", metrics(20))], BASELINE, RULE, 0.005)
    assert "trained once" in alone.reason
