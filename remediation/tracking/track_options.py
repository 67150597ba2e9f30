"""Which trackers results are logged to; light to import, for help texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evenhand.data.options import OUTPUT, Options, option

Tracker = Literal["mlflow", "wandb"]


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
