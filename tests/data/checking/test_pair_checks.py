"""What the checks of a pair find, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data import load_lexicon
from evenhand.data.checking.identity_changes import IdentityChanges
from evenhand.data.checking.pair_checks import CHECKS, grammar_faults

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


@pytest.mark.parametrize(("check", "original", "counterfactual"), FOUND)
def test_faults_that_the_edit_brought_are_found(check, original, counterfactual):
    assert check in grammar_faults(original, counterfactual)


@pytest.mark.parametrize(("check", "original", "counterfactual"), FOUND)
def test_the_way_back_brings_no_such_fault(check, original, counterfactual):
    if check != "brackets":
        assert check not in grammar_faults(counterfactual, original)


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
    assert grammar_faults(original, counterfactual) == []
    assert grammar_faults(counterfactual, original) == []


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
    assert grammar_faults(original, counterfactual) == []


def test_one_fault_mended_and_another_brought_is_a_fault():
    assert "article" in grammar_faults("A Irish crew met an Asian crew.", "A crew met an crew.")


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=40), st.text(max_size=200))
def test_any_pair_of_texts_can_be_checked(before, old, new, after):
    original, counterfactual = before + old + after, before + new + after
    assert set(grammar_faults(original, counterfactual)) <= set(CHECKS)
    assert grammar_faults(original, original) == []


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
