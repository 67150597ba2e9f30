"""Pairs whose two texts a model cannot tell apart: its tokens for both are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.remote.arguments import takes_urls
from evenhand.data.support.option_checks import check_whole
from evenhand.remediation.batches.vectorisation import Column, TokenEncoding, encoding_of
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import Classifier, inputs_of
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.models.loading import load_classifier
from evenhand.remediation.runtime.texts import Texts, encode_texts

_AT_ONCE = 1024  # texts
_Rows = Sequence[Column]  # of one or several arrays, each with a row for each text


class AlikeTexts:
    """Tells which pairs are the same to a model; see `tells_alike`.

    Attributes:
        how: What is compared, in words.
    """

    def __init__(self, how: str, rows_of: Callable[[Texts], _Rows], batch_size: int) -> None:
        self.how = how
        self._rows_of = rows_of
        self._batch_size = batch_size

    def __call__(self, originals: Sequence[str], counterfactuals: Sequence[str]) -> list[bool]:
        """Return for each pair whether its texts are the same to the model.

        Raises:
            InputError: The model or its preprocessing fails.
        """
        found: list[bool] = []
        step = max(self._batch_size // 2, 1)  # both texts of a pair go in one batch
        for start in range(0, len(originals), step):
            part = originals[start : start + step], counterfactuals[start : start + step]
            rows = self._rows_of(encode_texts([*part[0], *part[1]]))
            found += _same(rows, len(part[0])).tolist()
        return found


@takes_urls()
def tells_alike(
    model: str | Path | Any, *, batch_size: int = _AT_ONCE, options: ModelOptions | None = None
) -> AlikeTexts:
    """Return what tells which pairs a model cannot tell apart, for `evenhand.data.check_pairs`.

    Compared are the token numbers that the model's own string layers make, such as
    TextVectorization; or, for a model with preprocessing, what that gives. Of any other model its
    outputs are compared, bit for bit, with both texts of a pair in one batch: models that round
    differently from row to row then seem to tell more pairs apart than they do.

    Args:
        model: A MODEL reference, or a model in memory: see `load_classifier`.
        batch_size: Texts that the model sees at once.
        options: How to load it.

    Raises:
        ConfigurationError: An option is wrong.
        InputError: The model cannot be loaded.
    """
    check_whole("batch_size", batch_size)
    classifier = load_classifier(model, options or ModelOptions())
    return AlikeTexts(*_comparison(classifier), batch_size)


def _comparison(classifier: Classifier) -> tuple[str, Callable[[Texts], _Rows]]:
    """Return what of a model is compared, in words, and what gives it for texts."""
    preprocess = classifier.preprocess
    if preprocess is not None:

        def prepared(texts: Texts) -> _Rows:
            made = inputs_of(preprocess, texts)
            return list(made.values()) if isinstance(made, Mapping) else [made]

        return "what its preprocessing makes of the texts", prepared
    if generation_of(classifier.keras_model) == 3:
        encoding = encoding_of(classifier.keras_model)
        if isinstance(encoding, TokenEncoding):
            return "the token numbers that its string layers make", lambda texts: [
                encoding.encode(texts)
            ]

    def outputs(texts: Texts) -> _Rows:
        return [classifier.run(texts, batch_size=len(texts))[classifier.head]]

    return f"its output {classifier.head!r}, bit for bit", outputs


def _same(rows: _Rows, pairs: int) -> npt.NDArray[np.bool_]:
    """Tell for which pairs all rows of the first half equal those of the second."""
    same = np.ones(pairs, bool)
    for array in rows:
        equal = array[:pairs] == array[pairs:]
        same &= equal.reshape(pairs, -1).all(axis=1)
    return same
