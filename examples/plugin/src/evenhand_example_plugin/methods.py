"""A way of making counterfactuals: a function from texts to what each becomes."""

from __future__ import annotations

import re

_PRONOUN = re.compile(r"\b(she|he)\b", re.IGNORECASE)


def they(texts: list[str]) -> list[str]:
    """Return each text with "they" where it has "she" or "he"; evenhand skips what stays as it is.

    The verb behind it keeps its form, so this is an example, not a method to rely on.
    """
    return [_PRONOUN.sub(_with_case, text) for text in texts]


def _with_case(found: re.Match[str]) -> str:
    return "They" if found[0][0].isupper() else "they"
