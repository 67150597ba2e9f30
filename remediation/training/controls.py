"""What a repair is judged beside: what one could have had without it, on the same held-out data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.progress import Progress
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.judging.validation import Validation
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.training.checkpoints import Weights, set_weights, weights_kept
from evenhand.remediation.training.examples_and_pairs import Sources
from evenhand.remediation.training.fit_options import TrainingOptions
from evenhand.remediation.training.output_folder import RECORD_NAME

BLIND = "blind"
FINE_TUNING = "fine_tuning"

_ABLATION = "ablate"


def check_control(wanted: bool) -> None:
    """Raise ConfigurationError if the control is wanted where it cannot be trained."""
    if wanted and Worker.here().workers > 1:
        raise ConfigurationError(
            "the control is trained in one process, and TF_CONFIG names several workers",
            where="--control",
            remedy="train it by itself, with --loss-weight 0",
        )


def blind_metrics(validation: Validation, sources: Sources) -> Metrics | None:
    """Return the metrics of the baseline, had the terms been taken out before it scores.

    Returns:
        None where the held-out counterfactuals are not the texts without their terms.
    """
    is_ablated = sources.validated_on.manifest.method.name == _ABLATION
    return validation.blind_metrics if is_ablated else None


def fine_tuned_metrics(
    train: Callable[..., Any],
    model: Any,
    baseline_weights: Weights,
    sources: Sources,
    options: TrainingOptions,
    folder: Path,
    progress: Progress,
    **arguments: Any,
) -> tuple[Metrics, bool | None]:
    """Train the baseline on with all of a training's options but the pair loss.

    Args:
        train: `evenhand.remediation.training.trainer.train`.
        model: The model trained with CLP, which has its weights again in the end. The control may
            be the same one, where that comes from memory.
        baseline_weights: What it was before.
        sources: What it was trained on.
        options: How it was trained.
        folder: The output of the control, which is not trained again if it is there.
        progress: Told of every step.
        **arguments: The baseline's reference, and further arguments of `train`.

    Returns:
        Its validation metrics, and whether an epoch of it kept the limits; if not, the metrics are
        the baseline's.
    """

    def named(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(f"control: {stage}", done, total, note)

    if not folder.exists():
        with weights_kept(model):
            set_weights(model, baseline_weights)
            train(
                data=sources.data,
                pairs=sources.pair_data,
                validation_data=sources.validation_data,
                output=folder,
                resume=True,
                progress=named,
                **{**options.as_keywords(), "loss_weight": 0.0},
                **arguments,
            )
    record = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
    metrics: Metrics = record["metrics"]
    return metrics, record["limits_kept"]
