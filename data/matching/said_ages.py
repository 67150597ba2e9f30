"""Tell whether an age in years is said beside a term that does not go with it: "an old man of 19".

Only a window of text around a term is looked at, so that a text's length does not matter.
"""

from __future__ import annotations

import re

_WINDOW = 60  # characters looked at before and after a term, within its sentence
_YEARS = r"[\s-]*(?:years?|yrs?)[\s-]+(?:olds?|of\s+age)(?!\w)"
# "The old man, 87, said", "a young woman of 23", "who is 19 and", "under 25", "is 30 years old".
_BEHIND = re.compile(
    rf"[^.!?;\n]*?(?:(?<![\w.$£€])(\d{{1,3}}){_YEARS}"
    r"|(?<!\w)(?:of(?!\s+\d+\s+[a-z]{3,}s(?!\w))|aged?)\s+(\d{1,3})(?!\w|[.,]\d)"
    r"|(?:,\s*|\(\s*|(?<!\w)(?:is|was|are|were|turn(?:s|ed|ing)?|both|all|under|over|only|just)\s+)"
    r"(\d{1,3})(?:\s*(?:[,.;:!?)]|\Z)|\s+(?:and|but|who|or|when)(?!\w)))",
    re.IGNORECASE,
)
# "At 87, the old man", "a 23 year old, very young man"
_BEFORE = re.compile(
    r"(?:(?<!\w)(?:at|aged?)\s+(\d{1,3}),?\s+(?:the|this|that|my|our|his|her|their|an?)\s+"
    rf"|(?<![\w.$£€])(\d{{1,3}}){_YEARS}\s*,?\s+)(?:[\w-]+\s+)?\Z",
    re.IGNORECASE,
)


def is_of_other_age(text: str, start: int, end: int, ages: tuple[int, int]) -> bool:
    """Tell whether an age is said of whom the term at text[start:end] names, and is none of its.

    Args:
        text: The text.
        start: Where the term starts.
        end: Where it ends.
        ages: The lowest and the highest age in years that goes with it.
    """
    said = _BEHIND.match(text, end, end + _WINDOW) or _BEFORE.search(
        text, max(start - _WINDOW, 0), start
    )
    if said is None:
        return False
    least, most = ages
    return not least <= int(said[said.lastindex or 1]) <= most
