"""Texts that are ablated all at once are ablated as one by one."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenhand.data import Lexicon, TermMatcher, ablate, load_lexicon
from evenhand.data.building.pairing import Pairing
from evenhand.data.building.parallel import pair_examples
from evenhand.data.building.selection import Selection
from evenhand.data.lexicons.entries import Entry
from evenhand.data.matching.readings import Names
from evenhand.data.methods.choice import MethodChoice
from evenhand.data.methods.plain_ablation import ablate_plain
from evenhand.data.sample import generate_sample


def list_of(*terms: str) -> Lexicon:
    entries = tuple(Entry(term=term, group="terms") for term in terms)
    return Lexicon("list", "1", "", {"terms": ""}, entries, "0" * 64)


LEXICONS = [load_lexicon(name) for name in ("gender", "race-ethnicity", "disability", "age")]
ALL = TermMatcher(LEXICONS)
WITH_SIGNS = TermMatcher([list_of("he", "she", "Jr.", "a.b", "c++", "f(x", "a//b", "step-mother")])

PIECES = st.one_of(
    st.sampled_from(["she", "Her", "KING", "women", "queen", "Queen", "lady", "man", "mother"]),
    st.sampled_from(["African", "American", "black", "blind", "old", "Iron", "up", "word", "x"]),
    st.sampled_from([" "] * 8 + ["  ", "\n", "\t", "\x1c", "\xa0"]),
    st.sampled_from([".", ",", ":)", "(", ")", '"', "'", "-", "@", "/", "...", "’s", "“", "”"]),
    st.sampled_from(["he", "Jr", "a", "b", "c", "f(", "+", "//", "step", "{", "}"]),
    st.sampled_from(["http://x.y/", "www.", ".com", "s/", "(s)", "@x.y ", "ftp://man"]),
    st.sampled_from(["é", "ſ", "\u0301", "👩", "🤷", "\x00", "שלום", "_", "#"]),
)
TEXTS = st.lists(PIECES, max_size=15).map("".join)


def at_once(texts: pa.Array, matcher: TermMatcher) -> dict[int, tuple[str, Names] | None]:
    """Return what became of each text that is not left: None for one without terms."""
    made = ablate_plain(texts, matcher)
    left = set(made.rest.to_pylist())
    outcomes: dict[int, tuple[str, Names] | None] = {
        row: None for row in range(len(texts)) if row not in left
    }
    for row, text, names in zip(
        made.rows.to_pylist(),
        made.counterfactuals.to_pylist(),
        made.combination_of.to_pylist(),
        strict=True,
    ):
        assert row not in left
        outcomes[row] = (text, made.combinations[names])
    return outcomes


def one_by_one(text: str, matcher: TermMatcher) -> tuple[str, Names] | None:
    pair = ablate(text, matcher)
    return None if pair is None else (pair.text, (pair.terms, pair.groups))


@settings(deadline=None, max_examples=300)
@given(st.lists(TEXTS, max_size=6), st.sampled_from([ALL, WITH_SIGNS]))
@example(["", "she", " she ", "", "x"], ALL)
@example(["African she American", "the Queen and the queen", "the QUEEN is", "IRON her man"], ALL)
@example(
    ["jr he.", "see a she.b now", "see f(he x", "the c+he+ is", "a/he/b", "step-he mother"],
    WITH_SIGNS,
)
def test_what_is_done_at_once_is_the_same_as_one_by_one(texts, matcher):
    for row, outcome in at_once(pa.array(texts, pa.string()), matcher).items():
        assert outcome == one_by_one(texts[row], matcher)


@pytest.mark.parametrize(
    "text",
    [
        "so she went",
        "She went",
        " she went",
        "so I told her",
        "so I told her ",
        "ask her mother and the king, or not",
        "ask her.",
        "(she said) [the king]",
        "she's here, the woman's car",
        "his/her car",
        '"she" and (the king)',
        "so {x he} y",
        "so {she said",
        "so she (then) she &c",
        'so"she went',
        'said "the king" then "she went", "the king", the king"',
        "the king'",
        "the king'&",
        '"she said',
        '("she said")',
        'a the king"he saw',
        'the king" she saw',
        'he"she saw',
        'a"she went',
        "the queen",
        "THE QUEEN is",
        "“it’s the king of travel…",
        "no one is here",
    ],
)
def test_these_texts_are_done_at_once(text):
    assert at_once(pa.array([text]), ALL) == {0: one_by_one(text, ALL)}


@pytest.mark.parametrize(
    "text",
    [
        "she",
        "so she  went",
        "so  she went",
        "she  went",
        "man@x",
        "so\nshe went",
        "so she … then",
        'so the king"… then',
        "“she said",
        "so she .",
        "wo-man @man",
        "the Queen",
        "a black cat",
        "oh man",
        "the man é",
        "mankind\x00she",
        "Pacific she Islander",
    ],
)
def test_these_texts_are_left_to_be_ablated_one_by_one(text):
    assert at_once(pa.array([text]), ALL) == {}


def test_nearly_all_generated_comments_are_done_at_once():
    gender = TermMatcher(LEXICONS[:1])
    texts = [comment.comment_text for comment in generate_sample(2_000)["train"]]
    done = at_once(pa.array(texts), gender)
    assert len(done) > 0.98 * len(texts)
    for row, outcome in done.items():
        assert outcome == one_by_one(texts[row], gender)


def test_a_part_of_an_array_is_ablated_by_itself():
    texts = pa.array(["one she sees", "two", "he sees three", "", "I see her"])
    assert at_once(texts.slice(1, 3), ALL) == {
        0: None,
        1: ("sees three", (("he",), ("male",))),
        2: None,
    }
    assert at_once(texts.slice(5), ALL) == {}


def test_a_lexicon_that_is_too_large_for_it_leaves_all_texts(make_matcher, monkeypatch):
    matcher = make_matcher("she", "king")
    # A lexicon of this size takes Python minutes to compile.
    huge = "|".join(f"{n}{'x' * 200}" for n in range(30_000))
    monkeypatch.setattr(matcher._hashed, "_signs", huge)
    assert at_once(pa.array(["so she went", "so"]), matcher) == {}
    assert one_by_one("so she went", matcher) == ("so went", (("she",), ("terms",)))


PAIRINGS = [
    Pairing(LEXICONS, MethodChoice("ablate"), selection)
    for selection in (
        Selection(),
        Selection(pair_labels="negative", max_terms=2),
        Selection(min_tokens=2, max_tokens=5),
        Selection(pair_labels="negative", min_tokens=1, max_tokens=3, max_terms=1),
    )
]


@settings(deadline=None, max_examples=100)
@given(
    rows=st.lists(st.tuples(TEXTS, st.sampled_from([0.0, 0.5, 1.0, None])), max_size=8),
    pairing=st.sampled_from(PAIRINGS),
)
@example(rows=[("so _she_ went", None)], pairing=PAIRINGS[0])
def test_a_batch_is_paired_and_counted_as_one_by_one(rows, pairing):
    texts = pa.array([text for text, _ in rows], pa.string())
    labels = pa.array([label for _, label in rows], pa.float32())
    slow = pairing(texts, labels)
    fast = pair_examples(pa.record_batch({"text": texts, "label": labels}), pairing)
    assert fast[:-1] == slow[:-1]
    assert fast.tally == slow.tally
