"""Evaluation: flip rates and task metrics by slice, as TFMA metrics, and the reports on them.

The names below are imported when they are first used: reading a report loads neither TensorFlow nor
TFMA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.data.support.lazy_names import lazy_names

if TYPE_CHECKING:
    from evenhand.evaluation.flip_rate import evaluate_flip_rate, evaluate_predictions
    from evenhand.evaluation.no_flips import assert_no_flips
    from evenhand.evaluation.rendering.compare import compare_reports
    from evenhand.evaluation.rendering.folder import render_folder
    from evenhand.evaluation.reports.report import Report, load_report

_MODULES = {
    "Report": "reports.report",
    "assert_no_flips": "no_flips",
    "compare_reports": "rendering.compare",
    "evaluate_flip_rate": "flip_rate",
    "evaluate_predictions": "flip_rate",
    "load_report": "reports.report",
    "render_folder": "rendering.folder",
}

__all__ = [
    "Report",
    "assert_no_flips",
    "compare_reports",
    "evaluate_flip_rate",
    "evaluate_predictions",
    "load_report",
    "render_folder",
]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
