"""Tell whether a term is said of people, by the words around it: "black women", "she is black".

Only a window of text around a term is looked at, so that a text's length does not matter.
"""

from __future__ import annotations

import re
from functools import lru_cache

from evenhand.data.matching import person_words as words
from evenhand.data.matching.person_words import PERSON_WORD, any_word

_WINDOW = 80  # characters looked at before and after a term


_LINK = r"(?:\s*[,/]\s*|\s+(?:and|or|nor|&)\s+)(?:(?:and|or|nor)\s+)?"


_FUNCTION = rf"{any_word(words.FUNCTION_WORDS)}(?!\w)"


def _in_front_of(nouns: str) -> re.Pattern[str]:
    return re.compile(
        rf"\)?(?:\s*,\s+(?-i:[A-Z])[\w-]+){{0,3}}"
        rf"(?:{_LINK}(?:(?:the|an?)\s+)?{any_word(words.ALIKE)}|\s*,?\s+(?:and|or|&)\s+(?!{_FUNCTION})[\w-]+){{0,2}}"
        rf"(?:[\s,]+{any_word(words.MIDDLE + words.ALIKE)}){{0,2}}[\s]+{any_word(nouns)}(?!\w)"
        r"(?![-‑]\w)",
        re.IGNORECASE,
    )


