"""Tell names, and words said to somebody, from identity terms: "Christian said", "Man, that hurt".

Only a window of text around a term is looked at, so that a text's length does not matter.
"""

from __future__ import annotations

import re

from evenhand.data.matching.sought_words import start_of_last_words

_WINDOW = 80  # characters looked at before and after a term
_WORDS = 4  # those which the longest of these patterns looks at in front of an address
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
    r"|today|tonight|bitch|hoe|nigga|ass|bad|hard|luck|job|work|so|much|for\s+real|fr|word|dear|my|sweet|bless))\s+\Z",
    re.IGNORECASE,
)
_TAKES_NOUN = re.compile(
    r"(?<!\w)(?:an?|the|this|that|these|those|my|your|his|her|our|their|every|each|no|one|another|any|some|of|grown"
    r"|and|or|than|as|by|for|with|to|like|from|what|which|meets?|ur|da|two|three|many|most|all|more|\w+['’]s?)"
    r"(?:\s+[\w'’-]+){0,3}\s+\Z",
    re.IGNORECASE,
)
# An exclamation in between: "but in 2014, boy they had a change of heart".
_BEHIND_COMMA = re.compile(r",\s+\Z")
_GOES_ON_WITH_CLAUSE = re.compile(
    r"\s+(?!(?:and|or|nor|&|in|of|with|at|on|from|to|who|is|was|has|had|will|would)(?!\w)|\w+ed(?!\w))\w"
    r"|\s+(?:is|was|has|had)\s+(?:i|it|that|this|he|she)(?!\w)",
    re.IGNORECASE,
)
# "He's a nice man.", but "that's nice man".
_HAS_ARTICLE = re.compile(
    r"(?<!\w)(?:an?|the|every|another|one|this|no|my|your)\s+(?:[\w-]+\s+)?"
    r"(?:good|sad|cool|nice|great|crazy|bad|sweet|true|real|right|hard|dear)\s+\Z",
    re.IGNORECASE,
)
_STRICT_END = re.compile(r"\s*(?:\Z|[,.!?…:;)\"”\n\r—–]|--|&#|https?:)")
_PAIRED_WITH = re.compile(
    r"\s+(?:and|or|&)\s+(?:woman|women|girl|girls|wife|boy|boys|man|men|child|lady)\b", re.I
)
# "Christian said", "Christian's", and "and Christian,": a given name, but for "a devout Christian".
_NO_NAME_STANDS = re.compile(
    r"(?<!\w)(?:an?|the|this|that|these|those|every|each|any|no|another|some|one|my|your|his|her|our|their|its"
    r"|which|what|most|many|all|both|few|two|very|so|too|as|not|non|more|less|pro|anti|of|in"
    r"|am|is|are|was|were|be|been|being|isn['’]t|\w+['’](?:m|re)|s?he['’]s|it['’]s|be(?:come|comes|came|coming)"
    r"|raised|born|turned|like|feels?|sounds?)"
    r"(?:\s+(?!(?:and|with|to|by|from|for|when|that|but|because|if|friend|named|called|uncle|brother|cousin|love"
    r"|met|saw|told|asked|invited)\s)[\w'’-]+){0,2}\s+\Z"
    r"|[\w'’]-\Z",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?<!\w)(?:uncle|aunt|brother|sister|cousin|nephew|niece|son|daughter|dad|mum|mom|grandson|boyfriend"
    r"|girlfriend|husband|wife|buddy|neighbou?r|roommate|flatmate|colleague|coworker|classmate|mr\.?|dr\.?)\s+\Z",
    re.IGNORECASE,
)
_NAME_GOES_ON = re.compile(
    r"['’]s(?!\w)|\s*[,.!?]|\s*\Z|\s+(?:is|was|has|had|said|says|went|told|asked|will|would|can|could|did|does|came|got|made"
    r"|took|gave|thinks|wants|likes|loves|plays|played|called|left|wrote|knew|knows|never|always|also|once|just"
    r"|fell|ran|met|sat|stood|sang|won|lost|found|kept|brought|bought|read|ate|drove|broke|spoke|works|lives"
    r"|needs|hates|yesterday|today|again|at|with|and\s+(?:his|her|[A-Z]\w*)"
    r"|(?!(?:inspir|bas|them|own|orient|dominat|educat)ed)[a-z]{2,}ed)(?![\w-])"
)
_SURNAME = re.compile(r"\s+(?:[A-Z]\.\s*)?[A-Z](?!\w*[A-Z])\w+")
_NO_SURNAME = re.compile(
    r"\s+(?:Church|Right|Left|Coalition|Science|Scien|Democra|Bible|God|Zionis|Nation|Fundamental|Conservati|Evangel"
    r"|People|M[ae]n|Wom[ae]n|Faith|School|College|Universit|Aid|Values?|Brother|Sister|Communit|Leader|Wom|Famil"
    r"|Europe|Americ|Africa|Identity|Reformed|Charit|Music|Rock|Broadcast|Heritage|Era|Arab|Right)"
)
# Without an article at the start of a sentence, these are names: "Queen is on tour", "Queens is in
# New York", and, of one, "King of the Hill", "Prince's last album".
_GOES_ON_AS_ONE = re.compile(r"\s+(?:is|was|has|does|isn['’]t|wasn['’]t)(?![\w-])")
_GOES_ON_AS_TITLED = re.compile(r"\s+(?!(?:and|or|&|of|in|to|for)(?!\w))[a-z]")
_TITLES = frozenset(
    ["king", "queen", "prince", "princess", "duke", "duchess", "lord", "emperor", "baron", "knight"]
)
_BARE_NAME_GOES_ON = re.compile(r"\s+of\s+(?:the\s+)?[A-Z]|,\s+who(?!\w)|['’]s(?!\w)|[\"”]")
_OPENING = "\"'“‘«([{*_¿¡"
_NAME_FOLLOWS = re.compile(r"\s+(?!I\b)[A-Z](?!\w*[A-Z])")
_ENDS_SENTENCE = ".!?…:;\n\r•|"


