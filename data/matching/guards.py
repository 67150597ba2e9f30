"""Check a term's guards: whether it is an identity term where it stands in a text.

Guards are looked at for matches only, and in a window of text around each, so a text's length does
not matter to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evenhand.data.lexicons.entries import Guards
from evenhand.data.matching import person_words as words
from evenhand.data.matching.patterns import any_sequence

_PLAIN_GAP = "[\\t-\\r\\x1c-\\x20-]+"  # what Python's [\\s-]+ matches in ASCII
_WINDOW = 80  # characters that a guard looks at before and after a term


def _any_word(listed: str) -> str:
    return f"(?:{'|'.join(sorted(listed.split(), key=len, reverse=True))})"


_LINK = r"(?:\s*[,/]\s*|\s+(?:and|or|nor|&)\s+)(?:(?:and|or|nor)\s+)?"


_FUNCTION = rf"{_any_word(words.FUNCTION_WORDS)}(?!\w)"


def _in_front_of(nouns: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:{_LINK}{_any_word(words.ALIKE)}|\s+(?:and|or|&)\s+(?!{_FUNCTION})[\w-]+){{0,2}}"
        rf"(?:[\s,]+{_any_word(words.MIDDLE + words.ALIKE)}){{0,2}}[\s]+{_any_word(nouns)}(?!\w)"
        r"(?![-‑]\w)",
        re.IGNORECASE,
    )


_IN_FRONT_OF_PERSON = _in_front_of(words.PERSON)
_IN_FRONT_OF_SHARED = _in_front_of(words.PERSON + words.SHARED)
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
    rf"(?:\s+(?:an?\s+)?{_any_word(words.ALIKE)}{_LINK}(?:(?:is|are|am|was|were)\s+)?(?:not\s+)?)?"
    r"\s*\Z"
)
_PRONOUN = (
    "(?:i|you|we|he|she|they|who|everyone|everybody|someone|somebody|nobody|anyone|anybody|no one"
    "|(?:all|both|some|most|many|none|half|each|one) of (?:us|you|them)"
    "|(?:we|you|they|them) (?:all|both))"
)
_SAID_OF_PERSON = re.compile(
    rf"(?:(?<!\w)(?:{_PRONOUN}|{_any_word(words.PERSON)}){_BE}"
    r"|(?<!\w)(?:im|hes|shes|theyre|youre|were?\s+you|(?:is|are|was|were|am)\s+(?:he|she|they|you|we|i"
    rf"|(?:your|my|his|her|their|our|the|that|this|these|those)\s+(?:[\w-]+\s+)?{_any_word(words.PERSON)})"
    r"|being|identif(?:y|ies|ied|ying)\s+as|born|while|if\s+you['’]?re"
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
    r"([A-Z][\w’'-]*)(?:\s+[A-Z][\w’'-]*)?\s+(?i:is|was|isn['’]t|wasn['’]t)"
    rf"(?i:{_DEGREE}{_ALSO})"
)
# The word in front of a term that is said of a person; much faster than the patterns above.
_MAY_SAY = re.compile(
    r"(?:(?<!\w)(?:am|is|are|was|were|be|being|been|as|born|while|im|hes|shes|theyre|youre|you|he|she|they|we|i"
    r"|ain['’]?t|\w+n['’]?t|not|also|both|all|very|really|legally|totally|openly|half|only|even|still|now|just"
    r"|too|so|getting|either|neither|and|or|nor|&|/|[\w-]*ly|part"
    rf"|{_any_word(words.PERSON)})|['’](?:m|s|re)|[,/])\Z",
    re.IGNORECASE,
)
_MASS_NOUNS = frozenset(words.MASS_NOUNS.split())
_ENDS_CLAUSE = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r@#&—–]|--|\s-\s|https?:|['’](?!\w))"
    r"|\s+(?:and|or|nor|but|because|so|too|since|when|though|although|while|like|if|from|in|at|by|than|who"
    r"|that|is|was|has|had|means|meant|makes|made|does|doesn['’]t|isn['’]t|as\s+(?:well|am|are|you|i|me|can|fuck|hell)|myself|yourself|himself|herself"
    r"|themselves|here|there|now|today|yet|anyway|either|also|on\s+(?:my|his|her|their|your|both|one)"
    r"|lol|lmao|af|tho|not|i|you|we|they|he|she|it|just|myself|for)(?!\w)",
    re.IGNORECASE,
)
_TOO = re.compile(r"(?<!\w)too\s+\Z", re.IGNORECASE)
_TO = re.compile(r"\s+(?:to|for)(?!\w)", re.IGNORECASE)
# A noun for one person: "a German who", "every American".
_ONE_PERSON = re.compile(
    r"(?<!\w)(?:an?|every|each|another|fellow|any|no|one|this|that)(?:\s+(?:young|old|proud|fellow|true|real|poor"
    r"|rich|average|typical|single))?\s+\Z",
    re.IGNORECASE,
)
_GOES_ON_AS_PERSON = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r]|['’]s(?!\w))"
    r"|\s+(?:who|whose|is|was|has|had|will|would|can|could|should|must|may|might|does|did|and|or|but|in|from"
    r"|of|by|at|on|with|living|born|to|said|says|told|named|called|like|because|if|when|than|as|knows?|wants?"
    r"|thinks?|needs?|loves?|hates?|lives?|wins?|won|got|gets|gave|came|comes|goes|went|worked|works|walked|met"
    r"|saw|made|makes|asked|wrote|spoke|speaks|ran|runs)(?!\w)",
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
# Said to somebody, or to nobody: "Man, that hurt", "come on man", "oh boy".
_OPENS_CLAUSE = re.compile(r"(?:\A|[.!?…:;\n\r\"“(*]|--|[—–])[\s\"'“‘(*]*\Z")
_FOLLOWS_ADDRESS = re.compile(
    r"\s*(?:\Z|[,.!?…:;)\"”\n\r—–]|--)"
    r"|\s+(?:i|i['’]\w+|im|it|it['’]s|its|you|your|ur|u|we|he|she|they|this|that|that['’]s|thats|these|those|the|my"
    r"|what|how|why|when|where|if|but|so|do|does|don['’]t|did|is|has|are|can|get|go|lol|smh|oh|please|there|just|not"
    r"|really|up|down|@\w+)(?![\w-])",
    re.IGNORECASE,
)
_BEFORE_ADDRESS = re.compile(
    r"(?:,|(?<!\w)(?:oh|hey|hi|hello|yo|damn|dang|man|boy|come\s+on|c['’]?mon|thanks|thank\s+you|thx|yes|yeah|yep|no|nah|nope"
    r"|ok|okay|well|wow|whoa|ugh|aw+|ah|lol|shit|fuck|sorry|please|bro|dude|you|it|me|him|them|us|up|out|off|now|too"
    r"|here|there|right|really|sure|true|ya|man['’]s|good|sad|cool|nice|great|crazy|know|again|though|tho"
    r"|today|tonight|bad|hard|luck|job|work|so|much|for\s+real|fr|word|dear|my|sweet|bless))\s+\Z",
    re.IGNORECASE,
)
_TAKES_NOUN = re.compile(
    r"(?<!\w)(?:an?|the|this|that|these|those|my|your|his|her|our|their|every|each|no|one|another|any|some|of|grown"
    r"|and|or|than|as|by|for|with|to|like|from|what|which|ur|da|two|three|many|most|all|more|\w+['’]s?)"
    r"(?:\s+[\w'’-]+){0,3}\s+\Z",
    re.IGNORECASE,
)
_STRICT_END = re.compile(r"\s*(?:\Z|[,.!?…:;)\"”\n\r—–]|--)")
_PAIRED_WITH = re.compile(
    r"\s+(?:and|or|&)\s+(?:woman|women|girl|girls|wife|boy|boys|man|men|child|lady)\b", re.I
)
# "Christian said", "Christian's", "and Christian,": a given name.
_NAME_STANDS = re.compile(
    r"(?:\A|[.!?,;:\n\"“]\s*|(?<!\w)(?i:and|with|to|by|from|for|when|that|but|because|if|as|friend|named|called"
    r"|uncle|aunt|mr\.?|dr\.?|brother|cousin|hi|hey|dear|love|met|saw|told|asked)\s+)\Z"
)
_NAME_GOES_ON = re.compile(
    r"['’]s(?!\w)|\s*[,.!?]|\s*\Z|\s+(?:is|was|has|had|said|says|went|told|asked|will|would|can|could|did|does|came|got|made"
    r"|took|gave|thinks|wants|likes|loves|plays|played|called|left|and\s+[A-Z])\b"
)
_SURNAME = re.compile(r"\s+(?:[A-Z]\.\s*)?[A-Z](?!\w*[A-Z])\w+")
_NO_SURNAME = re.compile(
    r"\s+(?:Church|Right|Left|Coalition|Science|Scien|Democra|Bible|God|Zionis|Nation|Fundamental|Conservati|Evangel"
    r"|People|M[ae]n|Wom[ae]n|Faith|School|College|Universit|Aid|Values?|Brother|Sister|Communit|Leader|Wom|Famil"
    r"|Europe|Americ|Africa|Identity|Reformed|Charit|Music|Rock|Broadcast|Heritage|Era|Arab|Right)"
)
_BEFORE_LANGUAGE = re.compile(
    r"(?<!\w)(?:sp(?:eak|eaks|eaking|oke|oken)|learn(?:s|ed|t|ing)?|stud(?:y|ies|ied|ying)|taught|teach)\s+\Z",
    re.IGNORECASE,
)
# A word that no noun phrase ends before: what a term in front of it is said of is no person.
_BEFORE_THING = re.compile(rf"\s+(?!{_FUNCTION})[A-Za-z]", re.IGNORECASE)
_OPENING = "\"'“‘«([{*_¿¡"
_NAME_FOLLOWS = re.compile(r"\s+(?!I\b)[A-Z](?!\w*[A-Z])")
_ENDS_SENTENCE = ".!?…:;\n\r•|"


class GuardCheck:
    """Checks the guards of one entry.

    Args:
        guards: The guards.
        only_noun: Whether the spelling can only be a noun for people, and needs no word for a
            person beside it.
        names_people: Whether it is the noun for several, too: "Irish".

    Attributes:
        expressions: Patterns of its fixed expressions in plain text in lower case, for RE2.
        wants_person: Whether it looks for a word for a person beside the term.
    """

    def __init__(
        self, guards: Guards, *, only_noun: bool = False, names_people: bool = False
    ) -> None:
        self._guards = guards
        self.wants_person = guards.person_word and not only_noun
        self._names_people = names_people
        self.expressions = [_expression(_folded(text), _PLAIN_GAP) for text in guards.not_in]
        self._fixed = _any_whole(guards.not_in)
        self._reach = max(map(len, guards.not_in), default=0) + 1

    def holds_for(self, spelling: str) -> bool:
        """Tell whether a term that is spelled so is an identity term in any text.

        Any, that is, without the fixed expressions.
        """
        guards = self._guards
        if self.wants_person or guards.not_address:
            return False
        if guards.only_capitalised and not spelling[0].isupper():
            return False
        by_capital = guards.not_capitalised or guards.not_given_name
        return not (by_capital and _is_capitalised(spelling))

    def holds(self, text: str, start: int, end: int, *, may_hold_fixed: bool = True) -> bool:
        """Tell whether the term at text[start:end] is an identity term there.

        Args:
            text: The text.
            start: Where the term starts.
            end: Where it ends.
            may_hold_fixed: Whether the text may hold any of the fixed expressions.
        """
        guards = self._guards
        if guards.only_capitalised and not text[start].isupper():
            return False
        if guards.not_capitalised and _is_name_like(text, start, end):
            return False
        if guards.not_given_name and _is_given_name(text, start, end):
            return False
        if guards.not_address and _is_address(text, start, end):
            return False
        if may_hold_fixed and self.is_fixed(text, start, end):
            return False
        return not self.wants_person or self._is_of_person(text, start, end)

    def may_be_of_people(self, text: str, start: int, end: int) -> bool:
        """Tell whether a spelling that was ruled out may be an identity term nevertheless.

        It is surely none as part of a fixed expression or in front of a word for a thing.
        """
        guards = self._guards
        if guards.only_capitalised and not text[start].isupper():
            return False
        if _BEFORE_LANGUAGE.search(text, max(0, start - _WINDOW), start):
            return True  # what a people speaks would stay
        if self.is_fixed(text, start, end) or (
            guards.not_capitalised and _is_name_like(text, start, end)
        ):
            return False
        return _BEFORE_THING.match(text, end) is None

    def is_fixed(self, text: str, start: int, end: int) -> bool:
        """Tell whether the term at text[start:end] is part of a fixed expression."""
        if self._fixed is None:
            return False
        around = self._fixed.finditer(text, max(0, start - self._reach), end + self._reach)
        return any(found.start() <= start and end <= found.end() for found in around)

    def _is_of_person(self, text: str, start: int, end: int) -> bool:
        behind = text[end : end + _WINDOW]
        in_front_of = _IN_FRONT_OF_SHARED if self._guards.shared_word else _IN_FRONT_OF_PERSON
        if in_front_of.match(behind):
            return True
        before = text[max(0, start - _WINDOW) : start]
        ends = _ENDS_CLAUSE.match(behind) or (_TOO.search(before) and _TO.match(behind))
        if ends and _is_said_of_person(before):
            return True
        if not self._names_people:
            return False
        one = _ONE_PERSON.search(before) and _GOES_ON_AS_PERSON.match(behind)
        return bool(one or (_A_PEOPLE.search(before) and _GOES_ON_AS_PEOPLE.match(behind)))


def _folded(text: str) -> str:
    """Return what a regular expression that ignores case finds of a text in ASCII's lower case."""
    return re.sub("[ıİ]", "i", text).casefold()


