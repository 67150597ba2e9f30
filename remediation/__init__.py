"""Text classifiers, and Counterfactual Logit Pairing (CLP) training that repairs them.

Names are loaded on first use, because most of them need TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.data.support.lazy_names import lazy_names

if TYPE_CHECKING:
    from evenhand.remediation.batches.pairs import AlignedPairs, IndependentPairs, PairedInputs
    from evenhand.remediation.models.classifier import Classifier
    from evenhand.remediation.models.loading import load_classifier
    from evenhand.remediation.models.predictor import ModelOptions
    from evenhand.remediation.techniques.clp import CounterfactualModel
    from evenhand.remediation.techniques.tfmr_data import to_tfmr
    from evenhand.remediation.training.baseline import BaselineResult, train_baseline
    from evenhand.remediation.training.output_folder import TrainingResult
    from evenhand.remediation.training.supervision import TrainingInterrupted
    from evenhand.remediation.training.sweeps import SweepInterrupted, SweepResult, Trial, sweep
    from evenhand.remediation.training.trainer import train

_MODULES = {
    "AlignedPairs": "batches.pairs",
    "BaselineResult": "training.baseline",
    "Classifier": "models.classifier",
    "CounterfactualModel": "techniques.clp",
    "IndependentPairs": "batches.pairs",
    "ModelOptions": "models.predictor",
    "PairedInputs": "batches.pairs",
    "SweepInterrupted": "training.sweeps",
    "SweepResult": "training.sweeps",
    "TrainingInterrupted": "training.supervision",
    "TrainingResult": "training.output_folder",
    "Trial": "training.sweeps",
    "load_classifier": "models.loading",
    "sweep": "training.sweeps",
    "to_tfmr": "techniques.tfmr_data",
    "train": "training.trainer",
    "train_baseline": "training.baseline",
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
