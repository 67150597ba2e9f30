"""Options of a comparison; see `evenhand.data.options`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.data.options import DATA, PAIRS, VALIDATION, option
from evenhand.remediation.training.fit_options import (
    DatasetOptions,
    TechniqueName,
    TrainingOptions,
)

USUAL = ("fine-tune", "blind", "clp", "cda", "clp:unseen_terms=true")


@dataclass(frozen=True, kw_only=True)
class CompareOptions(TrainingOptions, DatasetOptions):
    """Options of `compare`: those that all trainings share, and what is compared.

    Every technique is trained with the same options, so that none has a larger budget.
    """

    techniques: Sequence[TechniqueName] | None = option(
        None,
        "A technique to compare, with options of its own if wanted: clp:loss_weight=3,loss=mse.",
        PAIRS,
        flag="--technique",
        unset="those of " + ", ".join(USUAL) + " that the model can be repaired with",
        names="code",
    )
    seeds: int = option(
        3,
        "Train each technique this many times, with seeds one after another; intervals come from "
        "these.",
        VALIDATION,
    )
    held_out_terms: float = option(
        0.0,
        "Train without the pairs of this share of each group's terms, and show the CTF gap on "
        "them: what a repair does for terms that it has not seen.",
        DATA,
        least=0,
        below=1,
        metavar="SHARE",
    )
    enough: float = option(
        0.005,
        "No remedy is needed if the baseline's flip rate is below this, at 95 % confidence.",
        VALIDATION,
        least=0,
        most=1,
        metavar="RATE",
    )
