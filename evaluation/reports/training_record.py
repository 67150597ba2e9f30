"""What train.json says of a training, for those who show a report of the trained model."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from evenhand.data.storage.whole_files import file_in
from evenhand.data.support.documents import read_document

FILE_NAME = "train.json"


class Named(BaseModel):
    """A model or a dataset that a training took."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    sha256: str | None = None


class TrainingRecord(BaseModel):
    """The part of train.json that is shown; what an older one lacks is None or empty.

    Attributes:
        baseline: The model that was trained further.
        data: The dataset that it was trained on.
        technique: The technique of remediation.
        options: Its options, and those of the training.
        n_examples, n_pairs, n_unlabelled: What it was trained on.
        kept_epoch: The epoch that was saved, from 1; 0 for the baseline as it was.
        limits_kept: Whether that epoch is within the limits on what the repair may cost.
        reason: Why that epoch.
        warnings: What was found wrong.
        model_sha256: Digest of the saved model.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    baseline: Named
    data: Named
    technique: str
    options: dict[str, JsonValue] = {}
    n_examples: int | None = None
    n_pairs: int | None = None
    n_unlabelled: int | None = None
    kept_epoch: int | None = None
    limits_kept: bool | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()
    model_sha256: str | None = None


def read_training(path: str | Path) -> TrainingRecord:
    """Read the record of a training.

    Args:
        path: The folder that `evenhand remediate train` wrote, or its train.json.

    Raises:
        InputError: There is no such file, or it is not a training's.
    """
    file = file_in(path, FILE_NAME)
    return read_document(
        TrainingRecord,
        file,
        what="the record of a training",
        expected="what `evenhand remediate train` wrote",
        remedy="name its folder",
    )
