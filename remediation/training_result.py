"""What a CLP training leaves behind: the files of its folder, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MARKER = "train.json"
HISTORY_NAME = "history.json"
SCHEMA_VERSION = 1


def saved_name(baseline: str | Path) -> str:
    """Return the name to save a trained model under: it is saved as its baseline was.

    ``model.keras``, ``model.h5``, or ``model`` for a SavedModel; ``model.keras`` for a model that
    comes from Python code.
    """
    path = Path(baseline)
    if not path.exists():
        return "model.keras"
    return "model" if path.is_dir() else f"model{path.suffix.lower()}"


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
    """

    model: Path
    n_examples: int
    n_pairs: int
    n_unlabelled: int
    history: list[dict[str, float]]
    kept_epoch: int
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]
