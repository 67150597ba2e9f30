"""Write a lexicon that code has made as the file that it would have been read from."""

from __future__ import annotations

from evenhand.data.lexicons.entries import Lexicon
from evenhand.data.support.toml_text import toml_value


def toml_of(lexicon: Lexicon) -> str:
    """Return a lexicon as TOML, in the format that `evenhand.data.lexicons.lexicon` describes."""
    head = {
        "name": lexicon.name,
        "version": lexicon.version,
        "description": lexicon.description,
        "groups": lexicon.groups,
    }
    lines = ["schema_version = 1", *(f"{key} = {toml_value(value)}" for key, value in head.items())]
    terms = [entry.model_dump(mode="json", exclude_defaults=True) for entry in lexicon.entries]
    blockers = [
        blocker.model_dump(mode="json", exclude_defaults=True) for blocker in lexicon.blockers
    ]
    names = {group: list(names) for group, names in lexicon.names.items()}
    if names:
        lines.append(f"names = {toml_value(names)}")
    for key, items in (("terms", terms), ("blockers", blockers)):
        lines += [f"{key} = [", *(f"    {toml_value(item)}," for item in items), "]"]
    return "\n".join([*lines, ""])
