"""Make the method of pairing that a user names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from evenhand.data.ablation import AblationMethod
from evenhand.data.errors import ConfigurationError
from evenhand.data.matching import TermMatcher
from evenhand.data.methods import PairMethod
from evenhand.data.spacy_tagger import SpacyTagger
from evenhand.data.substitution import SubstitutionMethod
from evenhand.data.suggest import did_you_mean
from evenhand.data.tagging import RuleTagger

MethodName = Literal["ablate", "substitute"]


@dataclass(frozen=True)
class MethodChoice:
    """A method of pairing by its name, with its options.

    Attributes:
        name: "ablate" or "substitute".
        per_example: Counterfactuals of an example at most, drawn by seed; substitution only.
        seed: Decides the draw.
        spacy_pipeline: Installed spaCy pipeline that tells forms with the same spelling apart in
            place of the rules; substitution only.
    """

    name: MethodName = "ablate"
    per_example: int | None = None
    seed: int = 0
    spacy_pipeline: str | None = None

    def make(self, matcher: TermMatcher) -> PairMethod:
        """Return the method, working on the terms that `matcher` finds.

        Raises:
            ConfigurationError: There is no such method, or an option is wrong or not the method's.
            UnavailableError: spaCy or the pipeline is not installed.
        """
        if self.name == "substitute":
            tagger = (
                RuleTagger() if self.spacy_pipeline is None else SpacyTagger(self.spacy_pipeline)
            )
            return SubstitutionMethod(
                matcher, per_example=self.per_example, seed=self.seed, tagger=tagger
            )
        if self.name != "ablate":
            raise ConfigurationError(
                f"there is no method {self.name!r}",
                expected=f"one of {', '.join(get_args(MethodName))}",
                remedy=did_you_mean(self.name, get_args(MethodName)),
            )
        for option in ("per_example", "spacy_pipeline"):
            if getattr(self, option) is not None:
                raise ConfigurationError(
                    "ablation makes one counterfactual of a text and has no use for this option",
                    where=option,
                    remedy='leave it out, or choose the method "substitute"',
                )
        return AblationMethod(matcher)
