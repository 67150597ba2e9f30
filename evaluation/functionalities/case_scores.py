"""Scores the cases of functionalities with the models that are reported on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evenhand.data.functionalities.cases import Case
from evenhand.data.progress import Progress
from evenhand.data.support.arrays import Flags, Floats
from evenhand.evaluation.report_options import Model
from evenhand.evaluation.reports.report import Role
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import ScoringError
from evenhand.remediation.models.loading import load_classifier, settle_keras_for
from evenhand.remediation.outputs.decisions import decisions


@dataclass(frozen=True)
class CaseScores:
    """One model's scores for the cases.

    Attributes:
        name: The model's name.
        sha256: Digest of the model, or None if it has none.
        outputs: What its outputs were taken to be, in words.
        scores: Probabilities that the cases are toxic, shape (n,).
        right: Whether each is decided right, shape (n,).
    """

    name: str
    sha256: str | None
    outputs: str
    scores: Floats
    right: Flags


def score_cases(
    models: Mapping[Role, Model],
    cases: Sequence[Case],
    *,
    options: ModelOptions,
    thresholds: Mapping[Role, float],
    batch_size: int,
    cache: Path | None,
    progress: Progress,
) -> dict[Role, CaseScores]:
    """Score every different text of the cases once with each model.

    Args:
        models: The models: MODEL references, or anything else that `load_classifier` takes.
        cases: The cases.
        options: How to load the models and read their outputs.
        thresholds: Each model's; a score above it is decided to be toxic.
        batch_size: Texts that a model sees at once.
        cache: Folder to keep scores in, or None.
        progress: Called with the number of scored texts, one stage for each model.

    Raises:
        InputError: A model cannot be used, has several classes and none was named, or fails on a
            text, which the error names.
    """
    settle_keras_for(each for each in models.values() if isinstance(each, str | Path))
    places: dict[str, int] = {}
    rows = [places.setdefault(case.text, len(places)) for case in cases]
    texts = list(places)
    toxic = np.array([case.is_toxic for case in cases])
    scored: dict[Role, CaseScores] = {}
    for role, model in models.items():
        classifier = load_classifier(model, options)
        try:
            scores = classifier.score(
                texts, batch_size=batch_size, cache=cache, progress=_named(progress, role)
            )[rows]
        except ScoringError as error:
            raise error.at(repr(texts[error.number])) from error
        scored[role] = CaseScores(
            classifier.name,
            classifier.sha256,
            classifier.reading,
            scores,
            decisions(scores, thresholds[role]) == toxic,
        )
    return scored


def _named(progress: Progress, role: Role) -> Progress:
    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(f"scoring with the {role}", done, total, note)

    return report
