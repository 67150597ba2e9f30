"""Tell statements about a group from sentences that a person of it only appears in.

"Gay men are vain", "he hates immigrants" and "only women" are about the group that they name: of
anybody, they say something else, or nothing. "A gay man waved", "those women left" are not.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import NamedTuple

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.noun_phrases import start_of_word_before, word_before, word_behind
from evenhand.data.english.surroundings import words_after
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import is_adjective, is_adverb, is_ing_form
from evenhand.data.matching.sought_words import Sought, SoughtInFront, cuts_word
from evenhand.data.sense import context_words as context
from evenhand.data.sense.publics import is_of_public

_WINDOW = 120  # characters looked at on either side of a phrase
_MOST_ADJECTIVES = 2  # in front of a phrase
# In front of these, people are a group of their own: "us Canadians", "typical Americans".
_MARKED = word_set("""
    any only us we you u yall y'all y'al ye other another real true typical classic stereotypical
    average fellow them dem ordinary nor than non anti pro like unlike""")
# "It is always the women who", "that's Canadians for you".
_CLEFT = SoughtInFront(
    re.compile(
        r"(?<!\w)(?:it|that|this|there)(?:\s+(?:is|was|are|were)|['’]s)"
        r"(?:\s+(?:always|usually|only|often|just))*\s+(?:the\s+)?\Z",
        re.IGNORECASE,
    ),
    "is was are were always usually only often just",
    among=2,
    ends="is was are were always usually only often just the",
)
_OPENS_CLAUSE = word_set("""
    that because cuz cause if when while since how why where whether think thinks thought know knows
    knew believe believes say says said hear heard and but so then though although as like what
    guess bet hope hopes wish figure until till unless whereas means sure yes no yeah yep nah
    lol lmao lmfao smh damn man bro well ok okay please oh because bc cus tho""")
_ASKS = word_set("""
    do does did are were is was can could will would should don't didn't aren't weren't can't won't
    wouldn't shouldn't must have had why""")
_QUANTIFIERS = word_set("most many all few every each majority half more fewer both no")
_MOST_OF = SoughtInFront(
    re.compile(r"(?:most|majority|all|half|percent|%|thirds?|quarters?)\s+of\s+\Z", re.IGNORECASE),
    "of",
    among=1,
)
_PART_OF = SoughtInFront(
    re.compile(
        r"(?<!\w)(?:groups?|bunch|couple|lots?|thousands|millions|hundreds|dozens|crowd|number|crew"
        r"|line|handful|kind|type|pair|army|gang|team|family|generation|class|million|percent|%)"
        r"\s+of\s+\Z",
        re.IGNORECASE,
    ),
    "of",
    among=1,
)
_NOT_BARE = word_set("""
    some several many few da dem dese dose what which such sum other fellow ur ya yo""")
_ENDS_SENTENCE = re.compile(r"\s*(?:[.!?…]|&gt|&#|\Z)")
_ENDS_CLAUSE = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r@#—–]|--|&#|&lt|&gt|https?:|['’](?!s))"
    r"|\s+(?:and|or|but|because|cause|cuz|so|when|if|while|until|since|that's|is|are|was|were|as|too"
    r"|either|anymore|for|now|today|once|lol|lmao|smh|though|tho|ever|again|out|away|than|not|at\s+all"
    r"|all|every\s+\w+)(?!\w)",
    re.IGNORECASE,
)
# What is said of all that are called so.
_ADVERBS = words.OFTEN | word_set("""
    just only really also even still usually both already now actually historically ever y'all""")
_OF_ALL = frozenset(["never", "always", "usually", "historically", "only", "all"])
_BE = word_set("""
    am is are was were be been being isn't aren't wasn't weren't ain't aint arent 're has have had
    haven't hasn't hadn't""")
_MODALS = word_set("""
    can could should must might may would will can't cannot cant couldn't shouldn't mustn't wouldn't
    won't wont shouldnt wouldnt couldnt don't dont doesn't didn't didnt doesnt never shall need
    needs gotta gon gonna ought get receive""")
