"""What LIT shows of a report: pairs with their scores, and the texts of these pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.support.suggest import did_you_mean
from evenhand.evaluation.inputs.dataset import DatasetPairs
from evenhand.evaluation.report_options import LitOptions, Model
from evenhand.evaluation.reports.report import PairScores, Report, Role, load_report, name_of
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.outputs.decisions import decisions

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier

LABELS = ("negative", "positive")
FLIPS = ("no flip", "positive to negative", "negative to positive")
SIDES = ("original", "counterfactual")
_POSITIVE = 0.5  # a label above it is positive


@dataclass(frozen=True)
class LitPair:
    """A pair.

    Attributes:
        id: The example's id.
        original: The example's text.
        counterfactual: The counterfactual.
        terms: The identity terms in the original.
        groups: The groups of these terms.
        positive: Whether the example's label is positive; None if it is not known.
        scores: Both scores by the model's role, as far as they are known.
    """

    id: str
    original: str
    counterfactual: str
    terms: tuple[str, ...]
    groups: tuple[str, ...]
    positive: bool | None
    scores: Mapping[Role, PairScores]


@dataclass(frozen=True)
class LitData:
    """Pairs, and how to decide.

    Attributes:
        pairs: The pairs.
        thresholds: The main threshold by the role of each model of the report.
    """

    pairs: tuple[LitPair, ...]
    thresholds: Mapping[Role, float]

    @property
    def is_labelled(self) -> bool:
        """Whether every label is known."""
        return all(pair.positive is not None for pair in self.pairs)

    @property
    def pair_fields(self) -> dict[str, dict[str, Any]]:
        """The fields of `pair_rows`, as LIT writes its types in JSON."""
        fields = {side: _field("TextSegment") for side in SIDES} | _SHARED
        for role in self.thresholds:
            for side in SIDES:
                fields[f"{role} {side}"] = _field("Scalar", required=False)
            fields[f"{role} shift"] = _field("Scalar", required=False, min_val=-1)
            fields[f"{role} flips"] = _field("CategoryLabel", required=False, vocab=FLIPS)
        return fields

    @property
    def text_fields(self) -> dict[str, dict[str, Any]]:
        """The fields of `text_rows`, as LIT writes its types in JSON."""
        fields = {"text": _field("TextSegment"), "side": _field("CategoryLabel", vocab=SIDES)}
        scores = {f"{role} score": _field("Scalar", required=False) for role in self.thresholds}
        return fields | _SHARED | scores

    def pair_rows(self) -> Iterator[dict[str, Any]]:
        """Give each pair: both texts, both scores of each model, their difference and the flip."""
        for number, pair in enumerate(self.pairs):
            row = _shared(pair, f"pair-{number}", None)
            row |= {side: getattr(pair, side) for side in SIDES}
            for role, threshold in self.thresholds.items():
                row |= _of_model(role, pair.scores.get(role), threshold)
            yield row

    def text_rows(self) -> Iterator[dict[str, Any]]:
        """Give each different original once, and after it its counterfactuals.

        A counterfactual names its original as LIT's generators do, so that LIT's metrics of pairs
        count it, and has its original's label.
        """
        originals: dict[tuple[str, str], list[LitPair]] = {}
        for pair in self.pairs:
            originals.setdefault((pair.id, pair.original), []).append(pair)
        number = 0
        for place, pairs in enumerate(originals.values()):
            of_original = f"original-{place}"
            yield self._text_row(pairs[0], "original", of_original, None)
            for pair in pairs:
                yield self._text_row(
                    pair, "counterfactual", f"counterfactual-{number}", of_original
                )
                number += 1

    def _text_row(self, pair: LitPair, side: str, name: str, parent: str | None) -> dict[str, Any]:
        row = {"text": getattr(pair, side), "side": side, **_shared(pair, name, parent)}
        for role in self.thresholds:
            scores = pair.scores.get(role)
            row[f"{role} score"] = None if scores is None else getattr(scores, side)
        return row


def read_lit_data(
    report: str | Path,
    data: str | Path | CounterfactualDataset | None,
    model: Model | None,
    options: LitOptions,
) -> tuple[LitData, dict[Role, Classifier]]:
    """Return the pairs that LIT shows, and the models that it asks.

    Args:
        report: The report's folder, or its report.json.
        data: The dataset that the report is about. None to show the flips that the report holds,
            with the scores that it holds.
        model: The report's candidate, which scores the pairs of the data and, in LIT, whatever is
            typed. None to show scores of the report only.
        options: How many pairs, the baseline, and how to load models.

    Raises:
        ConfigurationError: There is a dataset or a baseline and no model, or the report has no such
            label.
        InputError: The report holds no text of a flip, decides for one of several classes, or is
            about other data or models; or an input cannot be read.
    """
    found = _on_label(load_report(report), options.label, str(report))
    if found.candidate.by_class:
        raise InputError(
            "the report is of a model that decides for one of several classes",
            where=str(report),
            expected="a report of scores of a positive class",
            remedy="evaluate the model with `positive_class`, or its classes as labels with "
            "`labels`",
        )
    if model is None and (data is not None or options.compare_to is not None):
        raise ConfigurationError("there is no model to score with", remedy="give `model`")
    pairs = _flips(found, report) if data is None else _pairs_of(data, found, options.max_pairs)
    thresholds = {each.role: found.threshold_of(each) for each in found.models}
    references = {"candidate": model, "baseline": options.compare_to}
    classifiers: dict[Role, Classifier] = {}
    for each in found.models:
        reference = references[each.role]
        if reference is not None:
            classifiers[each.role] = _loaded(reference, each.sha256, found, options)
    if options.compare_to is not None and "baseline" not in classifiers:
        raise InputError("the report has no baseline", where=str(report))
    if data is not None:
        pairs = _scored(pairs, classifiers)
    return LitData(tuple(pairs), thresholds), classifiers


def _on_label(report: Report, name: str | None, where: str) -> Report:
    """Return a report on one of the report's labels, the main one if there is no name.

    Raises:
        ConfigurationError: The report has no such label.
    """
    of_labels = {name_of(each): each for each in report.by_label}
    if name is None or name in of_labels:
        return of_labels[name or name_of(report)]
    names = [each for each in of_labels if each is not None]
    raise ConfigurationError(
        f"the report has no label {name!r}",
        where=f"{where}, `label`",
        expected=", ".join(names) or "a report on labels",
        remedy=did_you_mean(name, names),
    )


def flip_of(original: float, counterfactual: float, threshold: float) -> str:
    """Return which of `FLIPS` a pair is."""
    before, after = decisions(original, threshold), decisions(counterfactual, threshold)
    return FLIPS[0] if before == after else FLIPS[1 if before else 2]


def _loaded(
    reference: Model, sha256: str | None, report: Report, options: LitOptions
) -> Classifier:
    from evenhand.remediation.models.loading import load_classifier

    reading = options.chosen_for(ModelOptions)
    if report.label is not None and reading.positive_class is None:
        reading = replace(reading, positive_class=report.label.output)
    classifier = load_classifier(reference, reading)
    if None not in (sha256, classifier.sha256) and sha256 != classifier.sha256:
        raise InputError(
            f"the report is about another model than {classifier.name}",
            where=str(reference),
            remedy="name the model that was evaluated, or evaluate this one",
        )
    return classifier


def _flips(report: Report, where: str | Path) -> list[LitPair]:
    """Return the flips that a report holds."""
    pairs = [
        LitPair(
            flip.id, flip.original, flip.counterfactual, flip.terms, flip.groups, None, flip.scores
        )
        for flip in report.flips
        if flip.original is not None and flip.counterfactual is not None
    ]
    if not pairs:
        raise InputError(
            "the report holds no flip with its texts",
            where=str(where),
            remedy="give `data` and `model` to show pairs, whether they flip or not",
        )
    return pairs


def _pairs_of(data: str | Path | CounterfactualDataset, report: Report, most: int) -> list[LitPair]:
    """Return pairs of the report's dataset, evenly drawn if there are more than `most`."""
    dataset = CounterfactualDataset.opened(data)
    if dataset.sha256 != report.data.sha256:
        raise InputError(
            f"the report is about other data, {report.data.name}",
            where=str(dataset.path),
            remedy="name the dataset that was evaluated",
        )
    count = dataset.manifest.counts.pairs
    rows = np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64)).tolist()
    positive = _labels_of(dataset, rows, report)
    return [
        LitPair(
            each.id,
            str(each.original),
            str(each.counterfactual),
            each.terms,
            each.groups,
            label,
            {},
        )
        for each, label in zip(DatasetPairs(dataset).details(rows), positive, strict=True)
    ]


