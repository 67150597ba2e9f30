"""The functionalities that come with evenhand: `toxic.toml` and `not-toxic.toml`.

A functionality is one thing that a classifier of toxic texts should do, such as flagging a threat
that depends on a condition, with templates of sentences that show it. The idea is that of CheckList
(Ribeiro et al. 2020, arXiv 2005.04118) and, for hate speech, of HateCheck (Röttger et al. 2021,
arXiv 2012.15606); the templates are evenhand's own.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenhand.data.support.toml_text import parse_toml

Label = Literal["toxic", "not-toxic"]

SLOT = re.compile(r"\{(group|member|adjective)\}")
_FILES = ("toxic.toml", "not-toxic.toml")


class Functionality(BaseModel):
    """One thing that a classifier should do.

    Attributes:
        name: Its name: small letters, and hyphens between words.
        label: What each of its sentences is, and so what the classifier should decide.
        reason: Why, in a sentence.
        templates: Its sentences, with slots for the words of a group in all of them or in none:
            ``{group}`` for several people, ``{member}`` for one, ``{adjective}`` in front of a
            noun.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    label: Label
    reason: Annotated[str, Field(min_length=1)]
    templates: Annotated[tuple[str, ...], Field(min_length=5)]

    @property
    def names_groups(self) -> bool:
        """Whether its sentences are about a group; otherwise it is a control."""
        return SLOT.search(self.templates[0]) is not None

    @model_validator(mode="after")
    def _has_slots_everywhere_or_nowhere(self) -> Functionality:
        if len({SLOT.search(template) is None for template in self.templates}) > 1:
            raise ValueError("either every template has a slot, or none has")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    functionalities: tuple[Functionality, ...]


@cache
def functionalities() -> tuple[Functionality, ...]:
    """Return every functionality, those to flag first."""
    return tuple(
        each
        for content in _contents()
        for each in _File.model_validate(parse_toml(content.decode())).functionalities
    )


@cache
def catalogue_digest() -> str:
    """Return the SHA-256 of the functionalities' files, which tells their versions apart."""
    return hashlib.sha256(b"".join(_contents())).hexdigest()


def _contents() -> list[bytes]:
    folder = files("evenhand.data") / "functionalities"
    return [(folder / name).read_bytes() for name in _FILES]