_SWEEPING = re.compile(
    r"(?<!\w)(?:never|not|nothing|no|only|too|enough|always|because|cause|cuz|all|most|every\w*"
    r"|others?|than|without|even|themselves|each\s+other|so\s+\w+|any\w*|instead|just|prone|lack"
    r"|love\s+to|hate|likes?|wish|feel|think|seem|look|tend|live|exist|deserve|belong|smell|stink"
    r"|behave|act)(?!\w)|n['’]t(?!\w)|cant|dont",
    re.IGNORECASE,
)
_NOT_SAID = word_set("welcome open clean free calm slow clear cool dry")  # verbs as well
_SENTENCE = re.compile(r"[^.!?\n]*")
# Of one person
_INDEFINITE = frozenset(["a", "an", "any", "every", "another", "no", "one"])
_CLAIMS = word_set("""
    would will can can't cannot cant could should is isn't has never won't wont doesn't wouldn't
    shouldn't couldn't always usually""")
_I_AM = SoughtInFront(
    re.compile(r"(?<!\w)i\s*(?:['’]?m|am|was)\s+an?\s+\Z", re.IGNORECASE),
    "m im am iam was iwas",
    among=2,
    reach=4,
    ends="a an",
)
_APPOSED = SoughtInFront(re.compile(r",\s+an?\s+\Z", re.IGNORECASE), "a an", among=1)
# "Roberta the black woman"
_CALLED = SoughtInFront(
    re.compile(r"(?:\A|[\w.!?]\s+)([A-Z][a-z]+)\s+the\s+\Z"), "the", among=1, reach=3, capital=2
)
# "Ask the woman", "When the woman", "Clearly the woman", but "Mark the tall man".
_NO_NAMES = word_set("once still only now sorry dear poor thank lets")
_ALSO_NAMES = word_set("mark rob bill pat sue grace frank drew chase jack mike")
# "just like a Jew", "what a guy"
_POINTED_AT = SoughtInFront(
    re.compile(r"(?<!\w)(?:typical|just\s+like|what|such)\s+(?:of\s+)?an?\s+\Z", re.IGNORECASE),
    "typical like what such",
    among=3,
    reach=4,
    ends="a an",
)
_OF_A = SoughtInFront(
    re.compile(r"(?<!\w)(?:of|to|for|like|by|with|about|is|be)\s+an?\s+\Z", re.IGNORECASE),
    "of to for like by with about is be",
    among=2,
    reach=3,
    ends="a an",
)
_IN_ME = re.compile(r"\s+in\s+(?:me|him|you|us|them)(?!\w)", re.IGNORECASE)  # "the atheist in me"
# "A lapsed Catholic, I still fast."
_STANDS_BEFORE = re.compile(
    r",\s+(?:i|we|you|he|she|they|my|his|her|their|our)(?!\w)", re.IGNORECASE
)
OTHERS = Sought(
    re.compile(
        r"(?<![\w'’-])(?:people|ppl|peeps|persons|everyone\s+else|everybody\s+else|others"
        r"|the\s+rest\s+of|races?|cultures?|kinds?\s+of)(?!\w)",
        re.IGNORECASE,
    ),
    """
    people ppl peeps persons everyone_else everybody_else others rest_of race races culture
    cultures kind_of kinds_of""",
)
THE_PERSON = Sought(
    re.compile(r"(?<!\w)(?:the|this|that)\s+(?:other\s+)?person(?!\w)", re.IGNORECASE),
    "person",
)
_AS_A = SoughtInFront(
    re.compile(r"(?:\A|[.!?\n\"“]\s*)as\s+an?\s+\Z", re.IGNORECASE),
    "as",
    among=2,
    ends="a an",
)


