"""Give the verbs of "she" and "he" the form that they have with "they".

    "she is"            -> "they are"
    "does she sing?"    -> "do they sing?"
    "he's been ill"     -> "they've been ill"
    "she often sings and has a dog" -> "they often sing and have a dog"

Only verbs of the present in "-s", and "was", have two forms. The verb is looked for behind the
pronoun, with adverbs between them; in front of it in questions and after "nor", "so" and the like;
and behind an "and", "or" or "but" that goes on with the same subject.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.surroundings import EMPHASIS, MARKS, start_of_emphasis
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import APOSTROPHES, is_adverb

_PLURAL = {
    "is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't",
    "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't", "isnt": "arent",
    "wasnt": "werent", "hasnt": "havent", "doesnt": "dont", "goes": "go",
}  # fmt: skip
_INVERTED = {word: plural for word, plural in _PLURAL.items() if word != "goes"}
_BE = frozenset(["is", "was", "isn't", "wasn't", "isnt", "wasnt"])
_WH = frozenset(["what", "who", "where", "how", "when", "why", "whom", "whose", "which"])
# In front of an auxiliary that is turned around: "so is she", "and has she", "than does he".
_TURNS = _WH | word_set("""
    and but or so nor neither as than then never rarely seldom only if because nowhere not hardly
    scarcely little once also yet oh well man lol where why""")
_ADVERBS = words.OFTEN | word_set("""
    also just still even only then now actually never always already soon later first once ever
    almost nearly quite rather so too both not perhaps maybe somehow sometimes often thus therefore
    neither either herself himself themselves basically legit lowkey highkey alone simply well in
    turn indeed
    instead here again seldom hardly currently""")
_NOT_VERBS = word_set("""
    this his hers its yes us as towards besides nevertheless nonetheless whereas unless plus versus
    afterwards minus across alas nowadays whats thats always sometimes perhaps thus upstairs
    downstairs series news less across indoors outdoors overseas""")
_ENDS = frozenset('.;:!?—–()"“”…|\n') | {2 * "-"}  # a dash as typed
_NEW_SUBJECT = word_set("""
    i you it we they he she who which that what whom whose because if when while where although
    though since unless until than how why whether there one people everyone someone nobody
    i'm it's they're we're you're he's she's that's there's i've i'll""")
_OBJECT = (
    words.DETERMINERS
    | words.PREPOSITIONS
    | word_set("""
    to that what how why who me you it him her them us my your his their our myself herself himself
    themselves not never very too so more no nothing everything about out up down on off back away
    much many all well hard better again""")
)
_HAVE = frozenset(["been", "got", "gotten", "gotta", "had", "become"])
_TRANSITIVE = word_set("""
    done taken seen given made lost won left told said found written spoken known shown chosen
    brought bought built caught heard held kept met paid put read sent sold taught thought broken
    eaten driven drunk forgotten hidden stolen worn thrown let set cut hit""")
_INTRANSITIVE = word_set("""
    come died arrived happened worked lived grown changed started stopped begun turned decided tried
    learned learnt failed managed fallen survived agreed refused earned waited apologised apologized
    lied laughed cried smiled slept stayed listened complained existed remained appeared disappeared
    emerged travelled traveled replied responded struggled suffered participated succeeded vowed
    promised insisted argued commented contributed hinted joked moaned ranted tweeted baked
    cooked volunteered rehearsed practised practiced wandered climbed jogged cycled skated danced
    boasted bragged campaigned competed lobbied resigned rebelled cooperated donated hesitated
    objected prayed protested sobbed snored stumbled surrendered toured vanished whined yelled""")
_ALSO_INTRANSITIVE = frozenset(["eaten", "won"])
_BEHIND_LEFT_PASSIVE = word_set("alone with without behind to out off hanging wondering in")
_LOSSES = word_set("""
    weight interest touch patience count control faith hope money time sleep ground track sight""")
