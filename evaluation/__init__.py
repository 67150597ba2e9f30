"""Evaluation: flip rates and task metrics by slice, as TFMA metrics, and the reports on them.

The names below are imported when they are first used: reading a report loads neither TensorFlow nor
TFMA.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.evaluation.compare import compare_reports
    from evenhand.evaluation.flip_rate import evaluate_flip_rate, evaluate_predictions
    from evenhand.evaluation.rendering import render_folder
    from evenhand.evaluation.report import Report, load_report

_HOMES = {
    "Report": "report",
    "compare_reports": "compare",
    "evaluate_flip_rate": "flip_rate",
    "evaluate_predictions": "flip_rate",
    "load_report": "report",
    "render_folder": "rendering",
}

__all__ = [
    "Report",
    "compare_reports",
    "evaluate_flip_rate",
    "evaluate_predictions",
    "load_report",
    "render_folder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
