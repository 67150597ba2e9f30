"""What is compared: techniques with their options, as users name them.

`clp` is a technique as it comes, and `clp:loss_weight=3,unseen_terms=true` one with options, whose
values are written as in TOML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import options_of
from evenhand.data.support.settings import accepts, describe, parse_value
from evenhand.data.support.suggest import did_you_mean
from evenhand.remediation.comparing.compare_options import USUAL
from evenhand.remediation.runtime.tensorflow import KerasGeneration
from evenhand.remediation.techniques.registry import technique_class, technique_names
from evenhand.remediation.techniques.technique import Technique


@dataclass(frozen=True)
class NamedTechnique:
    """One thing that is compared.

    Attributes:
        name: As it was asked for: ``"clp:loss_weight=3"``.
        technique: The technique, with its options settled for the baseline's Keras.
    """

    name: str
    technique: Technique

    @property
    def options(self) -> dict[str, Any]:
        """The technique's options in a form that JSON takes, with the names of files alone."""
        return {name: _plain(value) for name, value in self.technique.as_keywords().items()}


def named_techniques(
    asked: Sequence[str | Technique] | None, generation: KerasGeneration
) -> list[NamedTechnique]:
    """Return what is to be compared, each once.

    Args:
        asked: Techniques by name, with or without options, or made already; None for the usual
            ones that there are for this Keras.
        generation: The baseline's Keras.

    Raises:
        ConfigurationError: There is no such technique or option, an option has a value that it
            cannot have, or the technique cannot be used with this Keras.
    """
    found: list[NamedTechnique] = []
    for each in USUAL if asked is None else asked:
        try:
            named = _named(each, generation)
        except ConfigurationError:
            if asked is not None:
                raise
            continue
        if all(named.technique != other.technique for other in found):
            found.append(named)
    if not found:
        raise ConfigurationError(
            "there is nothing to compare", expected=f"some of {', '.join(technique_names())}"
        )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value


def _named(asked: str | Technique, generation: KerasGeneration) -> NamedTechnique:
    if isinstance(asked, Technique):
        return NamedTechnique(asked.name, asked.settled(generation))
    name, _, rest = asked.partition(":")
    of_class = technique_class(name.strip())
    declared, given = options_of(of_class), {}
    for part in filter(None, map(str.strip, rest.split(","))):
        key, equals, text = (each.strip() for each in part.partition("="))
        option = declared.get(key.replace("-", "_"))
        if option is None or not equals:
            raise ConfigurationError(
                f"the technique {of_class.name} has no option {key!r}"
                if equals
                else f"{part!r} gives no value to an option",
                where=f"`techniques`, {asked}",
                expected="NAME or NAME:OPTION=VALUE,OPTION=VALUE",
                remedy=did_you_mean(key, list(declared)),
            )
        value = parse_value(text)
        if not accepts(option.type, value):
            raise ConfigurationError(
                f"{option.name} is {text!r}",
                where=f"`techniques`, {asked}",
                expected=describe(option.type),
            )
        given[option.name] = value
    return NamedTechnique(asked, of_class(**given).settled(generation))
