"""What the checks of a pair find, and what they leave alone."""

from __future__ import annotations

import itertools
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data import load_lexicon
from evenhand.data.checking.changed_parts import ChangedParts
from evenhand.data.checking.fault_signs import rows_with_sign
from evenhand.data.checking.identity_changes import IdentityChanges
from evenhand.data.checking.pair_checks import CHECKS, grammar_faults
from evenhand.data.english.word_classes import word_set
from evenhand.data.support.word_changes import word_changes

# A check, an original, and a counterfactual in which it is to find something
FOUND = [
    ("article", "An Irish crew met here.", "An crew met here."),
    ("article", "We saw a German crew.", "We saw a Irish crew."),
    ("article", "She is a woman and an engineer.", "She is an man and an engineer."),
    ("article", "It was a Muslim hour.", "It was a hour."),
    ("article", "I met a (gay) artist.", "I met a artist."),
    ("doubled_word", "The gay the old.", "The the old."),
    ("doubled_word", "Muslims people pray.", "People people pray."),
    ("doubled_word", "He asked the, er, women about it.", "He asked the the people about it."),
    ("doubled_word", "Give my sister a book.", "Give a a book."),
    ("punctuation", "We met Ann, a nun, a woman, and left.", "We met Ann, a nun,, and left."),
    ("punctuation", "To her, it was late.", "To , it was late."),
    ("punctuation", "Some (gay) people sing.", "Some ( ) people sing."),
    ("punctuation", "Some (gay) people sing.", "Some () people sing."),
    ("punctuation", "I know her.", "I know ."),
    ("punctuation", "It is hers. Go.", "It is. . Go."),
    ("punctuation", "The black dog and I.", "The  dog and I."),
    ("punctuation", "She, I said, is late.", ", I said, is late."),
    ("clitic", "She's late.", "'s late."),
    ("clitic", "I think he’ll come.", "I think ’ll come."),
    ("clitic", "It was in women's lives.", "It was in's lives."),
    ("incomplete", "I like it because she is late.", "I like it because is late."),
    ("brackets", "People (all women) sing.", "People (all sing."),
    ("brackets", 'He said "she sings" to us.', 'He said "she sings to us.'),
    ("capital", "We left. She stayed.", "We left. they stayed."),
    ("capital", "Gay people run it.", "people run it."),
    ("capital", 'I asked. "Women know."', 'I asked. "people know."'),
    ("incomplete", "He met a Muslim in town.", "He met a in town."),
    ("incomplete", "This is for the women.", "This is for the."),
    ("incomplete", "He is very gay.", "He is very."),
    ("incomplete", "My uncle is gay.", "My uncle is."),
    ("incomplete", "I talked with her and him.", "I talked with and."),
    ("incomplete", "We agreed. She was late.", "We agreed. Was late."),
    ("agreement", "She is late.", "They is late."),
    ("agreement", "I know that he always sings.", "I know that they always sings."),
    ("agreement", "Was she late?", "Was they late?"),
    ("agreement", "They have a car.", "He have a car."),
    ("agreement", "Women are late.", "A woman are late."),
    ("agreement", "A woman is late.", "People is late."),
    ("agreement", "I met a woman.", "I met a people."),
    ("agreement", "I met these women.", "I met these person."),
    ("pronoun_case", "I went with her.", "I went with they."),
    ("pronoun_case", "She has her own car.", "He has him own car."),
    ("pronoun_case", "She is here.", "Him is here."),
]


def faults_of(original, counterfactual):
    [faults] = grammar_faults([original], [counterfactual])
    return faults


@pytest.mark.parametrize(("check", "original", "counterfactual"), FOUND)
def test_faults_that_the_edit_brought_are_found(check, original, counterfactual):
    assert check in faults_of(original, counterfactual)


@pytest.mark.parametrize(("check", "original", "counterfactual"), FOUND)
def test_the_way_back_brings_no_such_fault(check, original, counterfactual):
    if check != "brackets":
        assert check not in faults_of(counterfactual, original)


RIGHT = [
    ("I am a woman.", "I am a person."),
    ("An Irish crew met gay people.", "A crew met people."),
    ("She's sure that she'll win.", "They're sure that they'll win."),
    ("Does she know what he wants?", "Do they know what they want?"),
    ("They are black and I am white.", "They are white and I am black."),
    ("A woman's hour, an honest man.", "A man's hour, an honest woman."),
    ("She is an MRI expert (really).", "He is an MRI expert (really)."),
    ("A is for her.", "A is for him."),
    ("Plan A Irish crews like.", "Plan A German crews like."),
    ("If she had had it, he'd know.", "If they had had it, they'd know."),
    ('"She left," I said... "Why?"', '"He left," I said... "Why?"'),
    ("she left :) and he came ;)", "they left :) and they came ;)"),
    ("- She: yes", "- He: yes"),
    ("What does she have?", "What does he have?"),
    ("I think that's how she is.", "I think that's how they are."),
    ("She has had a lot to do, and does it.", "They have had a lot to do, and do it."),
    ("The point was he is late.", "The point was they are late."),
    ("The number of women is large.", "The number of people is large."),
]


@pytest.mark.parametrize(("original", "counterfactual"), RIGHT)
def test_sound_edits_have_no_fault(original, counterfactual):
    assert faults_of(original, counterfactual) == []
    assert faults_of(counterfactual, original) == []


