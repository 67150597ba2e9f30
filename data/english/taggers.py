"""The taggers that there are, by name; `evenhand.data.english.tagging` says what a tagger is.

Another package adds one with an entry point of the group ``evenhand.taggers``. Its name is what
users ask for, such as that of the language whose forms it tells apart. It stands for the tagger, or
for a class or function without arguments that makes it.
"""

from __future__ import annotations

from evenhand.data.english.spacy_tagger import SpacyTagger
from evenhand.data.english.tagging import RuleTagger, Tagger
from evenhand.data.errors import ConfigurationError
from evenhand.data.support.plugins import Plugins

RULES = "rules"  # the default, for English
SPACY = "spacy"  # has an option of its own, which names the pipeline
TAGGERS = Plugins("tagger", "evenhand.taggers", builtin=(RULES, SPACY))


def tagger_of(name: str | None, spacy_pipeline: str | None) -> Tagger:
    """Return the tagger that a user names, or the default.

    Args:
        name: ``"rules"``, or that of a tagger that a package adds; None for the default.
        spacy_pipeline: Installed spaCy pipeline to ask in its place, or None.

    Raises:
        ConfigurationError: There is no such tagger, or it cannot be used.
        UnavailableError: spaCy or the pipeline is not installed.
    """
    asked_for = SPACY if spacy_pipeline is not None else name or RULES
    if not TAGGERS.is_builtin(asked_for):
        return _added(asked_for)
    if asked_for == RULES:
        return RuleTagger()
    if spacy_pipeline is None:
        raise ConfigurationError(
            "the tagger spacy asks a pipeline, and none is named",
            where=f"`tagger` {SPACY}",
            remedy="name the pipeline with `spacy_pipeline`, and leave out `tagger`",
        )
    return SpacyTagger(spacy_pipeline)


def _added(name: str) -> Tagger:
    found = TAGGERS.load(name, where=f"`tagger` {name}")
    try:
        made = found if hasattr(found, "slot") and not isinstance(found, type) else found()
    except (Exception, SystemExit) as error:
        raise ConfigurationError(
            f"the tagger cannot be made ({type(error).__name__}: {error})",
            where=f"`tagger` {name}",
            remedy="mend the package that adds it, or uninstall it",
        ) from error
    if not (isinstance(getattr(made, "name", None), str) and callable(getattr(made, "slot", None))):
        raise ConfigurationError(
            f"the tagger {name!r} is a {type(made).__name__}",
            where=f"`tagger` {name}",
            expected="what evenhand.data.Tagger describes: a name, and a method slot",
            remedy="mend the package that adds it, or uninstall it",
        )
    tagger: Tagger = made
    return tagger
