"""Tell whether an adjective is said of persons, by the noun that it stands in front of.

"A gay pilot", "a Muslim suicide bomber", but not "a gay song", "the female beetle".
"""

from __future__ import annotations

import re
from functools import lru_cache

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.word_classes import word_set
from evenhand.data.matching import person_words
from evenhand.data.sense.context_words import ANIMAL_NAMES

MODELS = frozenset(["model", "models"])  # "of a car", as well
_ONES = frozenset(["one", "ones"])  # "the old one": no person's age
_OF = re.compile(r"\s+of(?!\w)", re.IGNORECASE)
# What people are together, and where they live or meet.
_TOGETHER = word_set("""
    church churches mosque temple school schools team teams tribe tribes club clubs choir choirs
    audience public society clergy battalion regiment cast
    homie homies bitches niggas chicks hoes brahs dudes mates dude mate pal pals
    nigga niggah nigguh nicca bitch redneck rednecks subordinate subordinates""")
# In front of another noun, these are no persons: "old American cars".
MIDDLE = (frozenset(person_words.MIDDLE.split()) | {"human"}) - _TOGETHER
_ENDINGS = ("ers", "ors", "ists", "ians", "eers", "ist", "ian", "eer", "er", "or", "person")
_NO_DOERS = word_set("""
    number letter paper newspaper power order matter water offer answer dinner flower finger
    shoulder sweater sticker computer river border corner center summer winter weather leather color
    colour door floor error horror factor sector mirror humor humour rumor rumour labor labour honor
    honour flavor flavour behavior behaviour odor odour terror manner chapter theater shower tower
    cover layer pepper sugar beer deer career poster banner ladder meter liter litre newsletter
    helicopter trailer laser scooter tractor motor monitor counter barrier quarter character
    disorder murder danger anger hunger cancer fever liver disaster semester supper slaughter
    laughter burger cracker powder butter folder holder bumper printer twitter wonder clutter
    chatter gender slander slur buffer filter gutter sneaker alligator feather burner whatever
    however never ever either neither over under after another other together rather super
    monster rooster spider oyster lobster hamster further enter consider remember differ prefer
    suffer deliver discover recover wander offer bother gather lower render trigger register""")
_NOT_ALONE = word_set("roots descent origin origins heritage ancestry background blood")
_WORD = re.compile(r"[^\S\n]*,?[^\S\n]+([^\W\d_][\w'’]*(?:-\w+)*)")
_MOST_WORDS = 4
_WORDS = 4_096  # to remember: texts hold the same ones over and over


def is_of_persons(text: str, end: int) -> bool:
    """Tell whether the noun that a phrase goes on with behind `end` is one for persons."""
    for _ in range(_MOST_WORDS):
        found = _WORD.match(text, end)
        if found is None:
            return False
        word = found[1].lower().replace("’", "'").removesuffix("'s").removesuffix("'")
        goes_on = word in MIDDLE and _WORD.match(text, found.end()) is not None
        if word in _ONES:
            return False
        if names_persons(word) and not goes_on:
            return _OF.match(text, found.end()) is None or word not in MODELS
        stops = word in words.FUNCTION_WORDS and word not in ("other", "same", "own")
        if stops or word in ANIMAL_NAMES or word in _NOT_ALONE or word in verbs.FINITE_VERBS:
            return False
        end = found.end()
    return False


@lru_cache(maxsize=_WORDS)
def names_persons(word: str) -> bool:
    """Tell whether a noun in lower case names persons, by a list or by its ending."""
    if word in _TOGETHER or person_words.PERSON_WORD.fullmatch(word):
        return True
    if not word.endswith(_ENDINGS) or len(word) < 5:
        return False
    return word not in _NO_DOERS and word.removesuffix("s") not in _NO_DOERS
