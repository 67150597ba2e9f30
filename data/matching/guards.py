"""Check a term's guards: whether it is an identity term where it stands in a text.

Guards are looked at for matches only, and in a window of text around each, so a text's length does
not matter to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evenhand.data.lexicons.entries import Guards
from evenhand.data.matching.patterns import any_sequence

_PLAIN_GAP = "[\\t-\\r\\x1c-\\x20-]+"  # what Python's [\\s-]+ matches in ASCII
_WINDOW = 80  # characters that a guard looks at before and after a term

# Regular expressions, one for each word: what a person is called after "black", "old" and the like.
_PERSON = """
person people persons folk folks man men woman women guy guys gal gals girl girls boy boys
lady ladies gentleman gentlemen dude dudes bro brothers? sisters? lads? lass(?:es)? bloke blokes
male males female females human humans adult adults teen teens teenagers? youth youths child
children kid kids baby babies infants? toddlers? students? pupils? graduates? seniors?
citizens? residents? immigrants? migrants? refugees? americans? canadians? australians? britons?
europeans? africans? christians? muslims? jews? catholics? protestants? hindus? buddhists?
mother mothers father fathers mom moms mum mums dad dads parents? grandmothers? grandfathers?
grandmas? grandpas? grandparents? sons? daughters? aunts? uncles? cousins? nephews? nieces?
wife wives husbands? spouses? partners? girlfriends? boyfriends? couples? family families
friends? neighbou?rs? colleagues? coworkers? roommates? flatmates? guests? strangers?
community communities population populations voters? democrats? republicans? conservatives?
liberals? activists? feminists? protest[eo]rs? leaders? politicians? presidents? senators? mayors?
congressm[ae]n congresswom[ae]n candidates? judges? lawyers? doctors? nurses? patients? teachers?
professors? scientists? engineers? workers? employees? employers? managers? customers? drivers?
officers? cops? policem[ae]n policewom[ae]n soldiers? veterans? prisoners? inmates? victims?
suspects? chicks? babes? homies? actors? actress(?:es)? artists? musicians? singers? rappers?
comedians? dancers? writers?
authors? poets? journalists? reporters? players? athletes? coach(?:es)? runners? fans? users?
individuals? minorit(?:y|ies) bodies pedestrians? passengers? tourists? farmers? chefs? pensioners?
supremacists? nationalists? southerners? northerners?
"""
# What may stand between: "black young men", "white working-class voters".
_MIDDLE = """
young younger old older elderly middle-aged teenage male female trans transgender gay lesbian
bisexual queer straight disabled deaf blind working-class middle-class upper-class college
university school american british canadian african european christian muslim jewish catholic
evangelical single married pregnant homeless poor rich famous unarmed
"""
# What may be named in one breath: "black and white people", "old or young voters".
_ALIKE = """
black white brown asian hispanic latino latina arab indigenous jewish muslim christian straight gay
lesbian bi bisexual trans cis blind deaf sighted hearing disabled old young older younger elderly
middle-aged rich poor male female
"""


def _any_word(words: str) -> str:
    return f"(?:{'|'.join(sorted(words.split(), key=len, reverse=True))})"


_LINK = r"(?:\s*[,/]\s*|\s+(?:and|or|nor|&)\s+)(?:(?:and|or)\s+)?"
_IN_FRONT_OF_PERSON = re.compile(
    rf"(?:{_LINK}{_any_word(_ALIKE)}){{0,2}}"
    rf"(?:[\s,]+{_any_word(_MIDDLE + _ALIKE)}){{0,2}}\s+{_any_word(_PERSON)}(?!\w)",
    re.IGNORECASE,
)
_SAID_OF_PERSON = re.compile(
    rf"(?<!\w)(?:i|you|we|he|she|who|everyone|someone|somebody|nobody|{_any_word(_PERSON)})"
    r"(?:\s+(?:am|is|are|was|were|(?:is|are|was|were)n['’]t|(?:has|have|had)\s+been)"
    r"|['’](?:m|s|re)(?:\s+been)?)"
    r"(?:\s+(?:not|also|both|all|very|really|legally|totally|openly|half|only|even|still|now|born"
    rf"|too|so|as|getting))?(?:\s+{_any_word(_ALIKE)}{_LINK})?\s*\Z",
    re.IGNORECASE,
)
_ENDS_CLAUSE = re.compile(
    r"\s*(?:\Z|[.,;:!?)\]}\"”…\n\r@#&]|https?:|['’](?!\w))"
    r"|\s+(?:and|or|but|because|so|too|since|when|though|while|like|if|from birth)(?!\w)",
    re.IGNORECASE,
)
_OPENING = "\"'“‘«([{*_¿¡"
_ENDS_SENTENCE = ".!?…:;\n\r•|"


class GuardCheck:
    """Checks the guards of one entry.

    Attributes:
        expressions: Patterns of its fixed expressions in plain text in lower case, for RE2.
    """

    def __init__(self, guards: Guards) -> None:
        self._guards = guards
        self.expressions = [_expression(_folded(text), _PLAIN_GAP) for text in guards.not_in]
        self._fixed = _any_whole(guards.not_in)
        self._reach = max(map(len, guards.not_in), default=0) + 1

    def holds_for(self, spelling: str) -> bool:
        """Tell whether a term that is spelled so is an identity term in any text.

        Any, that is, without the fixed expressions.
        """
        guards = self._guards
        if guards.person_word or (guards.only_capitalised and not spelling[0].isupper()):
            return False
        return not (guards.not_capitalised and _is_capitalised(spelling))

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
        if may_hold_fixed and self._fixed is not None:
            around = self._fixed.finditer(text, max(0, start - self._reach), end + self._reach)
            if any(found.start() <= start and end <= found.end() for found in around):
                return False
        return not guards.person_word or _is_of_person(text, start, end)


def _folded(text: str) -> str:
    """Return what a regular expression that ignores case finds of a text in ASCII's lower case."""
    return re.sub("[ıİ]", "i", text).casefold()


def _any_whole(texts: Sequence[str]) -> re.Pattern[str] | None:
    if not texts:
        return None
    expressions = any_sequence(_units(text, r"[\s-]+") for text in texts)
    return re.compile(rf"(?<!\w)(?:{expressions})(?!\w)", re.IGNORECASE)


def _expression(text: str, gap: str) -> str:
    return "".join(_units(text, gap))


def _units(text: str, gap: str) -> list[str]:
    """Return the patterns of a text's characters, in which `gap` is between words."""
    units: list[str] = []
    for word in re.split(r"[\s-]+", text.strip()):
        units += [gap] * bool(units)
        units += ["['’]" if character == "'" else re.escape(character) for character in word]
    return units


def _is_of_person(text: str, start: int, end: int) -> bool:
    behind = text[end : end + _WINDOW]
    if _IN_FRONT_OF_PERSON.match(behind):
        return True
    if not _ENDS_CLAUSE.match(behind):
        return False
    return bool(_SAID_OF_PERSON.search(text[max(0, start - _WINDOW) : start]))


def _is_name_like(text: str, start: int, end: int) -> bool:
    """Tell whether a term is capitalised though it does not begin a sentence."""
    if not _is_capitalised(text[start:end]):
        return False
    position = start
    while position > 0 and (text[position - 1].isspace() or text[position - 1] in _OPENING):
        position -= 1
        if text[position] in "\n\r":
            return False
    return position > 0 and text[position - 1] not in _ENDS_SENTENCE


def _is_capitalised(term: str) -> bool:
    """Tell whether a term begins with a capital, and is not in capitals throughout."""
    return term[0].isupper() and not (len(term) > 1 and term.isupper())