IN_FRONT_OF_PHRASE = (
    *(_CLEFT, _MOST_OF, _PART_OF, _I_AM, _APPOSED, _CALLED, _POINTED_AT, _OF_A, _AS_A),
)
"""All that `is_about_group` looks for in front of a phrase."""
READ_ON = _MARKED | _OPENS_CLAUSE | _ASKS | _QUANTIFIERS | _INDEFINITE
"""Words in front of a phrase behind which `is_about_group` reads on."""


class Phrase(NamedTuple):
    """A noun phrase text[start:end] that will name nobody in particular, and its lexicon.

    Attributes:
        start: Where it starts.
        end: Where it ends.
        axis: Its lexicon's name.
        plural: Whether it names several.
        plain: Whether it surely is not what its sentence is about.
    """

    start: int
    end: int
    axis: str
    plural: bool
    plain: bool = False


def is_about_group(text: str, phrase: Phrase) -> bool:
    """Tell whether a text says something of a group, or needs it: "women are", "hates women"."""
    start = _start(text, phrase.start)
    if word_before(text, start) in _MARKED:
        return True
    if not phrase.plural:
        return _is_about_one(text, phrase, start)
    if _CLEFT.search(text[max(start - _WINDOW, 0) : start]):
        return True
    if _tells_who(text, phrase) or (phrase.axis == "nationality" and is_of_public(text)):
        return False
    return _is_about_several(text, phrase, start)


def meets_people(text: str, phrase: Phrase, held: Set[Sought]) -> bool:
    """Tell whether others are spoken of near a phrase: "people like women", "the person".

    Args:
        text: The text.
        phrase: The phrase.
        held: Which of `OTHERS` and `THE_PERSON` the text may hold.
    """
    others = OTHERS if phrase.plural else THE_PERSON
    if others not in held and not cuts_others(text, phrase.end):
        return False
    start, end = max(phrase.start - _WINDOW, 0), phrase.end + _WINDOW
    return any(
        found.end() <= phrase.start or found.start() >= phrase.end
        for found in others.pattern.finditer(text, start, end)
    )


def cuts_others(text: str, end: int) -> bool:
    """Tell whether `meets_people` may find in a part of a text what the whole does not hold.

    Args:
        text: The text.
        end: Where the phrase ends.
    """
    return cuts_word(text, end + _WINDOW)


def _start(text: str, start: int) -> int:
    """Return where the adjectives in front of a phrase start: "lazy, poor people"."""
    for _ in range(_MOST_ADJECTIVES):
        word = word_before(text, start)
        if not word or not is_adjective(word) or word in _MARKED:
            break
        start = start_of_word_before(text, start)
    return start


def _tells_who(text: str, phrase: Phrase) -> bool:
    """Tell "women who knit", "people in Leeds" from "talks about people in general"."""
    told = context.TELLS_WHO.match(text, phrase.end)
    if told is None or not phrase.plural or told[0].strip() not in words.PREPOSITIONS:
        return told is not None
    place = word_behind(text, told.end())
    return place[:1].isupper() or place[:1].isdigit() or place in words.DETERMINERS


def _is_name(word: str) -> bool:
    """Tell whether a word with a capital in front of "the woman" is a name."""
    if word in _ALSO_NAMES:
        return True
    is_verb = word in verbs.BASE_VERBS or word in verbs.FINITE_VERBS or is_ing_form(word)
    is_other = word in words.FUNCTION_WORDS or word in _NO_NAMES or is_adverb(word)
    return not (is_verb or is_other)


