"""One's own method of making counterfactuals: a function, named by its module or an entry point.

The function takes a list of texts, each with at least one term, and returns a list as long: for
each text a counterfactual (str), several (a list of str), or None. It gets the texts in batches of
any size, in any order and, with several workers, in several processes; so what it makes of a text
should depend on that text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import JsonValue

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import terms_and_groups
from evenhand.data.methods.base import Counterfactual, Skipped
from evenhand.data.support.plugins import Plugins
from evenhand.data.support.user_code import called_with_texts, import_attribute

NO_COUNTERFACTUAL = "the method gives no counterfactual"
UNCHANGED = "the method leaves the text as it is"
EMPTY = "the method leaves nothing of the text"

ABLATE, NEUTRAL, SUBSTITUTE = "ablate", "neutral", "substitute"  # evenhand's own
METHODS = Plugins("method", "evenhand.methods", builtin=(ABLATE, NEUTRAL, SUBSTITUTE))

Function = Callable[[list[str]], Sequence[str | Sequence[str] | None]]


class CustomMethod:
    """A user's function as a `evenhand.data.methods.base.PairMethod`.

    A pair's terms and groups are those that the lexicons find in the original.

    Args:
        name: ``package.module:function``, looked for in the working folder too, or the name of an
            entry point of the group ``evenhand.methods``.
        matcher: Finds the terms.

    Raises:
        ConfigurationError: There is no such function.
    """

    options: Mapping[str, JsonValue] = MappingProxyType({})

    def __init__(self, name: str, matcher: TermMatcher) -> None:
        self.name = name
        self._matcher = matcher
        if ":" in name:
            found = import_attribute(name, where=f"`method` {name}", error=ConfigurationError)
        else:
            found = METHODS.load(name, where="`method`", or_else="package.module:function")
        self._function = _callable(found, name)

    def __call__(self, texts: Sequence[str]) -> list[Sequence[Counterfactual] | Skipped]:
        """Return for each text its counterfactuals; see `evenhand.data.methods.base.PairMethod`.

        Raises:
            InputError: The function fails or returns something else than it should.
        """
        found = self._matcher.find_all(texts)
        given = [text for text, matches in zip(texts, found, strict=True) if matches]
        made = iter(self._made(given))
        outcomes: list[Sequence[Counterfactual] | Skipped] = []
        for text, matches in zip(texts, found, strict=True):
            if not matches:
                outcomes.append(())
                continue
            names = terms_and_groups(matches)
            result = next(made)
            changed = [other for other in dict.fromkeys(result) if other != text]
            whole = [other for other in changed if other.strip()]
            if whole:
                outcomes.append([Counterfactual(other, *names) for other in whole])
            elif changed:
                outcomes.append(Skipped(EMPTY))
            else:
                outcomes.append(Skipped(UNCHANGED if result else NO_COUNTERFACTUAL))
        return outcomes

    def _made(self, texts: list[str]) -> list[list[str]]:
        if not texts:
            return []
        where = f"`method` {self.name}"
        made = called_with_texts(self._function, texts, what="the method", where=where)
        if len(made) != len(texts):
            raise self._wrong(f"{len(made)} results for {len(texts)} texts")
        lists = []
        for result in made:
            if not (result is None or isinstance(result, str | list | tuple)):
                raise self._wrong(f"a {type(result).__name__}")
            several = [result] if isinstance(result, str) else list(result or ())
            for text in several:
                if not isinstance(text, str):
                    raise self._wrong(f"a {type(text).__name__}")
                try:
                    text.encode()
                except UnicodeEncodeError as error:
                    raise self._wrong("half of a surrogate pair, not a text") from error
            lists.append(several)
        return lists

    def _wrong(self, what: str) -> InputError:
        return InputError(
            f"the method returned {what}",
            where=f"`method` {self.name}",
            expected="for each text a str, a list of str, or None",
        )


def _callable(found: Any, name: str) -> Function:
    if not callable(found):
        raise ConfigurationError(f"{name!r} is not a function", where=f"`method` {name}")
    function: Function = found
    return function
