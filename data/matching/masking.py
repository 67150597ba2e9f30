"""Hide what is no prose from the search for terms: addresses, "s/he", emphasis in underscores.

The hidden text is as long as the text, so that places in one are places in the other.
"""

from __future__ import annotations

import re
from functools import lru_cache

_HIDDEN = "x"  # a letter, so that nothing beside it is a whole word
_ENDS_OF_DOMAINS = r"\.(?:com|org|net|edu|gov|info|co\.uk|ly|gl|io|tv|me/)(?![\w-])"
# What is hidden, each with a sign of it that is found much faster.
_TO_HIDE = (
    (r"://", r"(?:https?|ftp)://[^\s<>\"]+"),
    (r"\.(?<=www\.)", r"www\.[^\s<>\"]+"),
    (r"@[\w-]+\.", r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"),
    (_ENDS_OF_DOMAINS, rf"(?<![\w@.])[\w-]+(?:\.[\w-]+)*{_ENDS_OF_DOMAINS}(?:/[^\s<>\"]*)?"),
    (r"[/)]he", r"(?<!\w)(?:s/|\(s\))he(?:/it)?(?!\w)"),
)
_SIGNS = tuple(re.compile(sign, re.IGNORECASE) for sign, _ in _TO_HIDE)
# These begin with signs, which Python finds several times as fast as letters or look-behinds.
_EMPHASIS = re.compile(r"_(?:(?<!\w_)_*(?=[^\W_])|(?<=[^\W_]_)_*(?!\w))")
_ANY = re.compile(r"_|/|@|\)he|\.(?:[a-z]|(?<=www\.))", re.IGNORECASE)

# In ASCII's lower case, for RE2: finds every text of which `masked` hides some, and some others.
MAY_HIDE = r"://|www\.|[a-z0-9]@|[a-z0-9-]\.[a-z]|\bs/he\b|\(s\)he"


def masked(text: str) -> str:
    """Return a text of the same length without what is no prose."""
    if _ANY.search(text) is None:
        return text
    signs = tuple(sign.search(text) is not None for sign in _SIGNS)
    if any(signs):
        text = _hiding(signs).sub(lambda found: _HIDDEN * len(found[0]), text)
    return _EMPHASIS.sub(lambda found: "*" * len(found[0]), text) if "_" in text else text


@lru_cache(maxsize=32)  # all combinations of signs
def _hiding(signs: tuple[bool, ...]) -> re.Pattern[str]:
    """Return a pattern of what is to be hidden in a text that holds these signs."""
    patterns = [pattern for (_, pattern), is_there in zip(_TO_HIDE, signs, strict=True) if is_there]
    return re.compile("|".join(patterns), re.IGNORECASE)
