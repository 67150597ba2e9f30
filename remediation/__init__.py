"""Text classifiers, and Counterfactual Logit Pairing (CLP) training that repairs them.

Names are loaded on first use, because most of them need TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.data.support.lazy_names import lazy_names

if TYPE_CHECKING:
    from evenhand.remediation.baseline import BaselineResult, train_baseline
    from evenhand.remediation.classifier import Classifier
    from evenhand.remediation.clp import CounterfactualModel
    from evenhand.remediation.loading import load_classifier
    from evenhand.remediation.models.predictor import ModelOptions
    from evenhand.remediation.pairs import AlignedPairs, IndependentPairs, PairedInputs
    from evenhand.remediation.supervision import TrainingInterrupted
    from evenhand.remediation.sweeps import SweepInterrupted, SweepResult, Trial, sweep
    from evenhand.remediation.tfmr_data import to_tfmr
    from evenhand.remediation.training import train
    from evenhand.remediation.training_result import TrainingResult

_MODULES = {
    "AlignedPairs": "pairs",
    "BaselineResult": "baseline",
    "Classifier": "classifier",
    "CounterfactualModel": "clp",
    "IndependentPairs": "pairs",
    "ModelOptions": "models.predictor",
    "PairedInputs": "pairs",
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
]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
