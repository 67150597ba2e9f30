"""Checks of options, for the command line, run files and Python alike.

Errors name an option as an argument of Python is called; the command line puts its flag there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError, OptionError

LARGEST_COUNT = 2**31 - 1  # of rows, words or steps at once; beyond it arrays could not count them
LARGEST_SEED = 2**32 - 1  # what NumPy and TensorFlow take


def check_whole(
    name: str, value: Any, *, least: int = 1, most: int = LARGEST_COUNT, may_be_none: bool = False
) -> None:
    """Check an option that is a whole number.

    Args:
        name: The option, as an argument of Python is called.
        value: Its value; true and false are no numbers.
        least: The smallest that is allowed.
        most: The largest that is allowed.
        may_be_none: Whether it may be None.

    Raises:
        OptionError: It is something else.
    """
    if value is None and may_be_none:
        return
    is_whole = issubclass(type(value), Integral) and not isinstance(value, bool)
    if not (is_whole and least <= value <= most):
        is_open = most == LARGEST_COUNT and not (is_whole and value > most)
        limits = f"{least} or more" if is_open else f"from {least} to {most}"
        raise OptionError(name, limits if is_whole else f"a whole number, {limits}", value)


def check_seed(value: Any, name: str = "seed") -> None:
    """Check a seed; raises OptionError."""
    check_whole(name, value, least=0, most=LARGEST_SEED)


def check_number(
    name: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    may_be_none: bool = False,
    words: Iterable[str] = (),
) -> None:
    """Check an option that is a finite number.

    Args:
        name: The option, as an argument of Python is called.
        value: Its value; true and false are no numbers.
        least, above: The smallest that is allowed, or what it has to be above of.
        most, below: The largest that is allowed, or what it has to be below of.
        may_be_none: Whether it may be None.
        words: What else it may be; named in the error, and not checked here.

    Raises:
        OptionError: It is something else.
    """
    if value is None and may_be_none:
        return
    is_number = (
        issubclass(type(value), Real) and not isinstance(value, bool) and math.isfinite(value)
    )
    fits = (
        is_number
        and (least is None or value >= least)
        and (above is None or value > above)
        and (most is None or value <= most)
        and (below is None or value < below)
    )
    if not fits:
        limits = " and ".join(limits_in_words(least=least, above=above, most=most, below=below))
        kind = ", ".join(filter(None, ("a finite number", limits)))
        expected = ", or ".join((limits if is_number else kind, *words))
        raise OptionError(name, expected, value)


def check_threshold(threshold: float, where: str) -> None:
    """Raise ConfigurationError if reports cannot have a threshold, a number from 0 up to 1.

    TFMA writes thresholds into metric names without exponents.
    """
    if "e" in str(float(threshold)):
        raise ConfigurationError(
            f"the threshold {threshold:g} cannot be used",
            where=where,
            expected="0, or a number from 0.0001 up to, but not including, 1",
        )


def limits_in_words(**limits: float | None) -> list[str]:
    """Return the ends of a range in words; those that are None are left out."""
    words = {"least": "{:g} or more", "above": "above {:g}", "most": "{:g} or less"}
    return [
        words.get(kind, "below {:g}").format(limit)
        for kind, limit in limits.items()
        if limit is not None
    ]


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Check an option that is one of several words; raises OptionError."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise OptionError(name, " or ".join(map(str, known)), value)


def as_list(name: str, value: Any) -> list[Any]:
    """Return a list of names or paths; a single one is a list of one. Raises OptionError."""
    if isinstance(value, str | Path):
        return [value]
    check_list(name, value)
    return list(value)


def check_list(name: str, value: Any) -> None:
    """Check an option that is a list; raises OptionError.

    A string does not count, although it is a sequence: its characters would be taken one by one.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise OptionError(name, "a list", value)