def is_address(text: str, start: int, end: int) -> bool:
    """Tell whether a term is said to somebody or as an exclamation: "Man, that hurt"."""
    before, behind = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    if is_within_clause(before, behind) or before.endswith("#"):
        return False
    if _PAIRED_WITH.match(behind):
        return False
    # Behind a word and a space it opens no clause, nor does a comma stand there.
    if not (before[-1:] == " " and before[-2:-1].isalnum()):
        if not before or _OPENS_CLAUSE.search(before):
            return bool(_FOLLOWS_ADDRESS.match(behind))
        if _BEHIND_COMMA.search(before) and _GOES_ON_WITH_CLAUSE.match(behind):
            return True
    if not _STRICT_END.match(behind):
        return False
    last = before[start_of_last_words(before, _WORDS) :]
    if _HAS_ARTICLE.search(last):
        return False
    # A noun without an article: "they cut the taxes man..."
    return bool(_BEFORE_ADDRESS.search(last) or not _TAKES_NOUN.search(last))


def is_within_clause(before: str, behind: str) -> bool:
    """Tell whether a term stands between two words, by at least two characters on either side."""
    is_spaced = before[-1:] == behind[:1] == " "
    return is_spaced and before[-2:-1].isalnum() and behind[1:2].isalnum()


def is_given_name(text: str, start: int, end: int) -> bool:
    """Tell "Christian said", "Christian Lopez" from "a Christian", "Christian values"."""
    if not is_capitalised(text[start:end]):
        return False
    behind = text[end : end + _WINDOW]
    if _SURNAME.match(behind) and not _NO_SURNAME.match(behind):
        return True
    before = text[max(0, start - _WINDOW) : start]
    if _NAMED.search(before):
        return True
    return bool(_NAME_GOES_ON.match(behind) and not _NO_NAME_STANDS.search(before))


def is_name_like(text: str, start: int, end: int) -> bool:
    """Tell whether a term is capitalised though it does not begin a sentence, or begins a name.

    At the beginning of a sentence it is a name if it goes on as one: "Prince was a genius".
    """
    if not is_capitalised(text[start:end]):
        return False
    if _NAME_FOLLOWS.match(text, end):
        return True
    position = start
    while position > 0 and (text[position - 1].isspace() or text[position - 1] in _OPENING):
        position -= 1
        if text[position] in "\n\r":
            return _is_bare_name(text, start, end)
    if position > 0 and text[position - 1] not in _ENDS_SENTENCE:
        return True
    return _is_bare_name(text, start, end)


def _is_bare_name(text: str, start: int, end: int) -> bool:
    """Tell whether a noun that opens a sentence is a name, as no article stands in front of it."""
    if _GOES_ON_AS_ONE.match(text, end):
        return True
    noun = text[start:end].lower()
    if noun in _TITLES and _GOES_ON_AS_TITLED.match(text, end):
        return True
    is_plural = noun.endswith(("s", "men")) and not noun.endswith("ss")
    return not is_plural and _BARE_NAME_GOES_ON.match(text, end) is not None


def is_capitalised(term: str) -> bool:
    """Tell whether a term begins with a capital, and is not in capitals throughout."""
    return term[0].isupper() and not (len(term) > 1 and term.isupper())
