"""Text classifiers, and Counterfactual Logit Pairing (CLP) training that repairs them.

Names are loaded on first use, because most of them need TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.remediation.baseline import BaselineResult, train_baseline
    from evenhand.remediation.classifier import Classifier
    from evenhand.remediation.clp import (
        AlignedPairs,
        CounterfactualModel,
        IndependentPairs,
        PairedInputs,
    )
    from evenhand.remediation.loading import load_classifier
    from evenhand.remediation.models.predictor import ModelOptions
    from evenhand.remediation.training import TrainingResult, train

_MODULE_OF = {
    "AlignedPairs": "clp",
    "BaselineResult": "baseline",
    "Classifier": "classifier",
    "CounterfactualModel": "clp",
    "IndependentPairs": "clp",
    "ModelOptions": "models.predictor",
    "PairedInputs": "clp",
    "TrainingResult": "training",
    "load_classifier": "loading",
    "train": "training",
    "train_baseline": "baseline",
}

__all__ = [
    "AlignedPairs",
    "BaselineResult",
    "Classifier",
    "CounterfactualModel",
    "IndependentPairs",
    "ModelOptions",
    "PairedInputs",
    "TrainingResult",
    "load_classifier",
    "train",
    "train_baseline",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
