"""Control pairs: an edit like the pair's that touches no identity."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.controls.control_pairs import (
    NO_MENTION,
    NO_WORD,
    TERMS_CHANGE,
    Control,
    ControlMaker,
    EditedPair,
)
from evenhand.data.controls.nonce_words import ending_of
from evenhand.data.lexicons.lexicon import Lexicon, builtin_lexicons, load_lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.choice import MethodChoice

IN_USE = ("gender", "religion", "race-ethnicity")
MATCHER = TermMatcher([load_lexicon(name) for name in IN_USE])
EVERY = TermMatcher([load_lexicon(name) for name in builtin_lexicons()])
METHODS = {name: MethodChoice(name).make(MATCHER) for name in ("ablate", "neutral", "substitute")}
MAKERS = {name: ControlMaker(MATCHER, takes_out=name == "ablate", seed=0) for name in METHODS}
TOKENS = re.compile(r"[^\W_]+")


def pairs_of(method: str, texts: Sequence[str]) -> list[EditedPair]:
    return [
        EditedPair(text, made.text, made.terms)
        for text, outcome in zip(texts, METHODS[method](list(texts)), strict=True)
        if not isinstance(outcome, Skipped)
        for made in outcome
    ]


def control_of(method: str, text: str) -> Control | Skipped:
    [pair, *_] = pairs_of(method, [text])
    [control] = MAKERS[method]([pair])
    return control


@pytest.mark.parametrize(
    ("text", "control"),
    [
        ("She fixed the old laptop.", "She the old laptop."),
        ("Then she left.", "Then she."),
        ("Today he read a letter, and she slept.", "Today he read a, and she."),
        ("A kind, quiet woman paid.", "A kind, woman paid."),
        ("HE FIXED THE LAMP!", "HE THE LAMP!"),
        ("Painted doors (her work)", "Painted (her work)"),
        ("The woman emailed bob@mail.com", "The woman bob@mail.com"),
        ("Two Jewish men protest loudly today", "Two Jewish men today"),
    ],
)
def test_ablation_takes_out_words_as_it_takes_out_terms(text: str, control: str) -> None:
    made = control_of("ablate", text)
    assert isinstance(made, Control)
    assert made.text == control


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("She fixed the old laptop.", r"She \w{3}ed the old laptop\."),
        ("An honest woman ate an apple.", r"A [a-z]{6} woman ate an apple\."),
        ("AN HONEST WOMAN", r"A [A-Z]{6} WOMAN"),
        ("Doors pleased her.", r"[A-Z][a-z]{3}s pleased her\.|Doors [a-z]{5}ed her\."),
        ("Honestly, she’s running!", r"[A-Z]\w{5}ly, she’s running!|Honestly, she’s \w{4}ing!"),
        ("The dog’s bowl was hers.", r"The dog’s [a-z]{4} was hers\."),
        ("Then he met a girl at the pub.", r"Then he [a-z]{3} a girl at the [a-z]{3}\."),
    ],
)
def test_other_methods_put_made_up_words_there(text: str, like: str) -> None:
    made = control_of("substitute", text)
    assert isinstance(made, Control)
    assert re.fullmatch(like, made.text), made.text


@pytest.mark.parametrize(
    "rest",
    [
        "it and they with him",  # words that hold a sentence together
        "Paul met Rome",  # names, and what is in front of them is taken
        "www.shop.com bob@mail.com #sale @shop 2nd b2b well-known it's and/or x.y",
        "Muslim lesbian immigrants in wheelchairs",  # terms of lexicons that are not in use, too
        "Islam mosques rabbis",  # blockers
        "Emma Mohammed",  # given names
        "cat cat",  # what is twice
        "déjà naïve",
        "go up",
        "a" * 30,
    ],
)
def test_words_that_are_never_edited(rest: str) -> None:
    text = f"She is {rest}."
    [control] = MAKERS["ablate"]([EditedPair(text, f"is {rest}.", ["she"])])
    if isinstance(control, Skipped):
        assert control.reason == NO_WORD
    else:
        assert control.words == ("met",) and "Paul" in rest


def test_an_edit_that_changes_what_is_found_is_not_made() -> None:
    """Without "quick", the text would hold the term "old fox"."""
    pair = EditedPair("the sly by old quick fox", "the by old quick fox", ["sly"])
    maker = ControlMaker(TermMatcher([two_words("old fox", "sly")]), takes_out=True, seed=0)
    assert maker([pair]) == [Skipped(TERMS_CHANGE)]
    longer = EditedPair(pair.original + " barks", pair.counterfactual + " barks", ["sly"])
    assert maker([longer]) == [Control("the sly by old quick fox", ("barks",))]


def two_words(*terms: str) -> Lexicon:
    from evenhand.data.lexicons.entries import Entry

    return Lexicon("two", "1", "", {"x": ""}, tuple(Entry(term=term, group="x") for term in terms))


def test_a_pair_whose_terms_are_not_found_has_none() -> None:
    pair = EditedPair("The parcel came.", "The letter came.", ["parcel"])
    assert MAKERS["neutral"]([pair]) == [Skipped(NO_MENTION)]


PLAIN = ("running", "painted", "laptop", "laptops", "honest", "apple", "quickly", "river", "Fox")
NEVER = (
    "the",
    "a",
    "an",
    "is",
    "not",
    "THE",
    "don't",
    "@you",
    "#tag",
    "www.a.com/she",
    "12",
    "café",
)
IDENTITIES = ("she", "her", "His", "woman", "Muslim", "Jewish", "black", "people", "asian", "Emma")
WORDS = st.sampled_from([*PLAIN, *PLAIN, *NEVER, *IDENTITIES, "dog's", "ex-wife", "CAPS"])
SIGNS = st.sampled_from(
    [" ", " ", " ", ", ", ". ", "! ", "\n", " (", ") ", ' "', '" ', "-", "_", "/"]
)
TEXTS = st.lists(st.tuples(WORDS, SIGNS), min_size=1, max_size=14).map(
    lambda parts: "".join(word + sign for word, sign in parts).strip()
)


@settings(max_examples=80)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), method=st.sampled_from(sorted(METHODS)))
def test_a_control_touches_no_identity(texts: list[str], method: str) -> None:
    pairs = pairs_of(method, texts)
    made = MAKERS[method](pairs)
    assert len(made) == len(pairs)
    for pair, control in zip(pairs, made, strict=True):
        if isinstance(control, Skipped):
            continue
        found, again = MATCHER.find(pair.original), MATCHER.find(control.text)
        assert [(match.term, match.groups) for match in found] == [
            (match.term, match.groups) for match in again
        ]
        for start, end in ((match.start, match.end) for match in again):
            assert control.text[start:end] in pair.original
        for word in control.words:
            assert word.isascii() and word.isalpha()
            assert not EVERY.find(word)
        check_spans(pair.original, control, takes_out=method == "ablate")


def check_spans(original: str, control: Control, *, takes_out: bool) -> None:
    """Check that what differs is the words, each once in the text, and articles before them."""
    before, after = TOKENS.findall(original), TOKENS.findall(control.text)
    if takes_out:
        left = [word for word in before if word not in control.words]
        assert after == left
        assert len(before) == len(left) + len(control.words)
        return
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    articles = [pair for pair in changed if pair[0].lower() in ("a", "an")]
    words = [pair for pair in changed if pair not in articles]
    assert tuple(old for old, _ in words) == control.words
    for old, new in words:
        assert len(new) == len(old)
        assert (new.islower(), new.isupper()) == (old.islower(), old.isupper())
        assert new.lower().endswith(ending_of(old.lower()))
        assert not EVERY.find(new)
    signs = [TOKENS.split(text) for text in (original, control.text)]
    assert signs[0] == signs[1]


@settings(max_examples=30)
@given(texts=st.lists(TEXTS, min_size=2, max_size=5), method=st.sampled_from(sorted(METHODS)))
def test_what_a_pair_gives_depends_on_it_alone(texts: list[str], method: str) -> None:
    pairs = pairs_of(method, texts)
    together = MAKERS[method](pairs)
    assert [MAKERS[method]([pair])[0] for pair in pairs] == together
    assert MAKERS[method](pairs[::-1]) == together[::-1]


def test_the_seed_decides_the_made_up_words() -> None:
    pairs = pairs_of("substitute", ["She fixed the old laptop."])
    other = ControlMaker(MATCHER, takes_out=False, seed=1)(pairs)
    assert other != MAKERS["substitute"](pairs)


def test_a_long_text_has_one_too() -> None:
    words = [f"{a}{b}{c}" for a in "bcdfgh" for b in "aeiou" for c in ("lent", "rop", "mick")]
    text = " ".join(f"She saw {word}." for word in words * 20) + " The end came quietly."
    assert isinstance(control_of("ablate", text), Skipped)  # each word is there twenty times
    unique = " ".join(
        f"she {word}{number:b}".translate({48: "o", 49: "i"})
        for number, word in enumerate(words * 10)
    )
    made = control_of("ablate", unique)
    assert isinstance(made, Control)
    assert len(made.words) == len(words) * 10
