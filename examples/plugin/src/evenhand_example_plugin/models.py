"""A kind of model: a file of words with their weights, of which a logistic function makes a score.

Such a file has a word and its weight on each line, as in ``awful 3.5``; a word that it does not
have weighs -1. Nothing in it is run, so that there is nothing to refuse.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from evenhand.remediation import ModelKind, ModelOptions


def load(reference: str, options: ModelOptions) -> Callable[[list[str]], list[float]]:
    """Return the function that gives the scores of texts."""
    lines = Path(reference).read_text(encoding="utf-8").split("\n")
    weights = {word: float(weight) for word, weight in map(str.split, filter(None, lines))}

    def score(texts: list[str]) -> list[float]:
        sums = (sum(weights.get(word, -1) for word in text.lower().split()) for text in texts)
        return [1 / (1 + math.exp(-total)) for total in sums]

    return score


WORDS = ModelKind(load)
