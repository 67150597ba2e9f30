"""Controls to judge a repair by: models made without it, measured on the same held-out data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.judging.validation import Validation
from evenhand.remediation.known_terms import takes_terms_out
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.techniques.registry import CONTROL, technique_class
from evenhand.remediation.techniques.technique import Technique
from evenhand.remediation.training.checkpoints import Weights, set_weights, weights_kept
from evenhand.remediation.training.examples_and_pairs import Sources
from evenhand.remediation.training.fit_options import TrainingOptions
from evenhand.remediation.training.output_folder import RECORD_NAME
from evenhand.remediation.training.preparation import Job

BLIND = "blind"
FINE_TUNING = "fine_tuning"


def check_control(technique: Technique) -> None:
    """Raise ConfigurationError if the control cannot be trained beside this technique."""
    if technique.name == CONTROL:
        raise ConfigurationError(
            f"the technique {technique.name} is the control itself",
            where="`control`",
            remedy="leave it out",
        )
    if Worker.here().workers > 1:
        raise ConfigurationError(
            "the control is trained in one process, and TF_CONFIG names several workers",
            where="`control`",
            remedy=f"train it by itself, with `technique` {CONTROL}",
        )


def blind_metrics(validation: Validation, sources: Sources) -> Metrics | None:
    """Return the metrics that the baseline has if the terms are taken out of its texts.

    Returns:
        None if the held-out counterfactuals are not the texts without their terms.
    """
    is_blind = takes_terms_out(sources.validated_on.manifest)
    return validation.blind_metrics if is_blind else None


def control_of(job: Job, options: TrainingOptions, folder: Path) -> Job:
    """Return the control of a job: the training on its examples, in their order, without pairs.

    Args:
        job: The job.
        options: How the job was trained, with every option decided.
        folder: The output of the control.
    """
    technique = technique_class(CONTROL)()

    def named(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        job.progress(f"control: {stage}", done, total, note)

    return replace(
        job,
        technique=technique,
        needs=replace(technique.needs, pairing=job.needs.pairing),
        options=options,
        destination=folder,
        output=folder,
        trains_control=False,
        tensorboard=None,
        resume=True,
        overwrite=False,
        progress=named,
    )


def control_metrics(
    train: Callable[[Job], Any], control: Job, model: Any, baseline: Weights
) -> tuple[Metrics, bool | None]:
    """Train a control, unless that is done, and return its metrics.

    Args:
        train: Trains a job.
        control: The control's job.
        model: The model trained with the technique. It gets its weights back in the end, because
            the control of a model in memory is the same object.
        baseline: Its weights before the training.

    Returns:
        The control's validation metrics, and whether an epoch of it kept the limits; if not, the
        metrics are the baseline's.
    """
    if not control.output.exists():
        with weights_kept(model):
            set_weights(model, baseline)
            train(control)
    record = json.loads((control.output / RECORD_NAME).read_text(encoding="utf-8"))
    metrics: Metrics = record["metrics"]
    return metrics, record["limits_kept"]