def _is_about_one(text: str, phrase: Phrase, start: int) -> bool:
    """Tell "a poor person would", "married to a Muslim" from "a Muslim lives next door"."""
    head, end = text[max(start - _WINDOW, 0) : start], phrase.end
    ends_sentence = _ENDS_SENTENCE.match(text, end) is not None
    if _I_AM.search(head):
        return phrase.axis != "gender" or not ends_sentence  # "I am a woman."
    called = _CALLED.search(head)
    if (
        (called is not None and _is_name(called[1].lower()))
        or _POINTED_AT.search(head)
        or (_APPOSED.search(head) and text[end : end + 1] == ",")
    ):
        return True
    has_adjective = start != phrase.start  # "a clumsy Norwegian"
    is_as = _AS_A.search(head) and not has_adjective
    if is_as and (phrase.axis != "gender" or not _tells_who(text, phrase)):
        return True  # "as a migrant in Leeds", but not "as a woman in tech"
    if ends_sentence and not has_adjective and _OF_A.search(head):
        return True
    if _IN_ME.match(text, end):
        return True
    before = word_before(text, start)
    if _tells_who(text, phrase) or before not in _INDEFINITE:
        return False
    outer = word_before(text, start_of_word_before(text, start))
    if not outer and _STANDS_BEFORE.match(text, end):
        return True
    after = words_after(text, end, end)
    if after and (not outer or outer in _OPENS_CLAUSE):
        return after[0] in _CLAIMS
    if phrase.axis == "gender":
        return False
    return before == "every" or (not has_adjective and _ENDS_CLAUSE.match(text, end) is not None)


def _is_about_several(text: str, phrase: Phrase, start: int) -> bool:
    """Tell "women are", "most women can't", "for women" from "women left", "those women"."""
    before = word_before(text, start)
    ends = _ENDS_CLAUSE.match(text, phrase.end) is not None
    if before == "most" and start == phrase.start and phrase.axis != "nationality":
        return True  # "most Sikhs I know"
    if before in _QUANTIFIERS or _MOST_OF.search(text[max(start - _WINDOW, 0) : start]):
        return (ends and phrase.axis != "nationality") or _is_said_of_all(text, phrase.end)
    is_collective = not text.endswith("s", 0, phrase.end)
    if before == "the" and is_collective and phrase.axis not in ("gender", "nationality"):
        return _is_said_of_all(text, phrase.end)  # "the elderly are"
    if before in _ASKS:
        return True
    if not before or before in _OPENS_CLAUSE:
        if _is_said_of_all(text, phrase.end) or _is_alone(text, phrase, start):
            return True
        if not text[max(start - _WINDOW, 0) : start].rstrip().endswith(","):
            return False
    return _is_bare(text, start) and (ends or phrase.axis != "gender" or before == "of")


def _is_said_of_all(text: str, end: int) -> bool:
    """Tell "people are vain", "people never help" from "people gathered outside"."""
    after = words_after(text, end, end)
    while after and (after[0] in _ADVERBS or is_adverb(after[0])):
        if after[0] in _OF_ALL:
            return True
        after = after[1:]
    verb, following = [*after, "", ""][:2]
    if not verb[:1].isalpha() or verb in words.PREPOSITIONS or verb in ("and", "or", "but"):
        return False
    if verb in _MODALS or verb in words.ADJECTIVES - _NOT_SAID:
        return True  # "women boring", as typed
    clause = _SENTENCE.match(text, end)
    is_sweeping = clause is not None and _SWEEPING.search(clause[0]) is not None
    return is_sweeping or (verb in _BE and not is_ing_form(following))


def _is_alone(text: str, phrase: Phrase, start: int) -> bool:
    """Tell "Shy girls.", "Jews, fools and the like" from "Ladies, come in"."""
    if word_before(text, start) or (start == phrase.start == 0 and phrase.axis == "gender"):
        return False
    if phrase.axis != "gender" and text[phrase.end : phrase.end + 1] == ",":
        return True
    return start != phrase.start and _ENDS_SENTENCE.match(text, phrase.end) is not None


def _is_bare(text: str, start: int) -> bool:
    """Tell "likes women", "for women" from "those women", "two women", "a group of women"."""
    before = word_before(text, start)
    if before in words.DETERMINERS or before in words.NUMBERS or before in _NOT_BARE:
        return False
    if before.endswith(("'s", "s'")) or before[:1].isdigit() or is_adjective(before):
        return False
    return _PART_OF.search(text[max(start - _WINDOW, 0) : start]) is None
