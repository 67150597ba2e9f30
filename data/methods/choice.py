"""Make the method of pairing that a user names."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evenhand.data.english.taggers import tagger_of
from evenhand.data.errors import ConfigurationError
from evenhand.data.lexicons.entries import Lexicon
from evenhand.data.lexicons.neutral_forms import has_neutral_forms
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.methods.ablation import AblationMethod
from evenhand.data.methods.base import PairMethod
from evenhand.data.methods.custom import ABLATE, METHODS, NEUTRAL, SUBSTITUTE, CustomMethod
from evenhand.data.methods.neutral import NeutralMethod
from evenhand.data.methods.substitution import Axes, SubstitutionMethod

NamesChoice = Literal["leave-out", "swap"]

_LOG = logging.getLogger("evenhand")


def default_method(lexicons: Sequence[Lexicon]) -> str:
    """Return the method where none is named: "neutral", or "ablate" with a remark.

    It is ablation, which any word will do for, where a lexicon leaves open what is neutral: one
    method makes all pairs, so that they can be counted together.
    """
    lacking = [lexicon.name for lexicon in lexicons if not has_neutral_forms(lexicon)]
    if not lacking:
        return NEUTRAL
    _LOG.warning(
        f"terms are taken out (the method {ABLATE}), since the lexicon {lacking[0]} does not have "
        "neutral forms for all of its terms"
    )
    return ABLATE


@dataclass(frozen=True)
class MethodChoice:
    """A method of pairing by its name, with its options.

    Attributes:
        name: "ablate", "neutral", "substitute", or one's own: see `evenhand.data.methods.custom`.
        per_example: Counterfactuals of an example at most, drawn by seed; substitution only.
        seed: Decides the draw.
        spacy_pipeline: Installed spaCy pipeline that tells forms with the same spelling apart in
            place of the rules; substitution only.
        tagger: Name of what does that: ``"rules"``, or a tagger that a package adds; substitution
            only. See `evenhand.data.english.taggers`.
        axes: ``"apart"``, the default: each lexicon has pairs of its own; or ``"together"``: the
            terms of all change in one; substitution only.
        names: ``"leave-out"``, the default: a given name that tells the group voids a pair; or
            ``"swap"``: given names are exchanged, too; substitution only.

    Raises:
        ConfigurationError: An option is not the method's.
    """

    name: str
    per_example: int | None = None
    seed: int = 0
    spacy_pipeline: str | None = None
    tagger: str | None = None
    axes: Axes | None = None
    names: NamesChoice | None = None

    def __post_init__(self) -> None:
        for name in ("per_example", "spacy_pipeline", "tagger", "axes", "names"):
            if self.name != SUBSTITUTE and getattr(self, name) is not None:
                raise ConfigurationError(
                    f"the method {self.name!r} has no use for `{name}`",
                    where=f"`{name}`",
                    remedy="leave it out, or choose the method substitute",
                )
        if self.tagger is not None and self.spacy_pipeline is not None:
            raise ConfigurationError(
                "`tagger` and `spacy_pipeline` both say what tells forms apart", remedy="give one"
            )

    @property
    def finds_names(self) -> bool:
        """Whether the terms to look for include given names."""
        return self.names == "swap"

    def make(self, matcher: TermMatcher) -> PairMethod:
        """Return the method, working on the terms that `matcher` finds.

        Raises:
            ConfigurationError: There is no such method or tagger, or it cannot be used.
            UnavailableError: spaCy or the pipeline is not installed.
        """
        if not METHODS.is_builtin(self.name):
            return CustomMethod(self.name, matcher)
        if self.name == SUBSTITUTE:
            tagger = tagger_of(self.tagger, self.spacy_pipeline)
            return SubstitutionMethod(
                matcher,
                per_example=self.per_example,
                seed=self.seed,
                tagger=tagger,
                axes=self.axes or "apart",
            )
        if self.name == NEUTRAL:
            return NeutralMethod(matcher)
        return AblationMethod(matcher)
