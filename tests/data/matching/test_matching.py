"""Matching: whole words, guards, and the filter that finds the texts worth looking at."""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenhand.data.lexicons.entries import Entry, Guards, Lexicon
from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon
from evenhand.data.matching import matcher as matching
from evenhand.data.matching.hashed_words import HashedWords
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.patterns import NOT_PLAIN, combining_marks
from evenhand.data.methods.ablation import ablate

LEXICONS = {name: load_lexicon(name) for name in builtin_lexicons()}
MATCHERS = {name: TermMatcher([lexicon]) for name, lexicon in LEXICONS.items()}
ALL = TermMatcher(LEXICONS.values())
FORMS = sorted(
    {form for lexicon in LEXICONS.values() for entry in lexicon.entries
     for _, form in entry.spellings()}
)  # fmt: skip


def lexicon(*entries, name="test"):
    groups = dict.fromkeys((entry.group for entry in entries), "")
    return Lexicon(name, "1", "", groups, entries, "0" * 64)


def matcher(*terms, **options):
    return TermMatcher([lexicon(*(Entry(term=term, group="g", **options) for term in terms))])


OWN = matcher("new york", "a-b", "she's", "man", "woman", "élan")
ENDS_IN_SIGNS = matcher("c++", "man", "man+")
DOTLESS = matcher("kral", guards=Guards(not_in=("kral ılık", "kral İstanbul")))


def found(text, lexicon_name=None):
    return [match.term for match in (MATCHERS[lexicon_name] if lexicon_name else ALL).find(text)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("There is the other theory.", []),
        ("human mankind @man @man_united man_united", []),
        ("SHE told Him", ["she", "him"]),
        ("she's the woman’s aunt", ["she", "woman", "aunt"]),
        ("#woman (woman) \"woman\" woman.", ["woman"] * 4),
        ("first line\nher\r\nthird", ["her"]),
        ("my mother-in-law", ["mother-in-law"]),
        ("sister-wives brother\u2011like", []),
        ("woman\u0301 nu\u0301n", []),
        ("woman🙂woman", ["woman", "woman"]),
    ],
)  # fmt: skip
def test_a_term_is_a_whole_word_in_any_case(text, terms):
    assert found(text, "gender") == terms


def test_of_overlapping_terms_the_first_and_longest_is_taken():
    terms = [match.term for match in matcher("New York", "York Times", "York").find(
        "the New  York Times, York Times, York")]  # fmt: skip
    assert terms == ["New York", "York Times", "York"]


def test_characters_of_regular_expressions_are_literal():
    assert [match.term for match in matcher("a.b", "c++").find("a.b axb c++ ccc")] == ["a.b", "c++"]


