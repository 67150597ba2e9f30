"""The chart of a sweep or a comparison: each model's flip rate against its task metric."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from evenhand.remediation.judging.metric_labels import IN_SENTENCES
from evenhand.remediation.judging.trade_off import Metrics, task_metric

_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "#777777"  # for colour-blind readers, too


def draw_trade_off(
    path: Path,
    trials: Sequence[tuple[str, Metrics]],
    *,
    front: Sequence[bool],
    picked: int | None,
    baseline: Metrics,
    floor: float,
    each: str = "trial",
    measured_on: str = "the validation split",
    half_widths: Sequence[Metrics] = (),
) -> None:
    """Draw flip rate against the task metric, one point for each trial, as an SVG file.

    Args:
        path: The file to write. The same values give the same bytes.
        trials: Name and validation metrics of each trial.
        front: For each trial, whether it is on the Pareto front.
        picked: Index of the trial that was picked, if any.
        baseline: The baseline's validation metrics.
        floor: The lowest task metric that keeps the limits.
        each: What a trial is called: a technique, in a comparison.
        measured_on: The data that the metrics are of, in words.
        half_widths: For each trial, half the width of its metrics' intervals, to draw; none if
            empty.
    """
    import matplotlib.style
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    task = task_metric(baseline)
    title = IN_SENTENCES[task]
    style = {"svg.fonttype": "none", "svg.hashsalt": "trade-off", "text.parse_math": False}
    with matplotlib.style.context(["default", style]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # characters the reader's font may have
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        points = [(metrics[task], metrics["flip_rate"]) for _, metrics in trials]
        on_front = sorted(point for point, is_on in zip(points, front, strict=True) if is_on)
        axes.plot(*zip(*on_front, strict=True), color=_BLUE, zorder=1, label="Pareto front")
        if points:
            axes.scatter(*zip(*points, strict=True), color=_BLUE, zorder=2, label=each)
        for point, widths in zip(points, half_widths, strict=False):
            if widths:
                axes.errorbar(
                    *point, xerr=widths[task], yerr=widths["flip_rate"], color=_BLUE, zorder=1,
                    elinewidth=0.8,
                )  # fmt: skip
        if picked is not None:
            axes.scatter(
                *points[picked], s=160, facecolors="none", edgecolors=_ORANGE, linewidths=2,
                zorder=3, label="picked",
            )  # fmt: skip
        axes.scatter(
            baseline[task], baseline["flip_rate"], marker="s", color=_GREY, label="baseline"
        )
        axes.axvline(floor, color=_GREY, linestyle=":", label=f"{title} to keep")
        for (name, _), point in zip(trials, points, strict=True):
            axes.annotate(name, point, xytext=(5, 5), textcoords="offset points", fontsize=8)
        axes.set_xlabel(f"{title} on {measured_on}")
        axes.set_ylabel("flip rate on its pairs")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
        figure.savefig(
            path, format="svg", metadata={"Date": None, "Title": f"Trade-off of each {each}"}
        )
