"""What a training writes and returns: the files in its folder, the records, and its result."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.notebook.html_summary import HtmlTable, html_summary
from evenhand.data.storage.files import write_text
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold, record_of, records_of
from evenhand.remediation.judging.metric_labels import LABELS
from evenhand.remediation.judging.several_labels import label_table
from evenhand.remediation.judging.wording import metric_in_words
from evenhand.remediation.models.references import is_added
from evenhand.remediation.training.learning_rate import LearningRate

RECORD_NAME = "train.json"
HISTORY_NAME = "history.json"
SCHEMA_VERSION = 1

_SAVED_BY_KERAS = (".keras", ".h5", ".hdf5")


def saved_name(baseline: Any) -> str:
    """Return the name to save a trained model under, in the format of its baseline.

    ``model.keras``, ``model.h5``, or ``model`` for a SavedModel. A model from anything that Keras
    does not write (a model in memory, Python code, a pickle, a kind that a package adds) is saved
    as ``model.keras``.
    """
    if not isinstance(baseline, str | Path):
        return "model.keras"
    path = Path(baseline)
    if path.is_dir() and not is_added(path):
        return "model"
    suffix = path.suffix.lower()
    return f"model{suffix}" if path.exists() and suffix in _SAVED_BY_KERAS else "model.keras"


def copy_model(model: Path, folder: Path) -> None:
    """Copy a saved model, a file or a folder, into a folder, under its own name."""
    if model.is_dir():
        shutil.copytree(model, folder / model.name)
    else:
        shutil.copyfile(model, folder / model.name)


def inputs_record(
    baseline: str,
    baseline_sha256: str | None,
    data: CounterfactualDataset,
    pairs: CounterfactualDataset | None = None,
    validation_data: CounterfactualDataset | None = None,
) -> dict[str, Any]:
    """Return the inputs of a training or a sweep for its record."""
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
    """Return a dataset's name and digest for a record."""
    return {"name": data.path.name, "sha256": data.sha256}


def write_record(path: Path, document: Any) -> None:
    """Write a record as JSON."""
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")


@dataclass(frozen=True)
class TrainingResult:
    """The result of a training.

    Attributes:
        technique: The name of the technique.
        model: The saved model.
        n_examples: Examples trained on.
        n_pairs: Pairs trained on; 0 if the technique needs none.
        n_unlabelled: Examples left out, with their pairs, because they have no label.
        history: A record for each epoch: losses, accuracy, and validation metrics as ``val_...``.
            One record, of these metrics alone, for a technique that trains nothing.
        kept_epoch: The epoch that the model is from: the best, or the last if nothing is held out.
            0 if no epoch keeps the limits: then the model is the baseline. A model made without
            training counts as an epoch.
        limits_kept: Whether an epoch keeps the limits; None if nothing is held out.
        reason: Why that epoch was kept: a sentence without its full stop.
        metrics: The model's validation metrics: ``accuracy``, ``auc``, ``flip_rate``, ``ctf_gap``
            and more; see `evenhand.remediation.judging.validation.validate`.
        baseline_metrics: The baseline's, on the same examples and pairs.
        controls: The same metrics of models made without the technique: ``blind``, the baseline
            with terms taken out of its texts, for pairs by ablation and neutral ones; and
            ``fine_tuning``, the same training without pairs, if it was asked for.
        warnings: What the metrics warn of: sentences without their full stops.
        notes: How the training differs from the model's own: sentences.
        learning_rate: The rate that was used, and its source; None if nothing was trained.
        outputs: How the model's outputs are read, in words.
        threshold: The threshold that the model decides at, of several labels the main one; None for
            0.5, which nobody chose.
        label_thresholds: The threshold of each of several labels, by its name; empty if nobody
            chose them.
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
    learning_rate: LearningRate | None
    outputs: str
    threshold: ChosenThreshold | None = None
    label_thresholds: dict[str, ChosenThreshold] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        models = {"baseline": self.baseline_metrics, **self.controls, "this model": self.metrics}
        rows = [
            (label, *(metric_in_words(metrics, name) for metrics in models.values()))
            for name, label in LABELS.items()
            if any(name in metrics for metrics in models.values())
        ]
        sentences = [f"{self.reason}.", *(f"{each}." for each in self.warnings), *self.notes]
        table = HtmlTable(("metric", *models), rows, caption="On held-out examples")
        kept = f"epoch {self.kept_epoch} of {len(self.history)} kept"
        title = f"{self.technique}: {kept if self.kept_epoch else 'the baseline is kept'}"
        headings, of_labels = label_table(self.baseline_metrics, self.metrics)
        tables = [
            table,
            *([HtmlTable(headings, of_labels, caption="By label")] if headings else []),
        ]
        return html_summary(title, [*sentences, f"Saved as {self.model}"], tables)

    @property
    def summary(self) -> dict[str, Any]:
        """The result for the record: without the model's path and the history."""
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
            "learning_rate": self.learning_rate and asdict(self.learning_rate),
            "outputs": self.outputs,
            "threshold": record_of(self.threshold),
            "label_thresholds": records_of(self.label_thresholds),
        }