_GONE_AND = re.compile(r"\s*gone\s+and\s+\w", re.IGNORECASE)  # "he's gone and done it"
_TOLD = word_set("how why what if whether who where when for me us you")
_PAID_FOR = re.compile(r"\s+for\s+(?:it|that|this|them|everything|all)(?!\w)", re.IGNORECASE)
_RELATIVE = word_set("what whatever all everything anything nothing something things stuff")
_ONLY_ACTIVE = word_set("""
    done said seen made lost won found written shown chosen brought bought built heard kept met read
    sold thought broken eaten drunk forgotten hidden stolen worn""")
_GIVES_AWAY_HAVE = frozenset(["never", "ever", "already", "always", "only", "just", "also"])
_TOKEN = re.compile(r"\s*(--|[\w'’&]+(?:-\w+)*|[^\w\s])")
_BEFORE = re.compile(r"([\w'’]+)[^\S\n]+\Z")
_PARENTHESIS = re.compile(r",\s[^,.;:!?\n]{1,40},\s")
_ASIDE = re.compile(
    r"\s*(?:\([^()\n]{1,60}\)|[—–][^—–.;:!?\n]{1,60}[—–]|\s-\s[^.;:!?\n]{1,60}?\s-\s)"
)
_CONTRACTED = re.compile(r"['’](s|d|ll)(?!\w)", re.IGNORECASE)
_CONNECTORS = frozenset(["and", "or", "but", "then", "yet", "&", "nor", "an", "nd", "n"])
_LONG = 400  # characters: more than so many tokens have
_REST_OF_CLAUSE = re.compile(rf"[^.;:!?—–()\"“”…|\n]{{0,{_LONG}}}")
_MAY_CONNECT = re.compile(
    rf"(?<![\w'’&])(?:{'|'.join(sorted(_CONNECTORS - {'&'}))})(?![\w'’&])", re.IGNORECASE
)
_ADVERBS_BETWEEN = 4
_TOKENS_BEHIND = 14  # in which a verb that goes on with the same subject is looked for
_WINDOW = 24


class Edit(NamedTuple):
    """What is written in the place of text[start:end]."""

    start: int
    end: int
    text: str


def plural_verbs(text: str, start: int, end: int) -> list[Edit]:
    """Return the edits of the verbs whose subject is the pronoun at text[start:end]."""
    may_be_contracted = text[end : end + 1] in APOSTROPHES
    contracted = _CONTRACTED.match(text, end) if may_be_contracted else None
    if contracted is not None:
        if contracted[1].lower() != "s":
            return _coordinated(text, contracted.end(), is_present=False)
        is_have = _is_have(text, contracted.end()) or _ends_relative(text, start, contracted.end())
        plural = "ve" if is_have else "re"
        plural = plural.upper() if contracted[1].isupper() else plural
        edit = Edit(contracted.start(1), contracted.end(1), plural)
        return [edit, *_coordinated(text, contracted.end(), is_present=True)]
    turned = _turned_around(text, start, end)
    if turned is not None:
        return [turned]
    found = _verb(text, end)
    if found is None:
        return []
    place, word, after = found
    plural_form = plural_of_verb(word)
    if plural_form is None:
        return _coordinated(text, after, is_present=False)
    edit = Edit(place, after, _in_case_of(text[place:after], plural_form))
    is_present = word not in ("was", "wasn't", "wasnt")
    return [edit, *_coordinated(text, after, is_present=is_present)]


def plural_of_verb(word: str) -> str | None:
    """Return the form for "they" of a verb in its form for "she"; None if it has but one form."""
    if word in _PLURAL:
        return _PLURAL[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "'s", "’s")):
        return None
    if word in _NOT_VERBS or not word.isalpha():
        return None
    if word.endswith("ies"):
        if len(word) <= 4 or word in ("belies", "underlies", "unties"):
            return word[:-1]
        return f"{word[:-3]}y"
    if word == "aches" or not word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return "focus" if word == "focuses" else word[:-1]
    return word[:-2]