# Faulty before: what the edit leaves, or writes anew at the same place, it has not brought
THERE_BEFORE = [
    ("an crew met the the women ,, ( ) of of.", "an crew met the the people ,, ( ) of of."),
    ("We saw a Irish crew.", "We saw a Asian crew."),
    ("so she is late", "so they are late"),
    ("she left. he came.", "they left. they came."),
    ("the women , however, sing", "the people , however, sing"),
    ("She are late.", "They are late."),
    ("'s woman", "'s person"),
    ("  women sing  ", "  people sing  "),
]


@pytest.mark.parametrize(("original", "counterfactual"), THERE_BEFORE)
def test_faults_that_were_there_before_do_not_count(original, counterfactual):
    assert faults_of(original, counterfactual) == []


def test_one_fault_mended_and_another_brought_is_a_fault():
    assert "article" in faults_of("A Irish crew met an Asian crew.", "A crew met an crew.")


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=40), st.text(max_size=200))
def test_any_pair_of_texts_can_be_checked(before, old, new, after):
    original, counterfactual = before + old + after, before + new + after
    of_edit, of_none = grammar_faults([original, original], [counterfactual, original])
    assert set(of_edit) <= set(CHECKS)
    assert of_none == []


def test_many_pairs_have_the_faults_that_each_has_alone():
    originals, counterfactuals = zip(*(pair for _, *pair in FOUND), *RIGHT, strict=True)
    assert grammar_faults(originals, counterfactuals) == list(
        map(faults_of, originals, counterfactuals)
    )


WORDS = sorted(
    word_set("""
    a an the A and with because my very is was have do he she they him own person men these every
    isn't n't 's of's don't don’t dog apple hour MRI x 8 é éé я ıs iſ İf The Was x_y _a women-led
    ’ll ( ] ” " , . ! … .. : -- * 😀""")
)
GAPS = [" ", "", "  ", "\n", "\u00a0", "\x1c", " , ", ". ", ' "', "' ", "-"]
STARTS, ENDS = ["", "x ", "x. ", "'", "(", "\t", "é"], ["", " x", ".", " ?", "'", "\x0b", ")", "_"]


def test_a_text_in_which_a_check_finds_something_has_its_sign():
    words = itertools.product(WORDS, GAPS, WORDS)
    texts = [
        start + "".join(middle) + end
        for start, middle, end in zip(
            itertools.cycle(STARTS), words, itertools.cycle(ENDS), strict=False
        )
    ]
    array = pa.array(texts)
    for name, check in CHECKS.items():
        if check.find is not None:
            signed = set(rows_with_sign(name, array))
            missed = [
                text for row, text in enumerate(texts) if row not in signed and check.find(text)
            ]
            assert missed == [], name


SHORT = ["".join(text) for length in range(5) for text in itertools.product("ab ", repeat=length)]


@pytest.mark.parametrize("fault", ["b", " (?= )", "a(?=bb)", "(?<=bba)b"])
def test_an_edit_brings_what_a_changed_place_has_more_of(fault):
    found = {text: [found.span() for found in re.finditer(fault, text)] for text in SHORT}
    for original, counterfactual in itertools.product(
        SHORT, [text for text in SHORT if found[text]]
    ):
        brought, start, new_start = False, 0, 0
        for piece, new_piece in word_changes(original, counterfactual):
            end, new_end = start + len(piece), new_start + len(new_piece)
            before = sum(first <= end and last >= start for first, last in found[original])
            after = sum(
                first <= new_end and last >= new_start for first, last in found[counterfactual]
            )
            brought = brought or (piece != new_piece and after > before)
            start, new_start = end, new_end
        assert ChangedParts(original, counterfactual).brought(found.__getitem__) == brought


@pytest.fixture(scope="module")
def identity():
    names = ("gender", "sexual-orientation", "religion", "race-ethnicity", "age")
    return IdentityChanges([load_lexicon(name) for name in names])


IDENTITY = [
    ([], "She lost her keys.", "He lost his keys."),
    ([], "Muslims pray.", "People pray."),
    ([], "They are black and I am white.", "They are white and I am black."),
    ([], "Is he gay or straight?", "Is he straight or gay?"),
    ([], "Muslim women pray.", "Muslim men pray."),
    ([], "I met a Muslim and a Jew.", "I met a Hindu and a Sikh."),
    (["no_term_changed"], "She is late.", "She is early."),
    (["no_term_changed"], "It rains.", "It rains."),
    ([], "The young man said he prays.", "The young said prays."),
    (["several_axes"], "A Muslim woman prays.", "A Hindu man prays."),
    (["several_axes"], "A Muslim woman prays.", "A person prays."),
    (["mixed_groups"], "She lost her keys.", "He lost her keys."),
    (["mixed_groups"], "She lost her keys.", "They lost her keys."),
    (["mixed_groups"], "They are black and I am white.", "They are white and I am white."),
    (["mixed_groups"], "Muslims pray in a mosque.", "Hindus pray in a mosque."),
    ([], "Muslims pray in a mosque.", "People pray in a mosque."),
    (["mixed_groups"], "Emma lost her keys.", "Emma lost his keys."),
    (["mixed_groups"], "I am a lesbian and love my wife.", "I am a lesbian and love my husband."),
]


@pytest.mark.parametrize(("faults", "original", "counterfactual"), IDENTITY)
def test_what_a_pair_changes_about_identity(identity, faults, original, counterfactual):
    assert identity.of([original], [counterfactual]) == [faults]


def test_many_pairs_give_what_each_gives_alone(identity):
    originals = [original for _, original, _ in IDENTITY] * 40
    counterfactuals = [counterfactual for _, _, counterfactual in IDENTITY] * 40
    assert identity.of(originals, counterfactuals) == [faults for faults, _, _ in IDENTITY] * 40
