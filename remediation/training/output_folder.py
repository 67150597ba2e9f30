"""What a training leaves behind: the files of its folder, their records, and its result."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.storage.files import write_text
from evenhand.remediation.models.references import is_added
from evenhand.remediation.training.learning_rate import LearningRate

RECORD_NAME = "train.json"
HISTORY_NAME = "history.json"
SCHEMA_VERSION = 1

_SAVED_BY_KERAS = (".keras", ".h5", ".hdf5")


def saved_name(baseline: str | Path) -> str:
    """Return the name to save a trained model under: it is saved as its baseline was.

    ``model.keras``, ``model.h5``, or ``model`` for a SavedModel; ``model.keras`` for a model that
    comes from what Keras does not write: Python code, a pickle, or a kind that a package adds.
    """
    path = Path(baseline)
    if path.is_dir() and not is_added(path):
        return "model"
    suffix = path.suffix.lower()
    return f"model{suffix}" if path.exists() and suffix in _SAVED_BY_KERAS else "model.keras"


def inputs_record(
    baseline: str,
    baseline_sha256: str | None,
    data: CounterfactualDataset,
    pairs: CounterfactualDataset | None = None,
    validation_data: CounterfactualDataset | None = None,
) -> dict[str, Any]:
    """Return what a record says of the inputs of a training, or of a sweep of trainings."""
    record = {
        "baseline": {"name": baseline, "sha256": baseline_sha256},
        "data": dataset_record(data),
    }
    if pairs is not None:
        record["pairs"] = dataset_record(pairs)
    if validation_data is not None:
        record["validation_data"] = dataset_record(validation_data)
    return record


def dataset_record(data: CounterfactualDataset) -> dict[str, str]:
    """Return what a record says of a dataset."""
    return {"name": data.path.name, "sha256": data.sha256}


def write_record(path: Path, document: Any) -> None:
    """Write a record as JSON."""
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    Attributes:
        technique: The name of the technique.
        model: The saved model.
        n_examples: Examples trained on.
        n_pairs: Pairs trained on; 0 if the technique needs none.
        n_unlabelled: Examples left out, with their pairs, because they have no label.
        history: A record for each epoch: losses, accuracy, and validation metrics as ``val_...``.
        kept_epoch: The epoch that the model is from: the best, or the last where nothing is held
            out. 0 if no epoch keeps the limits: then the model is the baseline.
        limits_kept: Whether an epoch keeps the limits; None if nothing is held out.
        reason: Why that epoch was kept, a sentence without its full stop.
        metrics: The model's validation metrics: ``accuracy``, ``auc``, ``flip_rate``, ``ctf_gap``
            and more; see `evenhand.remediation.judging.validation.validate`.
        baseline_metrics: The baseline's, on the same examples and pairs.
        controls: The same metrics of what one could have had without it: ``blind``, the baseline
            with terms taken out before it scores, for pairs by ablation; and ``fine_tuning``,
            the same training without pairs, where it was asked for.
        warnings: What the metrics warn of, sentences without their full stops.
        notes: How the model is trained otherwise than its own training would do, sentences.
        learning_rate: The rate trained with, and where it comes from.
        outputs: What the model's outputs were taken to be, in words.
    """

    technique: str
    model: Path
    n_examples: int
    n_pairs: int
    n_unlabelled: int
    history: list[dict[str, float]]
    kept_epoch: int
    limits_kept: bool | None
    reason: str
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    controls: dict[str, dict[str, float]]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    learning_rate: LearningRate
    outputs: str

    @property
    def summary(self) -> dict[str, Any]:
        """What the record says of it: all but where the model is and how it came to be."""
        return {
            "technique": self.technique,
            "n_examples": self.n_examples,
            "n_pairs": self.n_pairs,
            "n_unlabelled": self.n_unlabelled,
            "kept_epoch": self.kept_epoch,
            "limits_kept": self.limits_kept,
            "reason": self.reason,
            "metrics": self.metrics,
            "baseline_metrics": self.baseline_metrics,
            "controls": self.controls,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "learning_rate": asdict(self.learning_rate),
            "outputs": self.outputs,
        }
