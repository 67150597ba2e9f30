"""Write edits into a text, and mend the articles in front of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evenhand.data.english.agreement import Edit
from evenhand.data.english.articles import mended_article

_WORD = re.compile(r"[^\W_]+(?:['’&.-][^\W_]+)*")
_ARTICLE_ENDS = ("a ", "n ", "A ", "N ")


def written(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with these edits, which are in its order and do not overlap."""
    parts: list[str] = []
    position = 0
    for index, edit in enumerate(edits):
        start, end, new = edit
        kept = text[position:start]
        if kept.endswith(_ARTICLE_ENDS):
            kept = _with_article(kept, text[start:], new or _next(text, edits, index))
        parts += [kept, new]
        position = end
    parts.append(text[position:])
    return "".join(parts)


def _next(text: str, edits: Sequence[Edit], index: int) -> str:
    """Return what follows an edit that writes nothing."""
    end = edits[index].end
    following = edits[index + 1] if index + 1 < len(edits) else None
    return following.text if following is not None and following.start == end else text[end:]


def _with_article(kept: str, old: str, new: str) -> str:
    """Return text that may end with an article, with the one that the new word takes."""
    words = _WORD.match(old), _WORD.match(new)
    if words[0] is None or words[1] is None:
        return kept
    article = mended_article(kept + words[0][0], len(kept), words[0][0], words[1][0])
    return kept if article is None else kept[: article[0]] + article[2] + kept[article[1] :]