def _turned_around(text: str, start: int, end: int) -> Edit | None:
    """Return the edit of an auxiliary in front of its subject: "is she late?", "so does he"."""
    start = start_of_emphasis(text, start)
    last = text[max(start - _WINDOW, 0) : start].rsplit(None, 1)[-1:]
    if not last or (last[0].isalpha() and last[0].lower() not in _INVERTED):
        return None  # as mostly; found with less work
    if last[0][-1] in MARKS:
        return None
    found = _BEFORE.search(text, max(start - _WINDOW, 0), start)
    if found is None:
        return None
    word = found[1].lower().replace("’", "'")
    head, _, clitic = word.rpartition("'")
    if clitic == "s" and head in _WH:
        if _behind_is_finite(text, end):
            return None  # "what's she says"
        verb = _TOKEN.match(text, end)
        is_have = verb is not None and verb[1].lower() in (_ONLY_ACTIVE | _HAVE)
        plural = "ve" if is_have else "re"  # "what's he bought?"
        plural = plural.upper() if found[1].isupper() else plural
        return Edit(found.end(1) - 1, found.end(1), plural)
    inverted = _INVERTED.get(word)
    if inverted is None:
        return None
    if word in _BE:
        before = _BEFORE.search(text, max(found.start() - _WINDOW, 0), found.start())
        opens = before is None or before[1].lower() in _TURNS
        if _behind_is_finite(text, end) and not (opens and before is None):
            return None
        if not opens and _behind_is_finite(text, end, past=True):
            return None  # "the problem was she left"
    return Edit(found.start(1), found.end(1), _in_case_of(found[1], inverted))


def _behind_is_finite(text: str, end: int, *, past: bool = False) -> bool:
    found = _verb(text, end)
    if found is None:
        return False
    word = found[1]
    if word in _PLURAL or word in (
        "did",
        "had",
        "will",
        "would",
        "can",
        "could",
        "didn't",
        "should",
    ):
        return True
    if plural_of_verb(word) is not None and word[:-1] in verbs.BASE_VERBS:
        return True
    return past and (word in verbs.FINITE_VERBS or word.endswith("ed"))


def _verb(text: str, position: int) -> tuple[int, str, int] | None:
    """Return where the next word that is no adverb starts, the word in lower case, and its end."""
    if text[position : position + 1] == ",":
        parenthesis = _PARENTHESIS.match(text, position)
        if parenthesis is None:
            return None
        position = parenthesis.end()
    while text[position : position + 1] in EMPHASIS:
        position += 1  # "*she* is"
    aside = _ASIDE.match(text, position)
    if aside is not None:
        position = aside.end()  # "she (or so I hear) is"
    for _ in range(_ADVERBS_BETWEEN):
        found = _TOKEN.match(text, position)
        if found is None:
            return None
        word = found[1].lower().replace("’", "'")
        if not word[0].isalpha():
            if word in ("*", "_", "(", '"', "“") or word in _ENDS:
                return None
            if word == ",":
                parenthesis = _PARENTHESIS.match(text, found.start(1))
                if parenthesis is not None:
                    position = parenthesis.end()
                    continue
            return None
        if word in ("and", "or", "nor", "&"):
            return None  # "she and her sister are"
        if word not in _ADVERBS and word != "who" and not is_adverb(word):
            return found.start(1), word, found.end()
        position = found.end()
    return None