_IN_FRONT_OF_PERSON = _in_front_of(words.PERSON)
_IN_FRONT_OF_SHARED = _in_front_of(words.SHARED)
# "An old, tired" in front of "man"
_IN_FRONT_OF_ANOTHER = re.compile(rf",\s+(?!{_FUNCTION})[\w-]+\s+", re.IGNORECASE)
_BEHIND_ARTICLE = re.compile(
    r"(?<!\w)(?:an?|the|this|that|these|those|some|my|your|his|her|our|their|one|two|three|another)\s+\Z",
    re.IGNORECASE,
)
# Up to here the words before a term say that it is said of a person.
_BE = (
    r"(?:\s+(?:am|is|are|was|were|be|being|ain['’]?t|(?:is|are|was|were)n['’]?t|(?:has|have|had)\s+been)"
    r"|['’](?:m|s|re)(?:\s+been)?)"
)
_DEGREE = (
    r"(?:\s+(?:not|also|both|all|very|really|legally|totally|openly|half|only|even|still|now|born|just"
    r"|too|so|as|getting|either|neither|mostly|actually|completely|partly|part|clearly|obviously"
    r"|probably|predominantly|overwhelmingly|fully|profoundly|severely|physically)){0,2}"
)
_ALSO = (
    rf"(?:\s+(?:an?\s+)?{any_word(words.ALIKE)}{_LINK}(?:(?:is|are|am|was|were)\s+)?(?:not\s+)?)?"
    r"\s*\Z"
)
_PRONOUN = (
    "(?:i|you|we|he|she|they|who|everyone|everybody|someone|somebody|nobody|anyone|anybody|no one"
    "|(?:all|both|some|most|many|none|half|each|one) of (?:us|you|them)"
    "|(?:we|you|they|them) (?:all|both))"
)
_SAID_OF_PERSON = re.compile(
    # The words for persons are in it once, as they take long to compile
    rf"(?:(?<!\w){_PRONOUN}{_BE}|(?<!\w)(?:|((?:is|are|was|were|am)\s+"
    r"(?:your|my|his|her|their|our|the|that|this|these|those)\s+(?:[\w-]+\s+)?))"
    rf"{any_word(words.PERSON)}(?(1)|{_BE})"
    r"|(?<!\w)(?:im|hes|shes|theyre|youre|were?\s+you|(?:is|are|was|were|am)\s+(?:he|she|they|you|we|i)"
    r"|being|identif(?:y|ies|ied|ying)\s+as|born|raised|(?:brought|grew|growing)\s+up|while|if\s+you['’]?re"
    r"|(?:i|you|we|they|he|she|who)\s+(?:will|would|could|might|may|must|can|should)\s+be"
    r"|(?:proud|ashamed|happy|glad|lucky|unlucky|mean[st]?|meant|feels?|felt|hard|easy|dangerous|crime"
    r"|scared|afraid|wants?|wanted|illegal|difficult|tired|like|okay|ok|fine|wrong|sin|claims?|claimed"
    r"|pretend(?:s|ed|ing)?|happens?|happened|seems?|turns?\s+out|supposed|have|has|had)\s+to\s+be))"
    rf"{_DEGREE}{_ALSO}",
    re.IGNORECASE,
)
# "Leila is white": the first word of a clause, of which a name is one that has a capital.
_SAID_OF_NAME = re.compile(
    r"(?:\A|[.!?…:;\n]\s*[\"“']?|,\s+|\b(?i:and|or|but|that|because|if|since|when|while|think|know|says|said)\s+)"
    r"([A-Z][\w’'-]*)(?:(?:\s+[A-Z][\w’'-]*)?\s+(?i:is|was|isn['’]t|wasn['’]t)"
    r"|\s+(?:and|&)\s+[A-Z][\w’'-]*\s+(?i:are|were|aren['’]t|weren['’]t))"
    rf"(?i:{_DEGREE}{_ALSO})"
)
# The word in front of a term that is said of a person, but for a person's; much faster than the
# patterns above.
_MAY_SAY = re.compile(
    r"(?:(?<!\w)(?:am|is|are|was|were|be|being|been|as|born|raised|up|while|im|hes|shes|theyre|youre|you|he|she|they|we|i"
    r"|ain['’]?t|\w+n['’]?t|not|also|both|all|very|really|legally|totally|openly|half|only|even|still|now|just"
    r"|too|so|getting|either|neither|and|or|nor|&|/|[\w-]*ly|part)|['’](?:m|s|re)|[,/])\Z",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
# "Being black and wet, the road shone": what the clause goes on about is no person.
_OPENS_WITH_BEING = re.compile(r"(?:\A|[.!?…\n]\s*[\"“']?)being\s+(?:\w+ly\s+)?\Z", re.IGNORECASE)
_MASS_NOUNS = frozenset(words.MASS_NOUNS.split())
_ENDS_CLAUSE = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r@#&—–]|--|\s-\s|https?:|['’](?!\w))"
    r"|\s+(?:and|or|nor|but|because|so|too|since|when|though|although|while|like|if|from|in|at|by|than|who"
    r"|that|is|was|has|had|means|meant|makes|made|does|doesn['’]t|isn['’]t|as\s+(?:well|am|are|you|i|me|can|fuck|hell)|myself|yourself|himself|herself"
    r"|themselves|here|there|now|today|yet|anyway|either|also|on\s+(?:my|his|her|their|your|both|one)"
    r"|before|after|until|unless|during|apparently|really|actually|honestly|again|whereas"
    r"|lol|lmao|af|tho|not|i|you|we|they|he|she|it|just|myself|for"
    r"|can|could|will|would|should|must|may|might|shouldn['’]t|can['’]t|won['’]t|wouldn['’]t|never|always|ever)(?!\w)",
    re.IGNORECASE,
)
_TOO = re.compile(r"(?<!\w)too\s+\Z", re.IGNORECASE)
_TO = re.compile(r"\s+(?:to|for)(?!\w)", re.IGNORECASE)
# Said of a dish, a language or a place rather than of people: "a good Mexican", "broken German".
_OF_THINGS = any_word(
    "good great nice decent cheap new best local authentic favou?rite spicy hot cold delicious"
    " fancy bad broken fluent perfect basic little modern of in and or the with for to"
)
# A noun for one person: "a German who", "every American".
_ONE_PERSON = re.compile(
    r"(?<!\w)(?:(?:an?|every|each|another|fellow|any|no|one|this|that)(?:\s+(?:young|old|proud|fellow|true|real|poor"
    r"|rich|average|typical|single))?"
    rf"|an?\s+(?:(?!{_OF_THINGS}(?!\w))[a-z-]+,?\s+)?(?!{_OF_THINGS}(?!\w))[a-z-]+)\s+\Z",
    re.IGNORECASE,
)
# "My 9 year old", but not "my German"
_OF_YEARS = re.compile(r"year[\s-]old\Z", re.IGNORECASE)
_OWNED = re.compile(r"(?<!\w)(?:my|your|his|her|our|their)\s+\Z", re.IGNORECASE)
_GOES_ON_AS_PERSON = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r]|['’]s(?!\w))"
    r"|\s+(?:who|whose|is|was|has|had|will|would|can|could|should|must|may|might|does|did|and|or|but|in|from"
    r"|of|by|at|on|with|living|born|to|said|says|told|named|called|like|because|if|when|than|as|knows?|wants?"
    r"|thinks?|needs?|loves?|hates?|lives?|wins?|won|got|gets|gave|came|comes|goes|went|worked|works|walked|met"
    r"|saw|made|makes|asked|wrote|spoke|speaks|ran|runs|fell|sat|stood|sang|lost|found|took|kept|brought|bought"
    r"|drove|broke|slept|became|began|held|threw|rode|drew|taught|heard|felt|sent|paid|drank|chose|stole|swam"
    r"|wore|flew|knew"
    r"|(?!owned|inspired|based|flavou?red|themed|styled|engineered|designed|educated|trained|influenced|backed|funded)"
    r"[a-z]{2,}ed)(?!\w)",
    re.IGNORECASE,
)
# A people behind "the": "the Irish are", not "the Irish pub".
_A_PEOPLE = re.compile(
    r"(?<!\w)(?:the|many|most|both|these|those|some|few|fellow|between|other)\s+\Z", re.IGNORECASE
)
_GOES_ON_AS_PEOPLE = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r])"
    r"|\s+(?:who|whose|are|were|have|had|will|would|can|could|should|must|may|might|do|did|don['’]t|aren['’]t"
    r"|and|or|but|in|from|at|on|with|to|said|say|love|hate|know|want|need|think|eat|drink|live|like|won|got"
    r"|gave|came|come|go|went|took|make|made|never|always|often|also|all|themselves|because|if|when|than|as"
    r"|beat|fought|invaded|lost|invented|built|believe)(?!\w)",
    re.IGNORECASE,
)
_BEFORE_LANGUAGE = re.compile(
    r"(?<!\w)(?:sp(?:eak|eaks|eaking|oke|oken)|learn(?:s|ed|t|ing)?|stud(?:y|ies|ied|ying)|taught|teach)\s+\Z",
    re.IGNORECASE,
)
# A word that no noun phrase ends before: what a term in front of it is said of is no person.
_BEFORE_THING = re.compile(rf"\s+(?!{_FUNCTION})[A-Za-z]", re.IGNORECASE)


