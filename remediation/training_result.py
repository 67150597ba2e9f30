"""What a CLP training leaves behind: the files of its folder, their records, and its result."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.files import write_text
from evenhand.remediation.learning_rate import LearningRate

MARKER = "train.json"
HISTORY_NAME = "history.json"
SCHEMA_VERSION = 1

_SAVED_BY_KERAS = (".keras", ".h5", ".hdf5")


def saved_name(baseline: str | Path) -> str:
    """Return the name to save a trained model under: it is saved as its baseline was.

    ``model.keras``, ``model.h5``, or ``model`` for a SavedModel; ``model.keras`` for a model that
    comes from Python code or a pickle, which Keras does not write.
    """
    path = Path(baseline)
    if path.is_dir():
        return "model"
    suffix = path.suffix.lower()
    return f"model{suffix}" if path.exists() and suffix in _SAVED_BY_KERAS else "model.keras"


def inputs_record(
    baseline: str,
    baseline_sha256: str | None,
    data: CounterfactualDataset,
    pairs: CounterfactualDataset | None = None,
) -> dict[str, Any]:
    """Return what a record says of the inputs of a training, or of a sweep of trainings."""
    record = {
        "baseline": {"name": baseline, "sha256": baseline_sha256},
        "data": dataset_record(data),
    }
    if pairs is not None:
        record["pairs"] = dataset_record(pairs)
    return record


def dataset_record(data: CounterfactualDataset) -> dict[str, str]:
    """Return what a record says of a dataset."""
    return {"name": data.path.name, "sha256": data.sha256}


def write_record(path: Path, document: Any) -> None:
    """Write a record as JSON."""
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")


@dataclass(frozen=True)
class TrainingResult:
    """What a CLP training came to.

    Attributes:
        model: The saved model.
        n_examples: Examples trained on.
        n_pairs: Pairs trained on.
        n_unlabelled: Examples left out, with their pairs, because they have no label.
        history: A record for each epoch: losses, accuracy, and validation metrics as ``val_...``.
        kept_epoch: The epoch that the model is from: the last, or with early stopping the best.
        metrics: The model's validation metrics: ``accuracy``, ``auc``, ``flip_rate``, ``ctf_gap``;
            see `evenhand.remediation.validation.validate`.
        baseline_metrics: The baseline's, on the same examples and pairs.
        learning_rate: The rate trained with, and where it comes from.
        outputs: What the model's outputs were taken to be, in words.
    """

    model: Path
    n_examples: int
    n_pairs: int
    n_unlabelled: int
    history: list[dict[str, float]]
    kept_epoch: int
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    learning_rate: LearningRate
    outputs: str

    @property
    def summary(self) -> dict[str, Any]:
        """What the record says of it: all but where the model is and how it came to be."""
        return {
            "n_examples": self.n_examples,
            "n_pairs": self.n_pairs,
            "n_unlabelled": self.n_unlabelled,
            "kept_epoch": self.kept_epoch,
            "metrics": self.metrics,
            "baseline_metrics": self.baseline_metrics,
            "learning_rate": asdict(self.learning_rate),
            "outputs": self.outputs,
        }
