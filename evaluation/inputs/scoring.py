"""Scores the texts of an evaluation with the models that are reported on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.progress import Progress
from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.dataset import pairs_of_controls
from evenhand.evaluation.inputs.different_texts import DifferentTexts, find_different
from evenhand.evaluation.inputs.tables import DecidedTexts, ModelScores
from evenhand.evaluation.report_options import DEFAULT_THRESHOLDS, Model
from evenhand.evaluation.reports.report import Role
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import Classifier, ScoringError
from evenhand.remediation.models.loading import load_classifier, settle_keras_for
from evenhand.remediation.outputs.decisions import decisions
from evenhand.remediation.outputs.label_outputs import check_outputs
from evenhand.remediation.outputs.margins import margins

Elsewhere: TypeAlias = Callable[[Model, "str | None", DifferentTexts, Progress], Floats]
"""Gives what `Classifier.predict` does, from other machines: for a MODEL of a digest."""

BATCH_ROWS = 8192  # texts in memory at a time, besides what the model needs


def score(
    models: Mapping[Role, Model],
    dataset: CounterfactualDataset,
    *,
    options: ModelOptions,
    thresholds: Mapping[Role, Sequence[float]],
    batch_size: int,
    cache: Path | None,
    elsewhere: Elsewhere | None = None,
    progress: Progress,
    labels: Mapping[str, int] = MappingProxyType({}),
    are_named: bool = True,
) -> list[dict[Role, ModelScores]]:
    """Score every different text of a dataset once with each model.

    Args:
        models: The models: MODEL references, or anything else that `load_classifier` takes.
        dataset: The examples and pairs.
        options: How to load the models and read their outputs; with labels, `positive_class` is
            the output of the first.
        thresholds: Each model's decision thresholds.
        batch_size: Texts that a model sees at once.
        cache: Folder to keep scores in, or None.
        elsewhere: What scores the texts, in the place of this process; it keeps no scores.
        progress: Called with the number of scored texts, one stage for each model.
        labels: Labels to take the scores of, of which a text may have any, with their outputs.
        are_named: Whether the user named their outputs; see `check_outputs`.

    Returns:
        The models' scores for each of the labels, in their order; without labels, once.

    Raises:
        ConfigurationError: A model of this kind takes no thresholds or no positive class.
        InputError: A model cannot be used, does not fit the dataset's labels, or fails on a text,
            which the error names.
    """
    settle_keras_for(each for each in models.values() if isinstance(each, str | Path))
    different, numbers = find_different(partial(_columns, dataset))
    counts = dataset.manifest.counts
    sides = np.split(numbers, np.cumsum([counts.examples, counts.pairs, counts.pairs]))
    scored: list[dict[Role, ModelScores]] = [{} for _ in range(max(1, len(labels)))]
    for role, model in models.items():
        classifier = load_classifier(model, options)
        by_class = classifier.positive_class is None
        if by_class:
            check_by_class(thresholds[role])
        _check_labels(classifier, dataset, options.positive_class, by_class)
        if labels:
            check_outputs(
                labels,
                classifier.n_classes,
                are_exclusive=classifier.classes_are_exclusive,
                are_named=are_named,
                where=classifier.name,
            )
        named = _named(progress, role)
        try:
            if elsewhere is not None:
                predicted = elsewhere(model, classifier.sha256, different, named)
            elif by_class:
                predicted = classifier.predict(different, batch_size, named)
            else:
                outputs = [*labels.values()] or [classifier.positive_class or 0]
                predicted = classifier.score_outputs(
                    different, outputs, batch_size=batch_size, cache=cache, progress=named
                )
        except ScoringError as error:
            place = _place_of(int(different.places[error.number]), dataset)
            raise error.at(place) from error
        if by_class:
            scored[0][role] = _by_class(
                classifier, predicted, *sides, control_pairs=pairs_of_controls(dataset)
            )
            continue
        for of_label, own in zip(scored, predicted.reshape(len(different), -1).T, strict=True):
            examples, originals, counterfactuals, controls = (own[side] for side in sides)
            of_label[role] = ModelScores(
                classifier.name,
                classifier.sha256,
                examples,
                originals,
                counterfactuals,
                outputs=classifier.reading,
                decided=DecidedTexts(sides[0], sides[2]),
                controls=controls,
            )
    return scored


def check_by_class(thresholds: Sequence[float]) -> None:
    """Raise ConfigurationError for thresholds that decisions among classes do not have."""
    if tuple(thresholds) != DEFAULT_THRESHOLDS:
        raise ConfigurationError(
            "decisions for the most probable of several classes have no threshold to choose",
            where="`thresholds`",
            remedy="leave it out, or name one class with `positive_class`",
        )


def _check_labels(
    classifier: Classifier,
    dataset: CounterfactualDataset,
    positive_class: int | None,
    by_class: bool,
) -> None:
    columns = dataset.manifest.columns
    if columns.classes not in (None, 2) and positive_class is None and not by_class:
        return  # such labels are not used
    classifier.check_labels(columns)
    if columns.classes is not None and classifier.n_classes == 1 and positive_class is not None:
        raise ConfigurationError(
            f"class {positive_class} of the labels is not what the model's one score stands for",
            where=f"{classifier.name}, `positive_class`",
            expected="a model of two classes",
            remedy="leave out `positive_class`: the score is then that of class 1",
        )


def _by_class(
    classifier: Classifier,
    predicted: Floats,
    examples: Rows,
    originals: Rows,
    counterfactuals: Rows,
    controls: Rows,
    *,
    control_pairs: Rows,
) -> ModelScores:
    decided = decisions(predicted)
    return ModelScores(
        classifier.name,
        classifier.sha256,
        margins(predicted[examples], decided[examples]),
        margins(predicted[originals], decided[originals]),
        margins(predicted[counterfactuals], decided[originals]),
        by_class=True,
        outputs=classifier.reading,
        decided=DecidedTexts(examples, counterfactuals, decided),
        controls=margins(predicted[controls], decided[originals[control_pairs]]),
    )


def _columns(dataset: CounterfactualDataset) -> Iterator[pa.Array]:
    """Yield all texts in batches: of examples, both sides of pairs, and control pairs."""
    yield from (batch.column(0) for batch in dataset.iter_examples(["text"], BATCH_ROWS))
    for column in ("original", "counterfactual"):
        yield from (batch.column(0) for batch in dataset.iter_pairs([column], BATCH_ROWS))
    controls = dataset.iter_controls(["counterfactual"], BATCH_ROWS)
    yield from (batch.column(0) for batch in controls)


def _named(progress: Progress, role: Role) -> Progress:
    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(f"scoring with the {role}", done, total, note)

    return report


def _place_of(place: int, dataset: CounterfactualDataset) -> str:
    """Return the place of a text in the dataset, in words, by its number among all texts."""
    counts = dataset.manifest.counts
    if place < counts.examples:
        [name] = dataset.examples_between(place, place + 1, ["id"])["id"].to_pylist()
        return f"row {place + 1} (id {name})"
    side, row = divmod(place - counts.examples, counts.pairs)
    if side > 1:
        row = place - counts.examples - 2 * counts.pairs
        [pair] = dataset.controls_between(row, row + 1, ["example", "id"]).to_pylist()
    else:
        [pair] = dataset.pairs_between(row, row + 1, ["example", "id"]).to_pylist()
    example = f"row {pair['example'] + 1} (id {pair['id']})"
    return f"{('', 'a counterfactual of ', 'a control of ')[min(side, 2)]}{example}"
