"""Turn what becomes of a text's terms into edits: neighbours first become one.

"Men and women" become one noun, and of "black and white voters" the "and" goes as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from evenhand.data.english import word_classes as words
from evenhand.data.english.agreement import Edit, plural_verbs
from evenhand.data.english.letter_case import opens_sentence, with_case_of
from evenhand.data.english.noun_phrases import ARTICLES, OWNERS, word_before, word_behind
from evenhand.data.english.word_endings import (
    APOSTROPHES,
    is_adjective,
    is_adverb,
    possessive_of_plural,
)
from evenhand.data.lexicons.neutral_forms import PERSON, TAKEN_OUT, plural_of
from evenhand.data.matching.hashed_words import HashedWords
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.neutral_positions import SEVERAL
from evenhand.data.methods.neutral_sense import ONE_WORD, become_one_word
from evenhand.data.methods.neutral_uses import BY_ITSELF, NOT_ATTRIBUTIVE, Use
from evenhand.data.sense import context_words as context

SAID_TWICE = Skipped("two neutral nouns would say the same")

# The constructor of `Edit` takes twice the time.
_edit: Callable[[tuple[Any, ...]], Edit] = partial(tuple.__new__, Edit)

_THEY = "they"
_ONE_OF_TWO = re.compile(r"\s*(?:\b(?:or|and)\b|/|&)\s*", re.IGNORECASE)
_JOIN = re.compile(
    r"\s*(?P<sign>,?\s*(?:and|or)\b|,|&|/|\+)\s*"
    r"(?P<article>(?:an?|the|my|your|his|her|our|their)\b)?\s*",
    re.IGNORECASE,
)
_LONGEST_JOIN = 40  # characters: nobody writes more white space between two
_DISTRIBUTES = frozenset(
    ["every", "each", "any", "no", "this", "that", "another", "some", "either"]
)
_CONNECTOR = r"(?:\s*,\s*(?:(?:and|or)\s+)?|\s*/\s*|\s+(?:and|or|&)\s+)"
_BETWEEN = re.compile(rf"{_CONNECTOR}|\s+", re.IGNORECASE)
_BEHIND = re.compile(rf"{_CONNECTOR}(?=\w)", re.IGNORECASE)
_BEFORE = re.compile(rf"([\w-]+)({_CONNECTOR})\Z", re.IGNORECASE)
_CONNECTS = (",", "/", "&", "and", "or")  # ends of what stands in front of `_CONNECTOR`'s end
_WORD_BEFORE = re.compile(r"[\w'’-]+\s+\Z")
# "An openly gay man", "in mostly white schools", but "finally gay people may marry".
_IN_FRONT_OF_ADVERBS = words.DETERMINERS | words.PREPOSITIONS | words.COPULAS
_REMOVABLE_DEGREES = frozenset(["very", "really", "quite", "rather", "extremely", "truly"])
_DEGREES = frozenset(
    ["so", "too", "more", "most", "less", "least", "as", "how", "half", "part", "not", "very"]
)
_LISTED = re.compile(r"([^\W\d_][\w'’-]*),\s+\Z")  # "loud" of "a loud, proud, gay man"
_EITHER = re.compile(r"\beither\s+[\w']+\s+\Z", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?\n]")
_WINDOW = 60


def edits_of(text: str, uses: Sequence[Use]) -> list[Edit] | Skipped:
    """Return the edits of a text, in its order, or why it is left out."""
    if _are_plain_and_far_apart(uses) and (len(uses) == 1 or not become_one_word(text, uses)):
        return list(map(edit_of_plain, uses))
    joined = _joined(text, uses) if len(uses) > 1 else uses
    of_groups = [use for use in joined if use.kind != "pronoun"]
    if len(of_groups) > 1 and _says_twice(text, of_groups):
        return SAID_TWICE
    for use in of_groups:
        if use.bare:
            return BY_ITSELF
    if len(of_groups) > 1 and become_one_word(text, of_groups):
        return ONE_WORD
    edits: list[Edit] = []
    capitals: set[int] = set()
    for drop in _drops(of_groups, text):
        edit = _edit_of_drop(text, drop)
        if isinstance(edit, Skipped):
            return edit
        starts_sentence = (
            edit.start == drop[0].start
            and text[edit.start].isupper()
            and text[edit.end : edit.end + 1].islower()
            and opens_sentence(text, edit.start)
        )
        if starts_sentence:
            if any(use.start == edit.end for use in joined):
                capitals.add(edit.end)
            else:
                edit = Edit(edit.start, edit.end + 1, text[edit.end].upper())
        edits.append(edit)
    for use in joined:
        if use.kind == "pronoun":
            edits += _edits_of_pronoun(text, use)
        elif use.new != TAKEN_OUT:
            if use.plain:
                edits.append(edit_of_plain(use))
            else:
                edits.append(_edit_of_noun(text, use, capital=use.start in capitals))
        elif use.kind == "behind":
            start = use.start
            while text[start - 1 : start].isspace():
                start -= 1
            edits.append(Edit(start, use.end, ""))
    return _in_order(edits)


def _are_plain_and_far_apart(uses: Sequence[Use]) -> bool:
    """Tell whether all is plain, and no two can become one, or say the same side by side."""
    last = -_LONGEST_JOIN - 1
    for start, end, _, _, _, _, _, is_plain in uses:
        if not is_plain or start - last <= _LONGEST_JOIN:
            return False
        last = end
    return True


_TWICE = re.compile(
    r"(?<!\w)(\w{3,})(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+|\s*/\s*|\s+)\1(?!\w)",
    re.IGNORECASE,
)


def may_say_twice(texts: Sequence[str], words: HashedWords) -> list[bool]:
    """Tell which texts may hold a word twice, side by side or with one word between them.

    Args:
        texts: The texts.
        words: Their words.
    """
    return [
        repeats or not text.isascii() or "_" in text  # there, words are others
        for text, repeats in zip(texts, words.have_repeated().tolist(), strict=True)
    ]


def says_more_twice(text: str, made: str) -> bool:
    """Tell whether a counterfactual repeats words that its text does not: "kids, kids"."""
    found = len(_TWICE.findall(made))
    return found > 0 and found > len(_TWICE.findall(text))


def _joined(text: str, uses: Sequence[Use]) -> Sequence[Use]:
    """Let neighbours that become the same become one."""
    if len({(use.kind, use.new) for use in uses}) == len(uses):
        return uses
    joined: list[Use] = []
    last = -1  # of those that write something
    for use in uses:
        one = None
        if last >= 0 and joined[last].kind == use.kind and joined[last].new == use.new:
            between = _between(text, joined[last:], use)
            if len(between) <= _LONGEST_JOIN:
                one = _one_of(text, joined[last], use, between)
        if one is not None:
            joined[last:] = [one]
            continue
        joined.append(use)
        if use.new:
            last = len(joined) - 1
    return joined


def _says_twice(text: str, uses: Sequence[Use]) -> bool:
    """Tell whether two neighbours say the same, but cannot be one: "two kids and a kid"."""
    nouns = [use for use in uses if use.kind == "noun" and use.new]
    return len(nouns) > 1 and any(
        second.new.removeprefix("two ") in (first.new, plural_of(first.new))
        or (first.plural and plural_of(second.new) == first.new)
        for first, second in pairwise(nouns)
        if 1 < second.start - first.end <= _LONGEST_JOIN
        and first.new.split()[0] not in ("two", "Two")
        and _JOIN.fullmatch(text[first.end : second.start])
    )


def _between(text: str, uses: Sequence[Use], use: Use) -> str:
    """Return what is left between two uses, of which those between are dropped."""
    if len(uses) == 1:
        return text[uses[0].end : use.start]
    position, parts = uses[0].end, []
    for dropped in uses[1:]:
        parts.append(text[position : dropped.start])
        position = dropped.end
    parts.append(text[position : use.start])
    return "".join(part if index == 0 else part.lstrip() for index, part in enumerate(parts))


def _one_of(text: str, first: Use, second: Use, between: str) -> Use | None:
    """Return what two neighbours become together; None if they stay two."""
    if first.kind == "pronoun":
        return first._replace(end=second.end) if _ONE_OF_TWO.fullmatch(between) else None
    if first.kind != "noun" or text[first.end : first.end + 1] in ("'", "’"):
        return None
    join = _JOIN.fullmatch(between)
    if join is None:
        return None
    article = word_before(text, first.start)
    other = (join["article"] or "").lower()
    if other and not (other == article or {other, article} <= ARTICLES):
        return None
    one = first._replace(end=second.end, bare=first.bare and second.bare, plain=False)
    if first.plural or second.plural:
        return one if first.plural and second.plural else None
    is_choice = join["sign"].lower().endswith(("or", "/"))
    if is_choice and _tells_which(text, first, second.end, article):
        return None
    if is_choice or article in _DISTRIBUTES:
        return one
    if join["sign"] == "," and first.new == PERSON:
        return None  # "a woman, a black man and I"
    several = one._replace(new=plural_of(first.new), plural=True, bare=False)
    if article in ARTICLES or article == "one":
        start = text.rindex(text[first.start - 1 - len(article) : first.start - 1], 0, first.start)
        capital = text[start].isupper()
        return several._replace(start=start, new=f"{'Two' if capital else 'two'} {several.new}")
    is_whole = not article or article in OWNERS or article in ("the", "his", "'s") or first.bare
    return several if is_whole or article.endswith("'s") else None


def _tells_which(text: str, first: Use, end: int, article: str) -> bool:
    """Tell "who, the man or the woman?", "it is a boy or a girl" from "call a man or a woman".

    Args:
        text: The text.
        first: What the first of two becomes.
        end: Where the second ends.
        article: What stands in front of the first.
    """
    if _EITHER.search(text, max(first.start - _WINDOW, 0), first.start) is not None:
        return True
    if first.new not in (PERSON, "kid"):
        return False
    is_asked = (found := _SENTENCE_END.search(text, end)) is not None and found[0] == "?"
    head = text[max(first.start - _WINDOW, 0) : first.start]
    return article == "the" or is_asked or context.IS.search(head) is not None


def _drops(uses: Sequence[Use], text: str) -> list[list[Use]]:
    """Return the runs of adjectives that are dropped together: "black and white voters"."""
    runs: list[list[Use]] = []
    for use in uses:
        if use.kind != "adjective":
            continue
        if runs and _BETWEEN.fullmatch(text, runs[-1][-1].end, use.start):
            runs[-1].append(use)
        else:
            runs.append([use])
    return runs


def _edit_of_drop(text: str, run: Sequence[Use]) -> Edit | Skipped:
    start, end = run[0].start, run[-1].end
    before = word_before(text, start)
    if before and (before in _DEGREES or before in _REMOVABLE_DEGREES or is_adverb(before)):
        adverb = _WORD_BEFORE.search(text, max(start - _WINDOW, 0), start)
        opens = adverb and word_before(text, adverb.start()) in _IN_FRONT_OF_ADVERBS
        if adverb and opens and before not in _DEGREES - {"very"}:
            start = adverb.start()
        elif before in _DEGREES and not _counts_people(text, start, before, run[-1].end):
            return NOT_ATTRIBUTIVE
    behind = _BEHIND.match(text, end)
    if behind is not None:
        return Edit(start, behind.end(), "")
    front = text[max(start - _WINDOW, 0) : start]
    joins = front.rstrip().lower().endswith(_CONNECTS)
    joined = _BEFORE.search(text, max(start - _WINDOW, 0), start) if joins else None
    if joined is not None:
        goes_on = _is_attributive(text, joined)
        if goes_on is None:
            return NOT_ATTRIBUTIVE
        if goes_on:
            return Edit(joined.start(2), end, "")
    while text[end : end + 1].isspace():
        end += 1
    return Edit(start, end, "")


def _is_attributive(text: str, joined: re.Match[str]) -> bool | None:
    """Tell "a tall, black man" from "it gets hot, Canadian soldiers say"; None if it is unclear."""
    word, is_listed = joined[1].lower(), joined[2].lstrip().startswith(",")
    start = _start_of_list(text, joined.start(1))
    before = word_before(text, start)
    if not is_adjective(word):  # "a sick, disgusting, white man", "the building and Irish crews"
        if not word.endswith(("ing", "ed")) or before not in words.DETERMINERS:
            return False
        return True if is_listed else None
    opens = (
        not is_listed
        or before in words.DETERMINERS
        or before in words.NUMBERS
        or before in words.PREPOSITIONS
        or before in _DEGREES
        or is_adjective(before)
        or opens_sentence(text, start)
    )
    is_list = start < joined.start(1)  # "when it ended, tired, hungry, Chilean miners"
    return True if opens else None if is_list else False


def _start_of_list(text: str, start: int) -> int:
    """Return where the adjectives begin that stand in front of one, with commas: "tall, dark, "."""
    while (earlier := _LISTED.search(text, max(start - _WINDOW, 0), start)) is not None:
        if not is_adjective(earlier[1].lower()):
            break
        start = earlier.start(1)
    return start


def _counts_people(text: str, start: int, before: str, end: int) -> bool:
    """Tell "most black people", "more gay voters" from "the most religious people"."""
    if before not in ("most", "more", "less"):
        return False
    adverb = _WORD_BEFORE.search(text, max(start - _WINDOW, 0), start)
    opens = word_before(text, adverb.start()) if adverb else ""
    noun = word_behind(text, end).lower()
    is_several = noun in SEVERAL or (noun.endswith("s") and not noun.endswith("ss"))
    return is_several and opens not in ("the", "a", "an", "one", "of", "'s", "much", "far")


def edit_of_plain(use: Use) -> Edit:
    """Return the edit of a plain term; a space goes with one that is taken out."""
    start, end, new, _, _, _, _, _ = use
    return _edit((start, end if new else end + 1, new))


def _edits_of_pronoun(text: str, use: Use) -> list[Edit]:
    match = use.match
    new = _in_case(text, use)
    edit = Edit(use.start, use.end, new)
    if use.new != _THEY:
        return [edit]
    return [edit, *plural_verbs(text, use.start, use.end)] if match.entry.pos else [edit]


def _edit_of_noun(text: str, use: Use, *, capital: bool) -> Edit:
    new, end = _in_case(text, use), use.end
    if capital:
        new = new[0].upper() + new[1:]
    if not use.plural or text[end : end + 1] not in APOSTROPHES:
        return Edit(use.start, end, new)
    sign, end = possessive_of_plural(text, use.start, end, new)
    return Edit(use.start, end, new + sign)


def _in_case(text: str, use: Use) -> str:
    if use.start != use.match.start:
        return use.new  # "two people", in the place of "a man and a woman"
    found, listed = text[use.start : use.match.end], use.match.term
    if found == listed and found.islower():  # as mostly; found with less work
        return use.new
    return with_case_of(found, use.new, listed=listed, text=text, start=use.start)


def _in_order(edits: list[Edit]) -> list[Edit]:
    """Return edits in the order of the text, each once; of two that overlap the first."""
    if len(edits) < 2:
        return edits
    if all(first.end < second.start for first, second in pairwise(edits)):
        return edits  # as mostly; found with less work
    ordered: list[Edit] = []
    for edit in sorted(set(edits)):
        if not ordered or edit.start >= ordered[-1].end:
            ordered.append(edit)
    return ordered