# Each text next to the terms that are to be found in it.
TRAPS = {
    "gender": [
        ("I read it in The Queens Gazette.", []),
        ("The Queens Gazette is closed", []),
        ("a queen-size bed, a king-size bed", []),
        ("a queen size bed and a King Size mattress", []),
        ("We met at King's Cross and at Kings Cross.", []),
        ("Then Lady Gaga sang with Stephen King.", []),
        ("lady gaga", []),
        ("The queen and the king left. Queen of what?", ["queen", "king", "queen"]),
        ("ALL HAIL THE QUEEN", ["queen"]),
        ("“Ladies and gentlemen”", ["ladies", "gentlemen"]),
        ("He shouted:\nKings do not knock", ["he", "kings"]),
        ("English is her mother tongue, and mother nature's", ["her"]),
        ("Mother, my mother tongue is my mother's", ["mother", "mother"]),
        ("oh man, man up", []),
        ("That son of a bitch hit my son", ["son"]),
        ("The founding fathers were fathers", ["fathers"]),
        ("old wives' tales, old wives’ tales", []),
        ("Queens, NY", []),
        ("Queen is on tour. Prince's songs! Queens is cold", []),
        ("King of the Hill. Prince, who sang it,", []),
        ("Prince died. Queen released a song. King and queen waved", ["king", "queen"]),
        ("#she #girl", ["she", "girl"]),
        ("The prince is late. Women's coats. Kings were here", ["prince", "women", "kings"]),
        ("THE QUEEN IS HERE", ["queen"]),
        ("it is her's, sheʼs my momʼs friend", ["her's", "she", "mom"]),
        ("the good Lord knows, my lord", []),
        ("these guys, you guys, dude", []),
        ("trans fats and trans women", ["trans", "women"]),
        ("his bachelor's degree", ["his"]),
    ],
    "race-ethnicity": [
        ("black people and White women", ["black", "white"]),
        ("black and white people", ["black", "white"]),
        ("a black and white photo for people", []),
        ("a black car, white walls, the White House, a white paper", []),
        ("black friday, Black Friday shoppers", []),
        ("the black market, the black box, a black widow", []),
        ("She is black. He's white, too. I am not black!", ["black", "white", "black"]),
        ("the ink is black. it is white", []),
        ("people who are black or brown", ["black", "brown"]),
        ("Being black never hurt her; being white should not matter", ["black", "white"]),
        ("Ada and Leo are black. The cups and plates are white.", ["black"]),
        ("a black heroine, our white landlady, a black busker", ["black", "white", "black"]),
        ("a black young man, white working-class voters", ["black", "white"]),
        ("that white idiot, two black bastards, an Asian terrorist", ["white", "black", "Asian"]),
        ("Hispanic gangsters and brown scumbags", ["Hispanic", "brown"]),
        ("a white asset, a black dog, white trash cans", []),
        ("white miners, a black stuntwoman, Asian cellists", ["white", "black", "Asian"]),
        ("a white ottoman, black playlists, white snowmen", []),
        ("Chris Brown people", []),
        ("women of color, a splash of color", ["women of color"]),
        ("the European Union, Europeans, African elephants, Africans", ["Europeans", "Africans"]),
        ("a Jeep Cherokee, a Persian cat, Persians", ["Persians"]),
        ("the men in black people remember", []),
        ("an African American man, African-Americans", ["African American", "African-Americans"]),
    ],
    "disability": [
        ("a blind spot, a blind date, double-blind, the blinds", []),
        ("a blind man, deaf and blind children", ["blind", "deaf", "blind"]),
        ("she was born blind. he is legally blind", ["blind", "blind"]),
        ("he is blind to the danger", []),
        ("it fell on deaf ears; a tone deaf reply to a deaf pupil", ["deaf"]),
        ("the button is disabled; disabled veterans", ["disabled"]),
        ("a hearing on Monday, hearing people", ["hearing"]),
        ("people with disabilities", ["with disabilities"]),
        ("he has schizophrenia; schizophrenia is common", ["has schizophrenia"]),
        ("men with epilepsy, living with PTSD", ["with epilepsy", "living with PTSD"]),
        ("mentally ill people, a woman in a wheelchair", ["mentally ill", "in a wheelchair"]),
    ],
    "sexual-orientation": [
        ("a straight line, straight ahead, he was straight up rude", []),
        ("straight people, a straight guy, he is straight.", ["straight"] * 3),
        ("gay and straight couples", ["gay", "straight"]),
    ],
    "age": [
        ("old news, an old car, an old friend, 20 years old", []),
        ("an old man, older women, my father is old.", ["old", "older", "old"]),
        ("a 50 year old man, my older brother", ["50 year old"]),
        ("a 70-year-old man, 10-year-olds", ["70-year-old", "10-year-olds"]),
        ("a 12-year-old whisky, a 30 year old house", []),
        ("a 9-year-old was hurt, two 80-year-olds", ["9-year-old", "80-year-olds"]),
        ("she is in her sixties, in the sixties", ["in her sixties"]),
        ("seniors, high school seniors, Gen Z voters", ["seniors", "Gen Z"]),
        ("Neil Young sang to young people", ["young"]),
        ("A Young Couple's Guide", ["young"]),
    ],
    "nationality": [
        ("polish the silver, polish people", []),
        ("Polish plumbers; nail Polish; Polish the table", ["Polish"]),
        ("Turkey, a turkey sandwich, a Turkish friend, Turkish delight", ["Turkish"]),
        ("the Indian Ocean, an indian summer, an Indian friend", ["Indian"]),
        ("she speaks German, in English, French fries", []),
        ("The Germans and an American", ["Germans", "American"]),
        ("African American women", []),
        ("Scots, Thais and Peruvians", ["Scots", "Thais", "Peruvians"]),
        ("the North Pole, a Pole", ["Pole"]),
        ("a German-born, Irish-born pair", ["German-born", "Irish-born"]),
        ("Ghanaians, Papua New Guineans", ["Ghanaians", "Papua New Guineans"]),
        ("a Great Dane, Danish pastries, two Danes", ["Danes"]),
        ("Swiss cheese, a Swiss army knife, Swiss voters", ["Swiss"]),
        ("Huckleberry Finn, the finn, a Finn", ["Finn"]),
        ("pad thai, Thai food, Thai workers", ["Thai"]),
        ("Georgian architecture, the Dominican Republic, Georgian students", ["Georgian"]),
        ("Saudi Arabia, a Saudi, a Saudi Arabian prince", ["Saudi", "Saudi Arabian"]),
    ],
    "immigration": [
        ("immigrants and an immigrant family", ["immigrants", "immigrant"]),
        ("illegal immigrants, an illegal immigrant", []),
        ("undocumented immigrants, undocumented men", ["undocumented immigrants", "undocumented"]),
        ("an undocumented feature, foreign policy, foreign leaders", []),
        ("a refugee camp; refugees; asylum-seekers", ["refugees", "asylum-seekers"]),
    ],
    "socioeconomic": [
        ("poor people, rich folks, wealthy voters", ["poor", "rich", "wealthy"]),
        ("the poor guy, poor kid, poor results, rich soil", []),
        ("a white-collar crime, working-class voters", ["working-class"]),
        ("homeless people and a homeless shelter", ["homeless"]),
    ],
    "body": [
        ("tall women, a short man, thin people", ["tall", "short", "thin"]),
        ("a tall order, in short, a thin line, short stories", []),
    ],
    "veteran-status": [
        ("veterans and a war veteran", ["veterans", "war veteran"]),
        ("a veteran actor, a 20-year veteran, Veterans Day", []),
    ],
    "religion": [
        ("Roman Catholics, Lutherans, Bahá’í", ["Roman Catholics", "Lutherans"]),
        ("a firm believer, a believer in free trade, believers", ["believers"]),
        ("religious people, a religious experience", ["religious"]),
        ("Christian Dior, a Christian, platform agnostic", ["Christian"]),
        ("Christian wrote. We invited Christian and his son. I saw Christian yesterday", []),
        ("She is a devout Christian. Christian schools; they are Christian.", ["Christian"] * 3),
        ("a Jew, Jewish people, an ex-Muslim", ["Jew", "Jewish", "ex-Muslim"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "terms"),
    [(name, text, terms) for name, cases in TRAPS.items() for text, terms in cases],
)
def test_guards_tell_identity_terms_from_their_lookalikes(name, text, terms):
    assert [term.casefold() for term in found(text, name)] == [term.casefold() for term in terms]


def test_a_term_that_is_ruled_out_lets_a_shorter_one_inside_it_match():
    guarded = Entry(term="grand old man", group="g", guards=Guards(only_capitalised=True))
    both = TermMatcher([lexicon(guarded, Entry(term="man", group="g"))])
    assert [match.term for match in both.find("a grand old man")] == ["man"]


def test_lexicons_that_share_a_term_join_their_groups_and_keep_their_own_guards():
    plain = lexicon(Entry(term="straight", group="a"))
    guarded = lexicon(
        Entry(term="straight", group="b", counterparts=("gay",), guards=Guards(person_word=True)),
        Entry(term="gay", group="c", counterparts=("straight",)),
    )
    both = TermMatcher([plain, guarded])
    assert [match.groups for match in both.find("a straight line")] == [("a",)]
    (match,) = both.find("straight people")
    assert match.groups == ("a", "b")
    assert [entry.term for entry in match.counterparts] == ["gay"]


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\u00a0", "  "])
def test_white_space_in_a_fixed_expression_may_be_any(space):
    assert found(f"the black{space}widow people", "race-ethnicity") == []


WORDS = st.one_of(
    st.sampled_from(FORMS),
    st.sampled_from(FORMS).map(str.upper),
    st.sampled_from(FORMS).map(str.title),
    st.sampled_from(["the", "and", "people", "is", "size", "in", "not", "Gazette", "@a", "#"]),
    st.sampled_from(["http://x.y/she-", "www.man", ".com", "king@x.org", "s/", "(s)", "_", "/it"]),
    st.text(max_size=6),
)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "  ", "\n", "-", "'s ", ". ", ""]))).map(
    lambda pieces: "".join(word + gap for word, gap in pieces)
)


