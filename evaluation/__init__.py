"""Evaluation: flip rates and task metrics by slice, as TFMA metrics, and the reports on them.

The names below are imported when they are first used, so that reading a report loads neither
TensorFlow nor TFMA.
"""

from __future__ import annotations

import lazy_loader

from evenhand.data.notebook.displays import display_by

display_by("Report", "evenhand.evaluation.rendering.notebook_report:html_of_report")
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
