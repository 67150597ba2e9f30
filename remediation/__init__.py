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
    from evenhand.remediation.legacy import train_legacy
    from evenhand.remediation.loading import load_classifier
    from evenhand.remediation.models.predictor import ModelOptions
    from evenhand.remediation.supervision import TrainingInterrupted
    from evenhand.remediation.sweeps import SweepInterrupted, SweepResult, Trial, sweep
    from evenhand.remediation.tfmr_data import to_tfmr
    from evenhand.remediation.training import train
    from evenhand.remediation.training_result import TrainingResult

_MODULE_OF = {
    "AlignedPairs": "clp",
    "BaselineResult": "baseline",
    "Classifier": "classifier",
    "CounterfactualModel": "clp",
    "IndependentPairs": "clp",
    "ModelOptions": "models.predictor",
    "PairedInputs": "clp",
    "SweepInterrupted": "sweeps",
    "SweepResult": "sweeps",
    "TrainingInterrupted": "supervision",
    "TrainingResult": "training_result",
    "Trial": "sweeps",
    "load_classifier": "loading",
    "sweep": "sweeps",
    "to_tfmr": "tfmr_data",
    "train": "training",
    "train_baseline": "baseline",
    "train_legacy": "legacy",
}

__all__ = [
    "AlignedPairs",
    "BaselineResult",
    "Classifier",
    "CounterfactualModel",
    "IndependentPairs",
    "ModelOptions",
    "PairedInputs",
    "SweepInterrupted",
    "SweepResult",
    "TrainingInterrupted",
    "TrainingResult",
    "Trial",
    "load_classifier",
    "sweep",
    "to_tfmr",
    "train",
    "train_baseline",
    "train_legacy",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
