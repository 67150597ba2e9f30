"""Which trackers results are logged to; light to import, for help texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evenhand.data.options import OUTPUT, Options, option

Tracker = Literal["mlflow", "wandb", "tensorboard"]


@dataclass(frozen=True, kw_only=True)
class TrackOptions(Options):
    """Which experiment trackers the results are logged to, once they are written."""

    log_to: Sequence[Tracker] = option(
        (),
        "Also log options, metrics and files to this experiment tracker, which its own environment "
        "variables set up.",
        OUTPUT,
        unset="none",
        decides=False,
    )
    tensorboard: str | Path | None = option(
        None,
        "Write TensorBoard logs here; of a training, while it goes on.",
        OUTPUT,
        metavar="DIR",
        names="output",
    )

    @property
    def trackers(self) -> tuple[Tracker, ...]:
        """`log_to`, and TensorBoard where its folder is named."""
        return (*self.log_to, *(("tensorboard",) if self.tensorboard is not None else ()))
