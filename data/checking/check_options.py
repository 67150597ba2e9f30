"""Options of checking pairs, each declared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import OnError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import FILES, PAIRING, REPORT, option


@dataclass(frozen=True, kw_only=True)
class CheckOptions(Dialect):
    """How to read pairs, and what to look at.

    Raises:
        ConfigurationError: An option is out of its range, or says something of what is not there.
    """

    terms: Sequence[str | Path] | None = option(
        None,
        "The name of a lexicon, or a file of terms, by which mixed groups and axes are told.",
        PAIRING,
        metavar="NAME|FILE",
        names="lexicons",
        unset="all that have a name",
    )
    on_error: OnError = option(
        "stop", "Stop at a row that cannot be used, or skip and count it.", FILES
    )
    fluency: str | None = option(
        None,
        "Rates texts: takes a list of str and returns a number for each, higher where it is more "
        "fluent, such as a language model's log-likelihood.",
        REPORT,
        metavar="MODULE:FUNCTION",
        names="code",
    )
    fluency_loss: float | None = option(
        None,
        "Count pairs whose counterfactual is rated lower by more than this.",
        REPORT,
        least=0,
        unset="0",
    )
    examples: int = option(3, "Pairs to show of each kind.", REPORT, least=0, most=1000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.terms is not None and not self.terms:
            raise ConfigurationError(
                "there is no lexicon to go by", where="`terms`", expected="at least one"
            )
        if self.fluency_loss is not None and self.fluency is None:
            raise ConfigurationError(
                "there is no function that rates texts",
                where="`fluency_loss`",
                remedy="name one with `fluency`, or leave it out",
            )

    @property
    def dialect(self) -> Dialect:
        """How text files are written."""
        return self.chosen_for(Dialect)
