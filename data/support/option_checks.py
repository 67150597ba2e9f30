"""Checks of options, for the command line, run files and Python alike.

An option is called by its flag in errors: ``batch_size`` is ``--batch-size``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from evenhand.data.errors import ConfigurationError

LARGEST_COUNT = 2**31 - 1  # of rows, words or steps at once; beyond it arrays could not count them
LARGEST_SEED = 2**32 - 1  # what NumPy and TensorFlow take


def flag(name: str) -> str:
    """Return the flag of an option, as errors name it."""
    return "--" + name.replace("_", "-")


def check_whole(
    name: str, value: Any, *, least: int = 1, most: int = LARGEST_COUNT, optional: bool = False
) -> None:
    """Check an option that is a whole number.

    Args:
        name: The option, as an argument of Python is called.
        value: Its value; true and false are no numbers.
        least: The smallest that is allowed.
        most: The largest that is allowed.
        optional: Whether it may be None.

    Raises:
        ConfigurationError: It is something else.
    """
    if value is None and optional:
        return
    whole = issubclass(type(value), Integral) and not isinstance(value, bool)
    if not (whole and least <= value <= most):
        wanted = f"{least} or more" if most == LARGEST_COUNT else f"from {least} to {most}"
        raise _wrong(name, value, f"a whole number, {wanted}")


def check_seed(value: Any, name: str = "seed") -> None:
    """Check a seed; raises ConfigurationError."""
    check_whole(name, value, least=0, most=LARGEST_SEED)


def check_number(
    name: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    optional: bool = False,
) -> None:
    """Check an option that is a finite number.

    Args:
        name: The option, as an argument of Python is called.
        value: Its value; true and false are no numbers.
        least, above: The smallest that is allowed, or what it has to be above of.
        most, below: The largest that is allowed, or what it has to be below of.
        optional: Whether it may be None.

    Raises:
        ConfigurationError: It is something else.
    """
    if value is None and optional:
        return
    fits = (
        issubclass(type(value), Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and (least is None or value >= least)
        and (above is None or value > above)
        and (most is None or value <= most)
        and (below is None or value < below)
    )
    if not fits:
        words = limits_in_words(least=least, above=above, most=most, below=below)
        raise _wrong(name, value, ", ".join(["a finite number", *words]))


def limits_in_words(**limits: float | None) -> list[str]:
    """Return the ends of a range in words; those that are None are left out."""
    words = {"least": "{:g} or more", "above": "above {:g}", "most": "{:g} or less"}
    return [
        words.get(kind, "below {:g}").format(limit)
        for kind, limit in limits.items()
        if limit is not None
    ]


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Check an option that is one of several words; raises ConfigurationError."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise _wrong(name, value, " or ".join(map(str, known)))


def check_list(name: str, value: Any) -> None:
    """Check an argument of Python that is a list; raises ConfigurationError.

    A string is none, though it is a sequence in Python: its characters would be taken one by one.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ConfigurationError(f"{name} is {value!r}", where=name, expected="a list")


def _wrong(name: str, value: Any, expected: str) -> ConfigurationError:
    shown = value if isinstance(value, str) else repr(value)
    return ConfigurationError(f"{flag(name)} is {shown}", where=flag(name), expected=expected)
