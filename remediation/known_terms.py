"""The identity terms that a dataset's pairs were made with, as far as they can be found again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evenhand.data.dataset.manifest import Manifest
from evenhand.data.errors import EvenhandError, InputError
from evenhand.data.lexicons.entries import Lexicon
from evenhand.data.lexicons.lexicon import load_lexicon


def terms_of(lexicons: Iterable[Lexicon]) -> list[str]:
    """Return every spelling of lexicons' terms, each once, in alphabetical order."""
    entries = (entry for lexicon in lexicons for entry in lexicon.entries)
    return sorted({spelling for entry in entries for _, spelling in entry.spellings()})


def lexicons_of(manifest: Manifest, names: Iterable[str | Path] | None = None) -> list[Lexicon]:
    """Return the lexicons that are named, or else those that a dataset was built with.

    Args:
        manifest: The dataset's; it names its lexicons, with their digests, and does not hold them.
        names: Lexicons by their names or paths; None for the dataset's own.

    Raises:
        InputError: A lexicon cannot be read, or is not the one that the dataset was built with.
    """
    if names is not None:
        return [load_lexicon(name) for name in names]
    found = {lexicon.name: lexicon for lexicon in _found_again(manifest)}
    lost = [each.name for each in manifest.lexicons if each.name not in found]
    if lost or not found:
        raise InputError(
            f"the terms of the lexicon {lost[0]!r} are not known here: it is a file, or has changed"
            if lost
            else "the dataset does not say which terms its pairs are about",
            where="manifest.json",
            expected="the lexicons that the dataset was built with, by their names",
            remedy="name the lexicons, or their files, with `terms`",
        )
    return list(found.values())


def _found_again(manifest: Manifest) -> Iterable[Lexicon]:
    for record in manifest.lexicons:
        try:
            lexicon = load_lexicon(record.name)
        except EvenhandError:
            continue  # a file, of which the manifest has the name alone
        if lexicon.sha256 == record.sha256:
            yield lexicon


def takes_terms_out(manifest: Manifest) -> bool:
    """Return whether a dataset's counterfactuals are its texts without their identity terms."""
    return manifest.method.name in ("ablate", "neutral")
