"""How fluent texts are, by a function that the user names, such as a language model's score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.support.user_code import called_with_texts, import_attribute

_WHERE = "`fluency`"
_LARGEST = 1e100  # sums of such numbers are still numbers
_EXPECTED = "for each text a finite number, higher where it is more fluent"


class Fluency:
    """A user's function of a list of str that rates each: higher is more fluent.

    Args:
        name: ``package.module:function``, looked for in the working folder too.

    Raises:
        ConfigurationError: There is no such function.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        found = import_attribute(name, where=f"{_WHERE} {name}", error=ConfigurationError)
        if not callable(found):
            raise ConfigurationError(f"{name!r} is not a function", where=f"{_WHERE} {name}")
        self._function: Callable[[list[str]], Any] = found

    def changes(self, originals: Sequence[str], counterfactuals: Sequence[str]) -> list[float]:
        """Return by how much each counterfactual is rated above its original, below it negative.

        Each different text is rated once.

        Raises:
            InputError: The function fails, or returns something else than a finite number a text.
        """
        texts = list(dict.fromkeys([*originals, *counterfactuals]))
        rates = dict(zip(texts, self._rates(texts), strict=True))
        return [
            rates[counterfactual] - rates[original]
            for original, counterfactual in zip(originals, counterfactuals, strict=True)
        ]

    def _rates(self, texts: list[str]) -> list[float]:
        where = f"{_WHERE} {self.name}"
        found = called_with_texts(self._function, texts, what="the fluency function", where=where)
        if len(found) != len(texts):
            raise self._wrong(f"{len(found)} numbers for {len(texts)} texts")
        rates = []
        for rate in found:
            if not isinstance(rate, Real) or isinstance(rate, bool):
                raise self._wrong(f"a {type(rate).__name__}")
            number = float(rate)
            if not abs(number) <= _LARGEST:  # nor if it is no number
                raise self._wrong(f"{number}")
            rates.append(number)
        return rates

    def _wrong(self, what: str) -> InputError:
        return InputError(
            f"the fluency function returned {what}",
            where=f"{_WHERE} {self.name}",
            expected=_EXPECTED,
        )
