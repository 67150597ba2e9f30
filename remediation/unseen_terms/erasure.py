"""Takes the direction of identity out of a model's embedding, by LEACE.

The vectors of identity terms differ from those of other words as common in a direction that terms
share which no pair speaks of. Without it they look more like other words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.remediation.models.classifier import Classifier, inputs_of
from evenhand.remediation.models.predictor import Inputs
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.runtime.texts import encode_texts
from evenhand.remediation.unseen_terms.leace import Eraser

_PER_TERM = 20  # other words for each term, of about its rank: enough to estimate covariances
_FEWEST_TERMS = 5  # with a vector of their own
_AT_ONCE = 1024  # words that the model's tokenizer is asked for
_NOT_A_WORD = "zzyxq"  # what a tokenizer makes of it, it makes of any word that it does not know

Rows = npt.NDArray[np.int64]


def erase_identity(classifier: Classifier, terms: Iterable[str], words: Sequence[str]) -> str:
    """Erase from a Keras 3 model's embedding what tells identity terms from other words.

    The concept is: is this token an identity term? It is learnt from those of `terms` that are one
    token, and from `words` that are about as common, and erased from the tokens of all words: from
    those of terms that nobody listed, too. Tokens of no word, such as padding, stay as they are.

    Args:
        classifier: The model; its embedding's weights are changed.
        terms: Identity terms.
        words: Words that the model may know, the commonest first.

    Returns:
        What was done, or why nothing was: a sentence.
    """
    found = _embedding_of(classifier.keras_model)
    if isinstance(found, str):
        return f"Nothing was erased from the model, because {found}."
    embedding, numbers_of = found
    tokens = _Tokens(lambda texts: numbers_of(inputs_of(classifier.preprocess, texts)))
    of_words, of_terms = tokens.of(words), tokens.of(sorted(set(terms)))
    identity = np.unique([row[0] for row in of_terms if len(row) == 1]).astype(np.int64)
    if len(identity) < _FEWEST_TERMS:
        return (
            "Nothing was erased from the model, because only "
            f"{len(identity)} of the identity terms are a token of its own vocabulary."
        )
    others = _as_common(identity, of_words)
    variable = embedding.weights[0]
    vectors = np.asarray(variable, np.float64)
    chosen = np.concatenate([identity, others])
    eraser = Eraser.fitted(vectors[chosen], np.arange(len(chosen)) < len(identity))
    every = np.unique(np.concatenate([chosen, *of_words]))
    vectors[every] = eraser(vectors[every])
    variable.assign(vectors.astype(np.float32))
    return (
        "What tells identity terms from other words was erased from the embedding "
        f"{embedding.name!r} before the training (LEACE, from {len(identity)} terms and "
        f"{len(others)} other words)."
    )


def _embedding_of(model: Any) -> tuple[Any, Callable[[Inputs], Any]] | str:
    """Return a model's embedding, and what gives its input for the model's; or why not."""
    keras = import_keras()
    kind = keras.layers.Embedding
    found = [layer for layer in model._flatten_layers() if isinstance(layer, kind)]
    if len(found) != 1:
        return f"it has {len(found) or 'no'} embedding layers"
    (embedding,) = found
    if len(embedding.weights) != 1:
        return f"its embedding {embedding.name!r} has more than one matrix of weights"
    try:
        tokens = keras.Model(model.inputs, embedding.input)
    except (AttributeError, ValueError, TypeError):  # used twice, or within another model
        return f"it cannot be seen which tokens its embedding {embedding.name!r} gets"

    def numbers_of(inputs: Inputs) -> Any:
        if isinstance(inputs, Mapping):
            return tokens([inputs[tensor.name] for tensor in model.inputs])
        return tokens([inputs])

    return embedding, numbers_of


class _Tokens:
    """Which tokens of a model are those of a word."""

    def __init__(self, numbers_of: Any) -> None:
        self._numbers_of = numbers_of
        self._of_none = np.unique(self._numbers([_NOT_A_WORD]))  # padding, unknown, begin, end

    def of(self, words: Sequence[str]) -> list[Rows]:
        """Return the tokens of each word within a text, where they are not those of any text."""
        texts = [f"{_NOT_A_WORD} {word}" for word in words]
        return [
            np.setdiff1d(row, self._of_none)
            for start in range(0, len(texts), _AT_ONCE)
            for row in self._numbers(texts[start : start + _AT_ONCE])
        ]

    def _numbers(self, texts: Sequence[str]) -> Rows:
        numbers = np.asarray(self._numbers_of(encode_texts(texts)), np.int64)
        return numbers.reshape(len(texts), -1)


def _as_common(identity: Rows, of_words: Sequence[Rows]) -> Rows:
    """Return tokens of words of about the ranks that the identity terms have, and of no term."""
    of_one = [row[0] if len(row) == 1 else -1 for row in of_words]  # words of several tokens: -1
    order = np.array([token for token in dict.fromkeys(of_one) if token >= 0], np.int64)
    is_term = np.isin(order, identity)
    ranks, others = np.flatnonzero(is_term), np.flatnonzero(~is_term)
    if len(others) <= _PER_TERM:
        return np.asarray(order[others])
    ranks = ranks if len(ranks) else np.array([0])  # no term is among the words
    places = np.searchsorted(others, ranks)
    first = np.clip(places - _PER_TERM // 2, 0, len(others) - _PER_TERM)
    near = np.unique(first[:, None] + np.arange(_PER_TERM))
    return np.asarray(order[others[near]])