def _any_whole(texts: Sequence[str]) -> re.Pattern[str] | None:
    if not texts:
        return None
    expressions = any_sequence(_units(text, r"[\s-]+") for text in texts)
    return re.compile(rf"(?<![^\W\d])(?:{expressions})(?!\w)", re.IGNORECASE)


def _expression(text: str, gap: str) -> str:
    return "".join(_units(text, gap))


def _units(text: str, gap: str) -> list[str]:
    """Return the patterns of a text's characters, in which `gap` is between words."""
    units: list[str] = []
    for word in re.split(r"[\s-]+", text.strip()):
        units += [gap] * bool(units)
        units += ["['’]" if character == "'" else re.escape(character) for character in word]
    return units


def _is_said_of_person(before: str) -> bool:
    last = before.rsplit(None, 1)[-1:]
    if not last or not _MAY_SAY.search(last[0]):
        return False
    if _SAID_OF_PERSON.search(before):
        return True
    named = _SAID_OF_NAME.search(before)
    return named is not None and named[1].casefold() not in _MASS_NOUNS


def _is_address(text: str, start: int, end: int) -> bool:
    """Tell whether a term is said to somebody or as an exclamation: "Man, that hurt"."""
    if (
        text[max(0, start - 1) : start] == text[end : end + 1] == " "
        and text[max(0, start - 2) : start - 1].isalnum()
        and text[end + 1 : end + 2].isalnum()
    ):
        return False  # in the middle of a clause
    before, behind = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    if _PAIRED_WITH.match(behind):
        return False
    if not before or _OPENS_CLAUSE.search(before):
        return bool(_FOLLOWS_ADDRESS.match(behind))
    if not _STRICT_END.match(behind):
        return False
    # A noun without an article: "they cut the taxes man..."
    return bool(_BEFORE_ADDRESS.search(before) or not _TAKES_NOUN.search(before))


def _is_given_name(text: str, start: int, end: int) -> bool:
    """Tell "Christian said", "Christian Lopez" from "a Christian", "Christian values"."""
    if not _is_capitalised(text[start:end]):
        return False
    behind = text[end : end + _WINDOW]
    if _SURNAME.match(behind) and not _NO_SURNAME.match(behind):
        return True
    before = text[max(0, start - _WINDOW) : start]
    return bool(_NAME_STANDS.search(before) and _NAME_GOES_ON.match(behind))


def _is_name_like(text: str, start: int, end: int) -> bool:
    """Tell whether a term is capitalised though it does not begin a sentence, or begins a name."""
    if not _is_capitalised(text[start:end]):
        return False
    if _NAME_FOLLOWS.match(text, end):
        return True
    position = start
    while position > 0 and (text[position - 1].isspace() or text[position - 1] in _OPENING):
        position -= 1
        if text[position] in "\n\r":
            return False
    return position > 0 and text[position - 1] not in _ENDS_SENTENCE


def _is_capitalised(term: str) -> bool:
    """Tell whether a term begins with a capital, and is not in capitals throughout."""
    return term[0].isupper() and not (len(term) > 1 and term.isupper())
