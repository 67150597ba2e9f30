"""The words that a model knows: the vocabulary of its tokenizer or of its TextVectorization."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from evenhand.data.lexicons.pejoratives import is_pejorative
from evenhand.remediation.models.classifier import Classifier

_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST = 100  # words; fewer are no vocabulary to draw from
_BEGINS_WORD = ("\u2581", "\u0120")  # marks of SentencePiece and of byte pair encoding
_GOES_ON = "##"  # mark of WordPiece


def vocabulary_of(classifier: Classifier) -> list[str]:
    """Return the words of a model's vocabulary: in lower case, without well-known pejoratives.

    The vocabulary is what `get_vocabulary` returns, of the function that `preprocess` names or of
    its `tokenizer`, of the model's own preprocessor, or of a layer of the model such as
    TextVectorization. Their order stays: it is mostly that of how common the words are.

    Returns:
        An empty list if the model has no such thing, or if it has fewer than 100 words.
    """
    longest = max(map(list, _vocabularies(classifier)), key=len, default=[])
    words = [word for word in dict.fromkeys(_words(longest)) if not is_pejorative(word)]
    return words if len(words) >= _FEWEST else []


def _vocabularies(classifier: Classifier) -> Iterator[Sequence[Any]]:
    holders = [classifier.preprocess, *_layers(classifier.keras_model)]
    for holder in [*holders, *(getattr(each, "tokenizer", None) for each in holders)]:
        listed = getattr(holder, "get_vocabulary", None)
        if callable(listed):
            yield listed()


def _layers(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)


def _words(tokens: Iterable[Any]) -> Iterator[str]:
    texts = [each.decode("utf-8", "ignore") if isinstance(each, bytes) else str(each)
             for each in tokens]  # fmt: skip
    marked = [text[1:] for text in texts if text.startswith(_BEGINS_WORD)]
    for text in marked or texts:
        if not text.startswith(_GOES_ON) and _WORD.fullmatch(text):
            yield text.lower()
