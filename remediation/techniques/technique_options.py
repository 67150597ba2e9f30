"""The options of all techniques as a part of a training's or a sweep's, and which belong to which.

The techniques declare them. `with_techniques` adds them to a class of a training's options, and so
to the command line, run files and Python. The option `technique` decides which of them can be
given.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import field, make_dataclass, replace
from typing import Any, TypeVar

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import Option, Options, options_of
from evenhand.remediation.techniques.registry import (
    technique_class,
    unusable,
    usable_techniques,
)
from evenhand.remediation.techniques.technique import Technique

OfTraining = TypeVar("OfTraining", bound=type[Options])


def with_techniques(*, takes_several: bool) -> Callable[[OfTraining], OfTraining]:
    """Add the options of all techniques to a class of options of a training: its decorator.

    In that class, None means that an option was not given. Its objects are checked: they may have
    options of the chosen technique only. A technique that cannot be loaded, or that declares an
    option of another one's, is left out here; choosing it is an error.

    Args:
        takes_several: Whether several values can be given for what a sweep varies.
    """

    def extended(of_class: OfTraining) -> OfTraining:
        own, added = options_of(of_class), dict[str, Option]()
        for technique in usable_techniques():
            found = _as_asked_for(technique, takes_several)
            taken = {**added, **own}
            if all(name not in taken or _are_one(taken[name], found[name]) for name in found):
                added |= {
                    name: _shared(added[name], each, technique.name) if name in added else each
                    for name, each in found.items()
                }

        def check(options: Any) -> None:
            of_class.__post_init__(options)
            techniques_to_try(options) if takes_several else chosen_technique(options)

        fields = [
            (name, each.type, field(default=None, metadata={"option": each}))
            for name, each in added.items()
        ]
        names = {
            "__module__": of_class.__module__,
            "__doc__": of_class.__doc__,
            "__post_init__": check,
            "of_techniques": tuple(added),
        }
        made: OfTraining = make_dataclass(  # type: ignore[assignment]
            of_class.__name__, fields, bases=(of_class,), namespace=names, frozen=True, kw_only=True
        )
        return made

    return extended


def chosen_technique(options: Any) -> Technique:
    """Return the technique that the options of a training ask for, with its options.

    Args:
        options: Of a class that `with_techniques` extended; `technique` is a name or a `Technique`.

    Raises:
        ConfigurationError: There is no such technique, or it does not have an option given.
    """
    if isinstance(options.technique, Technique):
        _check_none_given(options)
        return options.technique
    of_class = technique_class(options.technique)
    return of_class(**_given(options, of_class, takes_several=False))


def techniques_to_try(options: Any) -> list[Technique]:
    """Return the techniques that the options of a sweep ask for, one for each of its trials.

    A technique that has no option to vary can be tried at several learning rates.

    Raises:
        ConfigurationError: There is no such technique, it has no option to vary and there is one
            learning rate, it does not have an option given, or there is nothing to try.
    """
    if isinstance(options.technique, Technique):
        _check_none_given(options)
        of_class, given = type(options.technique), options.technique.as_keywords()
    else:
        of_class = technique_class(options.technique)
        given = _given(options, of_class, takes_several=True)
    tried = of_class.tried
    if not tried and len(options.rates_to_try) < 2:
        raise ConfigurationError(
            f"the technique {of_class.name} has no option that a sweep varies",
            where="`technique`",
            remedy="give several values of `learning_rate`, or train it by remediate train",
        )
    values = [given.pop(_several(name), usual) for name, usual in tried.items()]
    if not all(values):
        raise ConfigurationError(
            "there is nothing to try", expected=f"a value of {' and of '.join(tried)}"
        )
    points = (dict(zip(tried, point, strict=True)) for point in itertools.product(*values))
    return [of_class(**{**given, **point}) for point in points]


def technique_in_full(options: Any) -> dict[str, Any]:
    """Return the name and all options of the technique asked for, defaults included.

    Options have their names in `options`, which may be a training's or a sweep's.
    """
    of_class = technique_class(options.technique)
    found: dict[str, Any] = {"technique": of_class.name}
    for name, each in options_of(of_class).items():
        plural = _several(name)
        varied = plural in type(options).of_techniques and name in of_class.tried
        usual = list(of_class.tried[name]) if varied else each.default
        given = getattr(options, plural if varied else name)
        found[plural if varied else name] = usual if given is None else given
    return found


def _as_asked_for(of_class: type[Technique], takes_several: bool) -> dict[str, Option]:
    """Return a technique's options as those of a training, where None means not given."""
    found = {}
    for name, each in options_of(of_class).items():
        usual, type_ = each.unset or str(each.default), each.type
        if takes_several and name in of_class.tried:
            name, tried = _several(name), of_class.tried[name]
            usual = usual if tuple(tried) == (None,) else ", ".join(map(_shown, tried))
            type_ = Sequence[type_]  # type: ignore[valid-type]
        found[name] = replace(each, name=name, type=type_ | None, default=None, unset=usual)
    return found


def _given(options: Any, of_class: type[Technique], *, takes_several: bool) -> dict[str, Any]:
    """Return the options of techniques that were given, once all are found to be this one's."""
    declared, names = options_of(type(options)), type(options).of_techniques
    its_own = _as_asked_for(of_class, takes_several)
    for name, each in its_own.items():
        if name not in names or not _are_one(declared[name], each):
            raise unusable(of_class.name, f"declares the option {name}, which is another's")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    for name in given:
        if name not in its_own:
            others = [
                each.name
                for each in usable_techniques()
                if name in _as_asked_for(each, takes_several)
            ]
            raise ConfigurationError(
                f"the technique {of_class.name} has no option `{name}`",
                where=f"`{name}`",
                remedy=f"leave it out, or choose the technique {' or '.join(others)}",
            )
    return given


def _check_none_given(options: Any) -> None:
    """Check that no option of a technique is given beside one that was made with its own."""
    for name in type(options).of_techniques:
        if getattr(options, name) is not None:
            raise ConfigurationError(
                f"`{name}` is given beside a technique that was made already",
                where=f"`{name}`",
                remedy="give it to the technique, where it has such an option",
            )


def _are_one(option: Option, other: Option) -> bool:
    """Return whether two techniques can share an option: it has one type in both."""
    return bool(option.type == other.type)


def _shared(option: Option, other: Option, technique: str) -> Option:
    """Return an option of several techniques, which says so where another default holds."""
    if option.unset == other.unset:
        return option
    return replace(option, unset=f"{option.unset}; {technique}: {other.unset}")


def _several(name: str) -> str:
    """Return what an option is called where it takes several values: "losses"."""
    return name + ("es" if name.endswith("s") else "s")


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
