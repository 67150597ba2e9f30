"""What other packages add to evenhand, found by its name among their entry points.

Each kind of thing has its `Plugins`, which alone decides whose a name is.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, distributions
from itertools import chain
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.suggest import did_you_mean

_GROUPS = "evenhand."  # what the names of evenhand's groups of entry points begin with


def declared(group: str) -> list[EntryPoint]:
    """Return the entry points of a group of evenhand's, in alphabetical order of their names.

    They are looked up once in a process, and again where packages may have come or gone: where the
    path of modules, or a folder on it, is another.
    """
    places = tuple((place, _changed_at(place)) for place in sys.path)
    return [point for point in _all_declared(places) if point.group == group]


@lru_cache(maxsize=1)
def _all_declared(places: Sequence[tuple[str, int]]) -> tuple[EntryPoint, ...]:
    # `entry_points` parses those of every package, which takes twice as long.
    points: dict[str, list[EntryPoint]] = {}
    for package in distributions():
        text = package.read_text("entry_points.txt")
        if text is None or _GROUPS not in text:
            continue
        name = package.name if package.read_text("METADATA") else text
        if name not in points:  # the first on the path hides another version
            points[name] = [
                point for point in package.entry_points if point.group.startswith(_GROUPS)
            ]
    return tuple(sorted(chain.from_iterable(points.values()), key=lambda point: point.name))


def _changed_at(place: str) -> int:
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:  # a path may name what is not there
        return 0


@dataclass(frozen=True)
class Plugins:
    """The entry points of one group.

    Attributes:
        kind: What each of them is, in errors: "method".
        group: The group's name: "evenhand.methods".
        builtin: Names that evenhand has itself, which nobody else may use.
    """

    kind: str
    group: str
    builtin: Collection[str] = ()

    def names(self) -> list[str]:
        """Return the names that other packages add to evenhand's own, in alphabetical order."""
        return sorted({point.name for point in declared(self.group)} - {*self.builtin})

    def packages(self) -> dict[str, str]:
        """Return the packages that add something, and the version of each."""
        found = (point.dist for point in declared(self.group))
        return {dist.name: dist.version for dist in found if dist is not None}

    def is_builtin(self, name: str) -> bool:
        """Return whether evenhand has what is called `name` itself.

        Raises:
            ConfigurationError: It has, and a package adds another one, which may be what is meant.
        """
        if name not in self.builtin:
            return False
        if added := self._declared_as(name):
            raise ConfigurationError(
                f"the {self.kind} {name!r} is evenhand's own, and a package adds another one",
                where=self._places(added),
                remedy="give it another name, or uninstall the package",
            )
        return True

    def place_of(self, name: str) -> str:
        """Return where what a package adds is declared, for errors about it."""
        return f"entry point {name} ({self.group})"

    def load(self, name: str, *, where: str, or_else: str = "") -> Any:
        """Return the object that the entry point `name` stands for.

        Args:
            name: The entry point's name.
            where: The option that the name was given for, for errors.
            or_else: What could be given in place of a name, for errors.

        Raises:
            ConfigurationError: There is none of that name or more than one, evenhand uses the name
                itself, or it cannot be loaded.
        """
        if not (found := self._declared_as(name)):
            known = [*self.builtin, *self.names()]
            raise ConfigurationError(
                f"there is no {self.kind} {name!r}",
                where=where,
                expected=f"one of {', '.join(known)}" + (f", or {or_else}" if or_else else ""),
                remedy=did_you_mean(name, known),
            )
        return self._loaded(name, found)

    def load_all(self) -> dict[str, Any]:
        """Return every object that other packages add, by name, in alphabetical order.

        Raises:
            ConfigurationError: Two have one name, one has a name that evenhand uses itself, or one
                cannot be loaded.
        """
        names = dict.fromkeys(point.name for point in declared(self.group))
        return {name: self._loaded(name, self._declared_as(name)) for name in names}

    def _declared_as(self, name: str) -> list[EntryPoint]:
        return [point for point in declared(self.group) if point.name == name]

    def _loaded(self, name: str, found: list[EntryPoint]) -> Any:
        self.is_builtin(name)
        if len(found) > 1:
            raise ConfigurationError(
                f"{len(found)} packages add a {self.kind} {name!r}",
                where=self._places(found),
                remedy="uninstall all but one of them",
            )
        try:
            return found[0].load()
        except (Exception, SystemExit) as error:  # whatever a module does that is run
            raise ConfigurationError(
                f"the {self.kind} cannot be loaded ({type(error).__name__}: {error})",
                where=self._places(found),
                remedy="mend the package that adds it, or uninstall it",
            ) from error

    def _places(self, found: list[EntryPoint]) -> str:
        """Return where entry points are declared, for a reader who has to find their packages."""
        places = (
            f"{point.name} = {point.value} of {point.dist.name if point.dist else 'some package'}"
            for point in found
        )
        return f"entry point {', '.join(places)} ({self.group})"