def _coordinated(text: str, position: int, *, is_present: bool) -> list[Edit]:
    """Return the edits of further verbs of the same subject: "she sings and has a dog"."""
    if not _may_connect(text, position):
        return []  # as mostly; found with less work
    edits: list[Edit] = []
    for _ in range(_TOKENS_BEHIND):
        found = _TOKEN.match(text, position)
        if found is None or "\n" in text[position : found.start(1)]:
            break
        word = found[1].lower().replace("’", "'")
        position = found.end()
        if word in _ENDS or word in _NEW_SUBJECT:
            break
        if word in _CONNECTORS or word == ",":
            verb = _verb(text, position)
            if verb is None:
                continue
            place, form, after = verb
            goes_on = form in _PLURAL and (word != "," or bool(edits))
            if not goes_on and is_present and form.endswith("s"):
                goes_on = _is_verb_here(text, form, after, is_listed=word == ",") or (
                    word == "nor" and plural_of_verb(form) in verbs.BASE_VERBS
                )
            plural = plural_of_verb(form)
            if goes_on and plural is not None:
                edits.append(Edit(place, after, _in_case_of(text[place:after], plural)))
                position = after
            continue
        if word in _PLURAL or (word.endswith("s") and word in verbs.FINITE_VERBS):
            break  # another subject's
    return edits


def _may_connect(text: str, position: int) -> bool:
    """Tell whether the rest of a clause may hold a connector or a comma."""
    found = _REST_OF_CLAUSE.match(text, position)
    rest = "" if found is None else found[0]
    if len(rest) == _LONG or "," in rest or "&" in rest:
        return True
    words = rest.lower().split()
    if not _CONNECTORS.isdisjoint(words):
        return True
    if "".join(words).replace("'", "").isalnum():
        return False  # as mostly; found with less work
    return _MAY_CONNECT.search(rest) is not None


def _is_verb_here(text: str, word: str, after: int, *, is_listed: bool) -> bool:
    plural = plural_of_verb(word)
    if plural not in verbs.BASE_VERBS:
        return False
    behind = _TOKEN.match(text, after)
    next_word = behind[1].lower() if behind is not None else ""
    if next_word in _OBJECT or is_adverb(next_word):
        return next_word != "of"
    if is_listed:
        return next_word in _CONNECTORS or next_word == ","
    return plural not in verbs.NOUNS_OF_HAVE


def _is_have(text: str, position: int) -> bool:
    """Tell "she's been", "she's taken the bus" from "she's here", "she's taken to school"."""
    found = _TOKEN.match(text, position)
    adverb = ""
    while found is not None and (found[1].lower() in _ADVERBS or is_adverb(found[1].lower())):
        adverb = found[1].lower()
        found = _TOKEN.match(text, found.end())
    if found is None:
        return False
    word = found[1].lower()
    if word in _HAVE or word in _INTRANSITIVE or _GONE_AND.match(text, found.start()):
        return True
    if word not in _TRANSITIVE and not word.endswith("ed"):
        return False
    if adverb in _GIVES_AWAY_HAVE and word in _TRANSITIVE:
        return True
    behind = _TOKEN.match(text, found.end())
    following = behind[1].lower() if behind is not None else ""
    if following in words.DETERMINERS or following in words.POSSESSIVES:
        return True
    if word in _ALSO_INTRANSITIVE:
        return following not in ("by", "up", "alive")
    if word in ("asked", "explained", "mentioned") and following in _TOLD:
        return True  # "she's never once asked how"
    if word == "written" or (word == "said" and following != "to"):
        return True  # "said yes", not "said to be rich"
    if word == "left":
        return following not in _BEHIND_LEFT_PASSIVE
    if word == "lost":  # "lost weight", not "lost in thought"
        return following.isalpha() and following in _LOSSES
    return word == "paid" and _PAID_FOR.match(text, found.end()) is not None


def _ends_relative(text: str, start: int, position: int) -> bool:
    """Tell "not what she's said" from "what she's called", and from "that she's lost"."""
    before = _BEFORE.search(text, max(start - _WINDOW, 0), start)
    verb = _TOKEN.match(text, position)
    if before is None or verb is None or before[1].lower() not in _RELATIVE:
        return False
    return verb[1].lower() in _ONLY_ACTIVE


def _in_case_of(found: str, plural: str) -> str:
    if "’" in found:
        plural = plural.replace("'", "’")
    if found.isupper() and len(found) > 1:
        return plural.upper()
    return plural[0].upper() + plural[1:] if found[0].isupper() else plural
