"""Hide what is no prose from the search for terms: addresses, "s/he", emphasis in underscores.

The hidden text is as long as the text, so that places in one are places in the other.
"""

from __future__ import annotations

import re

_HIDDEN = "x"  # a letter, so that nothing beside it is a whole word
_ADDRESS = (
    r"(?:https?|ftp)://[^\s<>\"]+|www\.[^\s<>\"]+|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|info|co\.uk|ly|gl|io|tv|me/)(?![\w-])(?:/[^\s<>\"]*)?"
)
_BOTH_GENDERS = r"(?<!\w)(?:s/|\(s\))he(?:/it)?(?!\w)"
_TO_HIDE = re.compile(rf"{_ADDRESS}|{_BOTH_GENDERS}", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<!\w)_+(?=[^\W_])|(?<=[^\W_])_+(?!\w)")
_ANY = re.compile(r"_|/|\)he|www\.|@|\.[a-z]", re.IGNORECASE)

# In ASCII's lower case, for RE2: finds every text that `masked` changes, and some others.
HAS_HIDDEN = r"_|://|www\.|[a-z0-9]@|[a-z0-9-]\.[a-z]|\bs/he\b|\(s\)he"


def masked(text: str) -> str:
    """Return a text of the same length without what is no prose."""
    if _ANY.search(text) is None:
        return text
    text = _TO_HIDE.sub(lambda found: _HIDDEN * len(found[0]), text)
    return _EMPHASIS.sub(lambda found: "*" * len(found[0]), text) if "_" in text else text