def _labels_of(
    dataset: CounterfactualDataset, pairs: Sequence[int], report: Report
) -> list[bool | None]:
    """Return whether the label of each pair's example is positive, None if it is not known."""
    columns = dataset.manifest.columns
    name = columns.label if report.label is None else report.label.name
    field = columns.label_fields.get(str(name))
    if field is None or columns.classes not in (None, len(LABELS)):
        return [None] * len(pairs)
    example = np.concatenate([each.column(0) for each in dataset.iter_pairs(["example"])])
    batches = dataset.iter_examples([field])
    labels = np.concatenate([pc.fill_null(each.column(0), np.nan) for each in batches])
    found = labels[example[pairs]]
    return [None if np.isnan(each) else bool(each > _POSITIVE) for each in found]


def _scored(pairs: Sequence[LitPair], classifiers: Mapping[Role, Classifier]) -> list[LitPair]:
    texts = list(dict.fromkeys(text for each in pairs for text in _texts(each)))
    known = {
        role: dict(zip(texts, classifier.score(texts).tolist(), strict=True))
        for role, classifier in classifiers.items()
    }
    return [
        replace(
            pair,
            scores={
                role: PairScores(original=of[pair.original], counterfactual=of[pair.counterfactual])
                for role, of in known.items()
            },
        )
        for pair in pairs
    ]


def _texts(pair: LitPair) -> tuple[str, str]:
    return pair.original, pair.counterfactual


def _of_model(role: Role, scores: PairScores | None, threshold: float) -> dict[str, Any]:
    """Return a model's fields of a pair, None where it has no scores."""
    names = [*SIDES, "shift", "flips"]
    if scores is None:
        return {f"{role} {name}": None for name in names}
    ours, theirs = scores.original, scores.counterfactual
    values = (ours, theirs, ours - theirs, flip_of(ours, theirs, threshold))
    return {f"{role} {name}": value for name, value in zip(names, values, strict=True)}


def _field(kind: str, **attributes: Any) -> dict[str, Any]:
    return {"__class__": "LitType", "__name__": kind, **attributes}


_SHARED = {
    "id": _field("StringLitType"),
    "terms": _field("SparseMultilabel"),
    "groups": _field("SparseMultilabel"),
    "label": _field("CategoryLabel", required=False, vocab=LABELS),
}


def _shared(pair: LitPair, name: str, parent: str | None) -> dict[str, Any]:
    """Return the fields of `_SHARED`, and what LIT knows a row and its origin by."""
    of_parent = {} if parent is None else {"parentId": parent, "source": "evenhand", "added": True}
    return {
        "id": pair.id,
        "terms": list(pair.terms),
        "groups": list(pair.groups),
        "label": None if pair.positive is None else LABELS[pair.positive],
        "_id": name,
        "_meta": of_parent,
    }