def is_said_of_people(
    text: str, start: int, end: int, *, with_shared: bool, names_people: bool
) -> bool:
    """Tell whether the term at text[start:end] is said of a person or of people.

    Args:
        text: The text.
        start: Where the term starts.
        end: Where it ends.
        with_shared: Whether what people have together counts, too: "black lives".
        names_people: Whether the term is also a noun for several: "the Irish".
    """
    behind = text[end : end + _WINDOW]
    if _IN_FRONT_OF_PERSON.match(behind) or (with_shared and _IN_FRONT_OF_SHARED.match(behind)):
        return True
    before = text[max(0, start - _WINDOW) : start]
    another = _IN_FRONT_OF_ANOTHER.match(behind)
    if another and PERSON_WORD.match(behind, another.end()) and _BEHIND_ARTICLE.search(before):
        return True
    ends = _ENDS_CLAUSE.match(behind) or (_TOO.search(before) and _TO.match(behind))
    if ends and _is_said_of_person(before):
        return not (_OPENS_WITH_BEING.search(before) and _goes_on_with_thing().match(behind))
    if not names_people:
        return False
    one = (
        _ONE_PERSON.search(before) or (_OF_YEARS.search(text, start, end) and _OWNED.search(before))
    ) and _GOES_ON_AS_PERSON.match(behind)
    return bool(one or (_A_PEOPLE.search(before) and _GOES_ON_AS_PEOPLE.match(behind)))


def is_behind_language_verb(text: str, start: int) -> bool:
    """Tell whether a term stands where a language would: "speaks German"."""
    return _BEFORE_LANGUAGE.search(text, max(0, start - _WINDOW), start) is not None


def is_before_thing(text: str, end: int) -> bool:
    """Tell whether a word goes on from a term that names what it is said of: "a black shoe".

    What people have together is none: "Canadian lives".
    """
    stop = end + _WINDOW
    if _IN_FRONT_OF_PERSON.match(text, end, stop) or _IN_FRONT_OF_SHARED.match(text, end, stop):
        return False
    return _BEFORE_THING.match(text, end) is not None


def _is_said_of_person(before: str) -> bool:
    last = before.rsplit(None, 1)[-1:]
    if not last or not (_MAY_SAY.search(last[0]) or _ends_with_person(last[0])):
        return False
    if _SAID_OF_PERSON.search(before):
        return True
    named = _SAID_OF_NAME.search(before)
    return named is not None and named[1].casefold() not in _MASS_NOUNS


def _ends_with_person(text: str) -> bool:
    return any(PERSON_WORD.fullmatch(text, found.start()) for found in _WORD.finditer(text))


@lru_cache(maxsize=1)
def _goes_on_with_thing() -> re.Pattern[str]:
    """Return what finds a thing that the next clause is of; few texts ask for it."""
    return re.compile(
        r"[^.!?;,\n]{0,40},\s+(?:the|this|that|these|those|its?|an?)\s+"
        rf"(?!(?:[\w-]+\s+)?{any_word(words.PERSON)}(?!\w))",
        re.IGNORECASE,
    )
