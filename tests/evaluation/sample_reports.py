"""A small report whose every text is the one that a test is about."""

from __future__ import annotations

from evenhand.evaluation.reports.report import (
    ColumnReport,
    Comparison,
    DataSummary,
    Decisions,
    Flip,
    Intervals,
    MetricValue,
    ModelReport,
    PairedTest,
    PairScores,
    Report,
    Role,
    ScoreShifts,
    SliceReport,
    ThresholdCurve,
)


def make_report(text: str, *, baseline: bool = True) -> Report:
    def model(role: Role, rate: float) -> ModelReport:
        def slice_(name: str) -> SliceReport:
            return SliceReport(
                slice=name,
                n_examples=1000,
                n_pairs=200,
                metrics={
                    "flip_rate": MetricValue(
                        value=rate, lower=rate / 2, upper=2 * rate, interval="wilson"
                    ),
                    "flip_count": MetricValue(value=200 * rate),
                    "ctf_gap": MetricValue(value=None),
                    "score_shift": MetricValue(value=-0.125),
                    "auc": MetricValue(value=0.9),
                },
            )

        slices = (slice_("overall"), slice_(f"colour={text}"), slice_(f"group={text}"))
        rates = tuple(MetricValue(value=rate * share) for share in (1.0, 0.5))
        return ModelReport(
            role=role,
            name=f"{text}{role}",
            decisions=(Decisions(threshold=0.5, by_decision={"positive": 300, "negative": 900}),),
            slices=slices,
            columns=(
                ColumnReport(
                    column=text,
                    groups=(text, "b"),
                    n_examples=1000,
                    n_pairs=200,
                    metrics={
                        "demographic_parity_ratio": MetricValue(
                            value=1 - rate, lower=0.5, upper=1.0, interval="donner_zou"
                        )
                    },
                ),
            ),
            threshold_curve=ThresholdCurve(thresholds=(0.25, 0.75), flip_rates=rates),
            score_shifts=ScoreShifts(edges=(-1.0, 0.0, 1.0), weights=(50.0, 150.0)),
        )

    models = [model("candidate", 0.01)] + [model("baseline", 0.1)] * baseline
    scores = PairScores(original=0.75, counterfactual=0.25)
    return Report(
        thresholds=(0.5,),
        data=DataSummary(
            name=text,
            sha256="0" * 64,
            method="ablate",
            examples=1000,
            labelled=1000,
            pairs=200,
            weighted=False,
            by_term={text: 3},
        ),
        intervals=Intervals(level=0.95, resamples=1000, seed=0),
        models=tuple(models),
        comparison=(
            Comparison(
                slice="overall",
                metric="flip_rate",
                candidate=0.01,
                baseline=0.1,
                difference=-0.09,
                lower=-0.12,
                upper=-0.06,
                interval="tango",
            ),
        )
        * baseline,
        paired_tests=(
            PairedTest(
                slice="overall",
                unit="pair",
                both=1,
                only_candidate=1,
                only_baseline=19,
                neither=179,
                odds_ratio=MetricValue(value=1 / 19, lower=0.001, upper=0.33, interval="exact"),
                p_value=0.00004,
                p_adjusted=0.00008,
            ),
        )
        * baseline,
        flips=(
            Flip(
                id=text,
                original=f"she {text} x",
                counterfactual=f"{text} x",
                terms=(text,),
                groups=(text,),
                scores={item.role: scores for item in models},
            ),
        ),
    )
