"""Which techniques there are: evenhand's own, and those that other packages add.

Another package adds one by an entry point of the group `evenhand.techniques`, whose name is the
technique's and whose object is its class, a subclass of `Technique`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.plugins import Plugins
from evenhand.remediation.techniques.technique import Technique

CONTROL = "fine-tune"  # the control, which every other technique is judged by

_BUILT_IN = {
    "clp": "logit_pairing:LogitPairing",
    CONTROL: "fine_tuning:FineTuning",
    "cda": "augmentation:CounterfactualAugmentation",
    "mindiff": "min_diff:MinDiff",
    "reweight": "reweighting:Reweighting",
    "blind": "blinding:Blindness",
    "average": "blinding:Averaging",
}
TECHNIQUES = Plugins("technique", "evenhand.techniques", builtin=tuple(_BUILT_IN))
_NAME = re.compile("[a-z0-9][a-z0-9_-]*")  # it becomes the name of a folder, too


def technique_names() -> list[str]:
    """Return the names of all techniques: evenhand's own, then others' in alphabetical order."""
    return [*_BUILT_IN, *TECHNIQUES.names()]


def usable_techniques() -> Iterator[type[Technique]]:
    """Yield the classes of all techniques that can be loaded."""
    yield from map(_own, _BUILT_IN)
    for name in TECHNIQUES.names():
        try:
            yield _added(name)
        except ConfigurationError:
            continue  # an error once somebody asks for it


def techniques_in_words() -> str:
    """Return all techniques with what they do, for help pages."""
    return "; ".join(f"{each.name}: {each.summary}" for each in usable_techniques())


def technique_class(name: str) -> type[Technique]:
    """Return the class of a technique by its name.

    Raises:
        ConfigurationError: There is no such technique, what a package adds is not one, or it takes
            a name of evenhand's own.
    """
    return _own(name) if TECHNIQUES.is_builtin(name) else _added(name)


def _own(name: str) -> type[Technique]:
    module, _, attribute = _BUILT_IN[name].partition(":")
    found = getattr(import_module(f"evenhand.remediation.techniques.{module}"), attribute)
    technique: type[Technique] = found
    return technique


def _added(name: str) -> type[Technique]:
    found = TECHNIQUES.load(name, where="`technique`")
    if not (isinstance(found, type) and issubclass(found, Technique)):
        raise unusable(name, "does not stand for a subclass of evenhand.remediation.Technique")
    if getattr(found, "name", None) != name or not _NAME.fullmatch(name):
        raise unusable(name, "and its class need one name, of small letters, digits, - and _")
    return found


def unusable(name: str, what: str) -> ConfigurationError:
    """Return the error of a technique that a package adds wrongly.

    Args:
        name: The technique's name.
        what: What is wrong, as the rest of a sentence that begins with the entry point.
    """
    return ConfigurationError(
        f"the technique {name!r} cannot be used: its entry point {what}",
        where="`technique`",
        remedy="mend the package that adds it, or uninstall it",
    )
