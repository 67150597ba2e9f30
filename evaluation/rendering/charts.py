"""The report's charts: static SVG that takes its colours and fonts from the page around it.

Matplotlib draws them. Then its colours are replaced by the page's CSS variables, which have light
and dark values, its text stays text in the page's own font, and every chart gets a title and a
description for readers who do not see it. The same values give the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evenhand.data.support.printable import printable
from evenhand.evaluation.reports.report import Role, ScoreShifts, ThresholdCurve
from evenhand.evaluation.reports.technique_table import TradeOff

# Colours for Matplotlib to draw with, and the CSS variables of report.css that replace them
_TEXT, _MUTED, _LINE, _PAGE = "#0a0001", "#0a0002", "#0a0003", "#0a0004"
_ROLES: dict[Role, str] = {"candidate": "#0a0005", "baseline": "#0a0006"}
_ACCENT = "#0a0007"
_VARIABLES = {
    _TEXT: "var(--text)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _PAGE: "var(--page)",
    _ROLES["candidate"]: "var(--candidate)",
    _ROLES["baseline"]: "var(--baseline)",
    _ACCENT: "var(--accent)",
}

_WIDTH = 5.0  # inches of 72 CSS pixels: so narrow that text stays readable on a phone
_MOST_NAMES = 8  # beside points; the table has all
_LONGEST_NAME = 26  # characters
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar sign in the data is a dollar sign
    "font.size": 11,
    "axes.edgecolor": _LINE,
    "axes.facecolor": "none",
    "axes.labelcolor": _MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "grid.color": _LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.color": _TEXT,
    "xtick.color": _LINE,
    "xtick.labelcolor": _MUTED,
    "ytick.color": _LINE,
    "ytick.labelcolor": _TEXT,
}


def in_order(models: Mapping[Role, object]) -> list[Role]:
    """Return the models in the order of time: the baseline, then the candidate."""
    order: tuple[Role, ...] = ("baseline", "candidate")
    return [role for role in order if role in models]


def threshold_chart(
    curves: Mapping[Role, ThresholdCurve],
    thresholds: Sequence[float],
    *,
    key: str,
    title: str,
    description: str,
) -> str:
    """Draw the flip rate against the decision threshold, and mark the report's own thresholds."""
    with _figure(height=2.9) as figure:
        axes = figure.subplots()
        for role in in_order(curves):
            curve = curves[role]
            known = [
                (threshold, rate.value, rate.lower, rate.upper)
                for threshold, rate in zip(curve.thresholds, curve.flip_rates, strict=True)
                if rate.value is not None
            ]
            if not known:
                continue
            at, values, lower, upper = zip(*known, strict=True)
            dashes = "-" if role == "candidate" else (0, (4, 1.5))
            axes.plot(at, values, color=_ROLES[role], lw=1.6, ls=dashes, label=role)
            if None not in lower and None not in upper:
                axes.fill_between(at, lower, upper, color=_ROLES[role], alpha=0.15, lw=0)
        for threshold in thresholds:
            axes.axvline(threshold, color=_MUTED, lw=0.8, ls=":")
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("decision threshold")
        _set_percent(axes, "y")
        axes.grid(axis="y")
        _set_legend(axes)
        return _to_svg(figure, key, title, description)


def shift_chart(
    shifts: Mapping[Role, ScoreShifts], *, key: str, title: str, description: str
) -> str:
    """Draw the share of pairs by change of score, one panel for each model."""
    with _figure(height=1.55 * len(shifts) + 0.35) as figure:
        panels = figure.subplots(len(shifts), sharex=True, squeeze=False)[:, 0]
        reach = max(_reach(distribution) for distribution in shifts.values())
        for axes, role in zip(panels, in_order(shifts), strict=True):
            distribution = shifts[role]
            total = sum(distribution.weights) or 1.0
            shares = [weight / total for weight in distribution.weights]
            axes.stairs(shares, distribution.edges, fill=True, color=_ROLES[role], label=role)
            axes.axvline(0, color=_MUTED, lw=0.8, ls=":")
            axes.set_xlim(-reach, reach)
            _set_percent(axes, "y", ticks=3)
            axes.grid(axis="y")
            axes.set_axisbelow(True)
            _set_legend(axes)
        panels[-1].set_xlabel("score(original) − score(counterfactual)")
        return _to_svg(figure, key, title, description)


