"""Counterfactuals for terms missing from the lexicon: identity terms replaced by random words.

A pair made by ablation teaches that its own terms do not matter, and little about other terms.
Pairs whose terms are replaced by common words of the same texts also lower the influence of those
words when they stand where a term would. Some of them are terms that the lexicon lacks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from evenhand.data.lexicons.pejoratives import is_pejorative
from evenhand.remediation.runtime.texts import Texts, encode_texts

_COMMONEST = 3000  # words to draw from; rare ones have little influence on a model anyway
_WORD = re.compile(r"[^\W\d_]{2,}")


def common_words(texts: Texts) -> list[str]:
    """Return the commonest words of texts, in lower case, without well-known pejoratives."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text.decode().lower()))
    return [word for word, _ in counts.most_common(_COMMONEST) if not is_pejorative(word)]


def with_random_words(
    texts: Texts, terms: Sequence[Sequence[str]], words: Sequence[str], rng: np.random.Generator
) -> Texts:
    """Return texts with each occurrence of their terms replaced by a word drawn at random.

    Args:
        texts: UTF-8 bytes objects, shape (n,).
        terms: The terms to replace in each text, as whole words in any case.
        words: The words to draw from. If there are none, the texts stay as they are.
        rng: Random generator for the draws.
    """
    if not words:
        return texts
    return encode_texts(
        _pattern(of_text).sub(lambda _: words[rng.integers(len(words))], text.decode())
        for text, of_text in zip(texts, terms, strict=True)
    )


def _pattern(terms: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    spelled = "|".join(r"\s+".join(map(re.escape, term.split())) for term in longest_first)
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE)
