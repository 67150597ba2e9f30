"""The quality of a dataset's pairs, as its manifest and the reports on it hold it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class LengthRatios(BaseModel):
    """How long counterfactuals are, in characters, over the length of their originals.

    Attributes:
        median: Half of the pairs have a ratio up to this, to two decimals.
        p5: So have 5 % of them.
        p95: So have 95 % of them.
        outside: The share of the pairs with a ratio below 0.5 or above 2.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    median: Ratio
    p5: Ratio
    p95: Ratio
    outside: Share


class PairQuality(BaseModel):
    """What checking pairs has found; `evenhand.data.checking.pair_checks` defines each check.

    Attributes:
        checked: Pairs that were checked: all of them, or a sample.
        grammar_errors: Those of them with at least one fault of grammar that the edit brought.
        faults: Those that each check has found something in, by the check's name.
        length_ratios: How their lengths compare; None where no pair was checked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    checked: Count
    grammar_errors: Count
    faults: dict[str, Count]
    length_ratios: LengthRatios | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> PairQuality:
        if max([self.grammar_errors, *self.faults.values()]) > self.checked:
            raise ValueError("there are more pairs with a fault than pairs that were checked")
        return self

    @property
    def grammar_error_share(self) -> float | None:
        """The share of the checked pairs with a grammar error; None where none was checked."""
        return self.grammar_errors / self.checked if self.checked else None
