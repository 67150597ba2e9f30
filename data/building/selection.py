"""Which texts are paired, of those that a method could pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from evenhand.data.building.build_options import PairLabels
from evenhand.data.errors import ConfigurationError
from evenhand.data.methods.base import Counterfactual
from evenhand.data.support.option_checks import LARGEST_COUNT

NOT_NEGATIVE = "the label is not negative"
TOO_SHORT = "fewer words than the minimum"
TOO_LONG = "more words than the maximum"
TOO_MANY_TERMS = "more different terms than the maximum"

_NEGATIVE_UP_TO = 0.5  # as a score at the reports' first threshold


@dataclass(frozen=True)
class Selection:
    """What a text must be like to be paired; a word is a run of characters without white space.

    `evenhand.data.building.build_options.PairOptions` says what the attributes are, and checks
    each. Only texts with a label of 0.5 or less are "negative". Removing a term from a toxic text
    can change what it means (the asymmetric counterfactuals of Garg et al. 2019, arXiv 1809.10610).

    Raises:
        ConfigurationError: The limits leave nothing in.
    """

    pair_labels: PairLabels = "all"
    min_tokens: int | None = None
    max_tokens: int | None = None
    max_terms: int | None = None

    def __post_init__(self) -> None:
        if (self.min_tokens or 1) > (self.max_tokens or LARGEST_COUNT):
            raise ConfigurationError(
                f"no text has {self.min_tokens} words or more, and {self.max_tokens} or fewer",
                where="`min_tokens`, `max_tokens`",
            )

    @property
    def options(self) -> dict[str, JsonValue]:
        """What was chosen, for the manifest; nothing if every text is paired."""
        chosen = asdict(self)
        return {name: chosen[name] for name in chosen if chosen[name] not in (None, "all")}

    def surely_accepts(
        self, texts: pa.Array, labels: pa.Array, counterfactuals: pa.Array, terms: pa.Array
    ) -> pa.BooleanArray:
        """Tell which pairs `refusal` and `accepted` let through, all at once.

        Args:
            texts: string, with no white space but ASCII's.
            labels: float32, null where a text has none.
            counterfactuals: string, with no white space but ASCII's.
            terms: How many different terms are edited in each text.
        """
        mask = pa.array(np.ones(len(texts), bool))
        if self.pair_labels == "negative":
            mask = pc.fill_null(pc.less_equal(labels, _NEGATIVE_UP_TO), False)
        if self.min_tokens is not None:
            tokens = pc.min_element_wise(_tokens(texts), _tokens(counterfactuals))
            mask = pc.and_(mask, pc.greater_equal(tokens, self.min_tokens))
        if self.max_tokens is not None:
            mask = pc.and_(mask, pc.less_equal(_tokens(texts), self.max_tokens))
        if self.max_terms is not None:
            mask = pc.and_(mask, pc.less_equal(terms, self.max_terms))
        return mask

    def refusal(self, text: str, label: float | None) -> str | None:
        """Return why a text is not to be paired, None if it is."""
        if self.pair_labels == "negative" and (label is None or label > _NEGATIVE_UP_TO):
            return NOT_NEGATIVE
        if self.min_tokens is None and self.max_tokens is None:
            return None
        tokens = len(text.split())
        if self.min_tokens is not None and tokens < self.min_tokens:
            return TOO_SHORT
        if self.max_tokens is not None and tokens > self.max_tokens:
            return TOO_LONG
        return None

    def accepted(
        self, counterfactuals: Sequence[Counterfactual]
    ) -> tuple[Sequence[Counterfactual], str]:
        """Return those counterfactuals of a text that may be its pairs, and why others may not."""
        reason = ""
        if self.max_terms is not None:
            few = [pair for pair in counterfactuals if len(pair.terms) <= self.max_terms]
            reason = TOO_MANY_TERMS if len(few) < len(counterfactuals) else reason
            counterfactuals = few
        if self.min_tokens is not None:
            long = [pair for pair in counterfactuals if len(pair.text.split()) >= self.min_tokens]
            reason = TOO_SHORT if len(long) < len(counterfactuals) else reason
            counterfactuals = long
        return counterfactuals, reason


def _tokens(texts: pa.Array) -> pa.Array:
    return pc.count_substring_regex(texts, r"[^\t-\r\x1c-\x20]+")