@settings(deadline=None)
@given(TEXTS)
def test_no_match_survives_ablation(text):
    ablated = ablate(text, ALL)
    assert (ablated is None) == (ALL.find(text) == [])
    if ablated is not None:
        assert ALL.find(ablated.text) == []
        assert ablated.text != text


@settings(deadline=None)
@given(TEXTS)
def test_matches_do_not_overlap_and_are_forms_of_their_entries(text):
    end = 0
    for match in ALL.find(text):
        assert end <= match.start < match.end
        end = match.end
        assert set(match.slots) <= {"base", *match.entry.forms}
        assert match.entry.group in match.groups


@settings(deadline=None)
@given(TEXTS)
def test_every_text_with_a_match_is_a_candidate(text):
    try:
        texts = pa.array([text, None], pa.string())
    except UnicodeEncodeError:
        return
    candidates = ALL.candidates(texts).to_pylist()
    assert candidates[1] is None
    assert candidates[0] or not ALL.find(text)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4), st.sampled_from([ALL, MATCHERS["gender"], OWN]))
@example(["man @man wo-man man-", "woman’s man…", "NEW  York a-b a-b-c", "ÉLAN", "elan"], OWN)
@example(["man c++ c++-man", "a man", "man+", "(man)"], ENDS_IN_SIGNS)
@example(["some kral ilik", "Kral istanbul", "kral ılık", "a kral"], DOTLESS)
@example(["c++ Man"], matcher("c++"))
@example(["So it is", "and SO", "\u017fo"], matcher("\u017fo"))
@example(["http://man.com/man man", "www.man man@man.org", "_man_ @a_man", "man/s/he"], OWN)
@example(["s/he, she", "(s)he/it", "they met her.com", "he_she", "xhttp://she she"], ALL)
@example(["Queen is here", "oh man", "religious, religioux"], ALL)
@example(["a man", "\ud800 man"], OWN)
@example(["x\0she\0", "sh\0e", "\u212aing king", "queen\tsize, my queen", "mannＨe"], ALL)
def test_all_texts_at_once_have_the_matches_of_each(texts, matcher):
    one_by_one = [matcher.find(text) for text in texts]
    matcher.left_alone.clear()
    assert matcher.find_all(texts) == one_by_one
    left_alone = matcher.left_alone.copy()
    matcher.left_alone.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_MANY_TEXTS", 0)
        assert matcher.find_all(texts) == one_by_one
    assert matcher.left_alone == left_alone


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4), st.sampled_from([ALL, MATCHERS["gender"], OWN]))
@example(["man c++ c++-man", "c++", "_man_", "man2", "none"], ENDS_IN_SIGNS)
@example(["some kral ilik", "KRAL İSTANBUL", "kral ılık", "none"], DOTLESS)
@example(["a @@ b", "none"], matcher("@@"))
@example(["mother-in-law", "NEW  York", "\ud800 man", "\u212aing", "none"], ALL)
def test_every_text_with_a_match_is_searched(texts, matcher):
    rows = matcher.rows_to_search(texts, HashedWords.of(texts))
    assert set(rows) >= {row for row, text in enumerate(texts) if matcher.find(text)}
    assert rows == sorted(set(rows))
    assert "none" not in texts or len(rows) < len(texts) or matcher.find("@@")


