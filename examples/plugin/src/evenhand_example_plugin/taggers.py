"""A tagger: it tells what a form is where several of a term are spelled alike, as "her" is."""

from __future__ import annotations


class LastWordTagger:
    """Takes a form that ends a sentence for an object, and any other for a determiner.

    An example, and no grammar: "I gave her books" is beyond it.
    """

    name = "last-word 1"  # with a version, as it stands in the record of what was built

    def slot(self, text: str, start: int, end: int, slots: tuple[str, ...]) -> str:
        """Return which of `slots` the form at text[start:end] fills."""
        wanted = "object" if text[end:].lstrip()[:1] in ("", ".", "!", "?", ",") else "determiner"
        return wanted if wanted in slots else slots[0]
