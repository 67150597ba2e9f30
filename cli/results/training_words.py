"""A training's result in a terminal: its metrics side by side, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenhand.cli.options.flags import with_flags
from evenhand.cli.terminal import console
from evenhand.cli.terminal.wide_tables import Column, show_columns
from evenhand.remediation.judging.metric_labels import LABELS, SHARE_FLAGGED
from evenhand.remediation.judging.p_values import mcnemar
from evenhand.remediation.judging.several_labels import (
    before_label,
    by_label,
    label_table,
    n_labels,
    pairs_in_words,
)
from evenhand.remediation.judging.trade_off import Metrics, change_of_share, share_metric
from evenhand.remediation.judging.wording import counted, metric_in_words, percent

_CONTROLS = {"blind": "terms taken out", "fine_tuning": "fine-tuning"}

SIGNIFICANCE = 0.05
_WORTH_NAMING = {"auc": 0.001, "share": 0.01}


def show_metrics(
    baseline: Metrics, controls: Mapping[str, Metrics], models: Mapping[str, Metrics]
) -> None:
    """Show metrics as a table with a column for each model, if anything was held out."""
    from rich.table import Table

    named = {_CONTROLS[name]: metrics for name, metrics in controls.items()}
    columns = {"baseline": baseline, **named, **models}
    if not all(columns.values()):
        return
    several = n_labels(baseline)
    title = "On held-out examples"
    title += f", means over {several} labels" if several > 1 else ""
    table = Table(title=title, title_justify="left")
    table.add_column("metric")
    for name in columns:
        table.add_column(name, justify="right")
    for key, label in LABELS.items():
        if any(key in metrics for metrics in columns.values()):
            table.add_row(label, *(metric_in_words(metrics, key) for metrics in columns.values()))
    console.show(table)
    for name, metrics in models.items():
        headings, rows = label_table(baseline, metrics)
        if rows:
            first, *others = (
                Column(heading, cells)
                for heading, cells in zip(headings, zip(*rows, strict=True), strict=True)
            )
            title = f"By label, baseline → {name}"
            show_columns([first._replace(justify="left")], others, title=title)


def verdict(metrics: Metrics, baseline: Metrics) -> list[str]:
    """Return the verdict on a training in whole sentences: the change in flips, and its cost.

    Counts of decisions are called fewer or lower only if an exact McNemar test at 5 % says that it
    is not chance.
    """
    if not baseline:
        return ["Nothing was held out, and so nothing was checked."]
    sentences = _of_flips(metrics, baseline) if "n_pairs" in baseline else []
    sentences += _of_scale(metrics, baseline)
    after = by_label(metrics)
    costs = [
        before_label(label, cost)
        for label, before in by_label(baseline).items()
        for cost in _costs(after[label], before)
    ]
    if costs:
        return [*sentences, f"It costs: {'; '.join(costs)}."]
    task = "agreement" if "agreement" in baseline else "accuracy"
    of_task = "AUC, " if "auc" in baseline else ""
    of_any = " of any label" if n_labels(baseline) > 1 else ""
    return [*sentences, f"No cost shows in {of_task}{task} or the {SHARE_FLAGGED}{of_any}."]


def show_sentences(heading: str, sentences: Sequence[str]) -> None:
    """Show sentences without their full stops, each with a heading before it."""
    for sentence in sentences:
        console.write_stdout(with_flags(f"{heading}: {sentence}."))


def _of_flips(metrics: Metrics, baseline: Metrics) -> list[str]:
    before, after = int(baseline["n_flips"]), int(metrics["n_flips"])
    pairs = pairs_in_words(baseline)
    counts = f"{counted(after, 'flip')} in {pairs}, and {before:,} before"
    if before == after:
        return [f"As many flips as before: {counts}."]
    told_apart = 1.0  # below 1 if texts have several pairs, or pairs have unequal weights
    if baseline["n_pairs"]:
        told_apart = min(baseline["effective_pairs"] / baseline["n_pairs"], 1.0)
    mended, new = (int(metrics[f"n_flips_{way}"] * told_apart) for way in ("mended", "new"))
    p = mcnemar(mended, new)
    if p > SIGNIFICANCE:
        return [f"The change in flips may be chance: {counts}."]
    if after > before:
        return [f"Worse: more flips, {counts}."]
    if after == 0:
        return [f"No flips are left: {counts}."]
    fewer = min(int(100 * (1 - metrics["flip_rate"] / baseline["flip_rate"])), 99)
    return [f"{fewer} % fewer flips: {counts}."] if fewer > 0 else [f"Fewer flips: {counts}."]


def _of_scale(metrics: Metrics, baseline: Metrics) -> list[str]:
    """Say so if the CTF gap fell only because the logits shrank."""
    name = "standardized_ctf_gap"
    if name not in metrics or name not in baseline or metrics[name] < baseline[name]:
        return []
    if metrics["ctf_gap"] >= baseline["ctf_gap"]:
        return []
    return [
        "The CTF gap fell only because all logits lie closer together: in standard deviations of "
        f"the logits it went from {baseline[name]:.4f} to {metrics[name]:.4f}."
    ]


def _costs(metrics: Metrics, baseline: Metrics) -> list[str]:
    costs = []
    if "auc" in baseline and baseline["auc"] - metrics["auc"] >= _WORTH_NAMING["auc"]:
        costs.append(
            f"AUC {baseline['auc'] - metrics['auc']:.4f} lower "
            f"({baseline['auc']:.4f} → {metrics['auc']:.4f})"
        )
    if "accuracy" in baseline and metrics["accuracy"] < baseline["accuracy"]:
        p = mcnemar(int(metrics["n_newly_right"]), int(metrics["n_newly_wrong"]))
        if p <= SIGNIFICANCE:
            costs.append(
                f"accuracy {100 * (baseline['accuracy'] - metrics['accuracy']):.2f} points lower "
                f"({percent(baseline['accuracy'])} → {percent(metrics['accuracy'])}), which is "
                "significant"
            )
    if "agreement" in baseline and metrics["agreement"] < baseline["agreement"]:
        costs.append(_other_decisions(1 - metrics["agreement"], 1 - baseline["agreement"]))
    name = share_metric(baseline)
    if name is not None:
        labels = baseline.get(f"label_{name}")
        by_labels = "" if labels is None else f" (by the labels {percent(labels)})"
        costs += [
            f"{LABELS[name]} {percent(baseline[name])} → {percent(metrics[name])}{by_labels}"
            for change in change_of_share(metrics, baseline, _WORTH_NAMING["share"])
            if change.excess > 0
        ]
    return costs


def _other_decisions(share: float, before: float) -> str:
    if not before:
        return f"{percent(share)} of the baseline's decisions changed"
    return (
        f"{percent(share)} of texts decided otherwise than the baseline decides them without terms "
        f"({percent(before)} before)"
    )