def trade_off_chart(trade_off: TradeOff, *, key: str, title: str, description: str) -> str:
    """Draw each model's flip rate against its metric of the task: the lower right is best."""
    styles: dict[str | None, dict[str, Any]] = {
        "baseline": {"marker": "s", "mfc": _PAGE, "mec": _ROLES["baseline"]},
        "picked": {"marker": "D", "mfc": _ACCENT, "mec": _ACCENT},
        "front": {"marker": "o", "mfc": _TEXT, "mec": _TEXT},
        None: {"marker": "o", "mfc": _PAGE, "mec": _TEXT},
    }
    words = {"baseline": "baseline", "picked": "picked", "front": "Pareto front", None: "others"}
    with _figure(height=3.2) as figure:
        axes = figure.subplots()
        on_front = sorted(
            (each.task, each.flip_rate)
            for each in trade_off.points
            if each.mark in ("picked", "front")
        )
        if on_front:
            axes.plot(*zip(*on_front, strict=True), color=_MUTED, lw=0.8, ls=":")
        for mark, style in styles.items():
            found = [each for each in trade_off.points if each.mark == mark]
            if found:
                at = [(each.task, each.flip_rate) for each in found]
                axes.plot(*zip(*at, strict=True), ls="", ms=7, label=words[mark], **style)
        named = [each for each in trade_off.points if each.mark is not None][:_MOST_NAMES]
        middle = sum(axes.get_xlim()) / 2
        for each in named:
            is_left = each.task < middle
            axes.annotate(
                _short(each.name),
                (each.task, each.flip_rate),
                xytext=(7 if is_left else -7, 5),
                textcoords="offset points",
                ha="left" if is_left else "right",
                fontsize=9,
            )
        axes.set_ylim(bottom=0)
        axes.set_xlabel(trade_off.task)
        axes.set_ylabel("flip rate", color=_MUTED)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        _set_percent(axes, "y")
        axes.grid()
        axes.set_axisbelow(True)
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=4, borderpad=0, borderaxespad=0.2,
            fontsize=9, handletextpad=0, columnspacing=0.8,
        )  # fmt: skip
        return _to_svg(figure, key, title, description)


def _short(text: str) -> str:
    shown = " ".join(printable(text).split())
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def _reach(distribution: ScoreShifts) -> float:
    """Return the largest change of score of any pair, where the chart ends."""
    bins = zip(pairwise(distribution.edges), distribution.weights, strict=True)
    return max((max(-lower, upper) for (lower, upper), weight in bins if weight > 0), default=1.0)


def _set_percent(axes: Axes, name: str, ticks: int = 5) -> None:
    axis = axes.xaxis if name == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
    axis.set_major_locator(MaxNLocator(ticks, min_n_ticks=2))


def _set_legend(axes: Axes) -> None:
    handles, _ = axes.get_legend_handles_labels()
    if handles:  # no model has a value where all weights are 0
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderpad=0, borderaxespad=0.2
        )


@contextmanager
def _figure(height: float) -> Iterator[Figure]:
    # Matplotlib's own defaults, whatever the user's settings are
    with matplotlib.style.context(["default", _STYLE]), warnings.catch_warnings():
        # Matplotlib measures text with its own font. Characters it lacks are in the page's font
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield Figure(figsize=(_WIDTH, height), dpi=72, layout="constrained")


def _to_svg(figure: Figure, key: str, title: str, description: str) -> str:
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": key}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    root = ET.fromstring(file.getvalue())
    for parent in (root, *root.iterfind(f"{{{_SVG}}}defs")):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    used = set(re.findall(r"#([\w-]+)", " ".join(_attributes(root))))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if style := element.get("style"):
            element.set("style", _page_style(style))
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    root.attrib.clear()
    root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{_SVG}}}{tag}", id=f"{key}-{tag}")
        element.text = text
        root.insert(place, element)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    return ET.tostring(root, encoding="unicode")


def _attributes(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        yield from element.attrib.values()


def _page_style(style: str) -> str:
    # Matplotlib names its own font, in a way that depends on its version
    style = re.sub(r"font: ([\d.]+px)[^;]*", r"font-size: \1", style)
    style = re.sub(r"font-family: [^;]*; ?", "", style)
    return re.sub("#0a000[1-7]", lambda found: _VARIABLES[found.group()], style)
