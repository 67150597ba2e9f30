"""Text classifiers, and Counterfactual Logit Pairing (CLP) training that repairs them.

Names are loaded on first use, because most of them need TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.remediation.classifier import Classifier, load_classifier

_MODULE_OF = {
    "Classifier": "classifier",
    "load_classifier": "classifier",
}

__all__ = ["Classifier", "load_classifier"]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
