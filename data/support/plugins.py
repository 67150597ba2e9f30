"""What other packages add to evenhand, found by its name among their entry points."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.suggest import did_you_mean


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
        """Return the names of what other packages add, in alphabetical order."""
        return sorted({point.name for point in entry_points(group=self.group)})

    def packages(self) -> dict[str, str]:
        """Return the packages that add something, and the version of each."""
        found = (point.dist for point in entry_points(group=self.group))
        return {dist.name: dist.version for dist in found if dist is not None}

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
            ConfigurationError: There is none of that name or more than one, or it cannot be loaded.
        """
        found = [point for point in entry_points(group=self.group) if point.name == name]
        if not found:
            known = [*self.builtin, *self.names()]
            raise ConfigurationError(
                f"there is no {self.kind} {name!r}",
                where=where,
                expected=f"one of {', '.join(known)}" + (f", or {or_else}" if or_else else ""),
                remedy=did_you_mean(name, known),
            )
        return self._loaded(found)

    def load_all(self) -> dict[str, Any]:
        """Return every object that other packages add, by name, in alphabetical order.

        Raises:
            ConfigurationError: Two have one name, one has a name that evenhand uses itself, or one
                cannot be loaded.
        """
        by_name: dict[str, list[EntryPoint]] = {}
        for point in sorted(entry_points(group=self.group), key=lambda point: point.name):
            by_name.setdefault(point.name, []).append(point)
        return {name: self._loaded(found) for name, found in by_name.items()}

    def _loaded(self, found: list[EntryPoint]) -> Any:
        point = found[0]
        if point.name in self.builtin:
            raise ConfigurationError(
                f"the {self.kind} {point.name!r} is evenhand's own, and a package adds another one",
                where=self._places(found),
                remedy="give it another name, or uninstall the package",
            )
        if len(found) > 1:
            raise ConfigurationError(
                f"{len(found)} packages add a {self.kind} {point.name!r}",
                where=self._places(found),
                remedy="uninstall all but one of them",
            )
        try:
            return point.load()
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