def test_plain_text_holds_no_word_that_is_not_ascii():
    characters = [chr(code) for code in range(sys.maxunicode) if not 0xD800 <= code < 0xE000]
    plain = pc.invert(pc.match_substring_regex(pa.array(characters), NOT_PLAIN)).to_pylist()
    for character in itertools.compress(characters, plain):
        assert character.isascii() or not (
            re.match(r"[\w\s]", character)
            or unicodedata.category(character).startswith("M")
            or character in "\u2010\u2011"
        )


def test_every_combining_mark_of_unicode_is_one():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    marks = [one for one in every if unicodedata.category(one).startswith("M")]
    assert re.findall(f"[{combining_marks()}]", every) == marks


@pytest.mark.parametrize("unit", [" ", "\n", "(", "black ", "a", "is ", "🙂", "\u0301"])
def test_a_megabyte_on_one_line_is_read(unit):
    text = unit * (1_000_000 // len(unit)) + ". Kings came."
    assert ALL.find(text)[-1].term == "kings"


@pytest.mark.parametrize("spread", [False, True], ids=["of one term", "of many terms"])
def test_thousands_of_guards_rule_out_what_each_says(spread):
    """Also expressions that begin or end like others, in a few texts and in very many."""
    expressions = [f"she-wolf {i}" for i in range(3_000)] + ["she-wolf", "the she's"]
    if spread:
        terms = [Entry(term="she", group="g", guards=Guards(not_in=tuple(expressions[3_000:])))]
        terms += [
            Entry(term=f"wolf {i}", group="g", guards=Guards(not_in=(f"she-wolf {i}",)))
            for i in range(3_000)
        ]
    else:
        terms = [Entry(term="she", group="g", guards=Guards(not_in=tuple(expressions)))]
    guarded = TermMatcher([lexicon(*terms)])
    texts = {
        "She saw a She-Wolf 2999 there": ["she"],
        "she wolf  7, THE SHE’S and she": ["she"],
        "she-wolf 3000": [],
        "she-wolfs and she": ["she"],
        "the she": ["she"],
    }
    for text, terms_found in texts.items():
        assert [match.term for match in guarded.find(text)] == terms_found
    many = list(texts) * 120
    assert guarded.find_all(many) == [guarded.find(text) for text in many]
