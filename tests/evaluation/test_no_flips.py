"""`assert_no_flips`: what it finds, what it shows, and what it takes for a model."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.data.building.in_memory import make_pairs
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import assert_no_flips
from evenhand.remediation import ModelOptions, load_classifier

TEXTS = ["she is here", "he and she", "nothing here", "he went"]


def scores_of(word, high=0.9):
    return lambda texts: [high if word in text.split() else 0.2 for text in texts]


def test_a_model_that_does_not_look_at_the_terms_passes():
    assert_no_flips(scores_of("here"), TEXTS)
    assert_no_flips(scores_of("she"), TEXTS, max_flips=2)
    assert_no_flips(scores_of("she"), TEXTS, threshold=0.95, allow_one_decision=True)
    assert_no_flips(scores_of("she"), TEXTS, terms={"male": ["he"]})


def test_a_model_that_decides_all_texts_alike_does_not_pass_in_silence():
    with pytest.warns(UserWarning, match="calls all of 7 different texts negative at threshold"):
        assert_no_flips(lambda texts: [0.2] * len(texts), TEXTS)
    assert_no_flips(lambda texts: [0.2] * len(texts), TEXTS, allow_one_decision=True)
    # one text that is decided otherwise is enough, whether it holds a term or not
    assert_no_flips(scores_of("awful"), [*TEXTS, "an awful day"])
    many = [f"she went {number} times" for number in range(50)]
    with pytest.raises(AssertionError, match="no evidence: the model calls all of 100 different"):
        assert_no_flips(lambda texts: [0.9] * len(texts), many)
    with pytest.raises(AssertionError, match=r"calls 99\.05% of 105 different"):
        assert_no_flips(scores_of("awful"), [*many, "awful", *"abcd"])
    assert_no_flips(scores_of("awful"), [*many, "awful day", "awful"])
    assert_no_flips(lambda texts: [0.9] * len(texts), many, allow_one_decision=True)


def test_the_message_shows_both_scores_and_marks_the_edit():
    with pytest.raises(AssertionError) as raised:
        assert_no_flips(scores_of("she"), TEXTS)
    lines = str(raised.value).splitlines()
    assert lines[0] == "2 of 3 pairs flip at threshold 0.5, and 0 may"
    assert lines[1:4] == ["text 1 (she):", "  0.900  [she] is here", "  0.200  is here"]
    with pytest.raises(AssertionError, match=r"\[she\] is here\n  0.200  \[he\] is here"):
        assert_no_flips(scores_of("she"), TEXTS, method="substitute")


def test_the_largest_changes_come_first_and_few_are_shown():
    texts = [f"she {'very ' * number}went" for number in range(30)]

    def scores(texts):
        return [0.6 + len(text) / 1000 if "she" in text else 0.4 for text in texts]

    with pytest.raises(AssertionError) as raised:
        assert_no_flips(scores, texts)
    lines = str(raised.value).splitlines()
    assert lines[1] == "text 30 (she):"
    assert lines[-1] == "and 20 more"
    assert sum(line.startswith("text ") for line in lines) == 10


def test_texts_are_shown_on_one_line_and_cut():
    with pytest.raises(AssertionError) as raised:
        assert_no_flips(scores_of("she"), ["she said\n\x1b[31m" + "word " * 500])
    assert len(str(raised.value).splitlines()) == 4
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("terms", [["gender"], {"people": ["nurse", "she"]}, "mine.txt"])
def test_terms_are_lexicons_or_words_by_group(terms, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("she\n")
    with pytest.raises(AssertionError, match=r"\[she\]"):
        assert_no_flips(scores_of("she"), TEXTS, terms)


@pytest.mark.parametrize(
    ("texts", "terms", "problem"),
    [
        (["nothing here"], "gender", "nothing to test"),
        ([], "gender", "nothing to test"),
        ("she is here", "gender", "single text"),
        ([1], "gender", "must be a string, got int"),
        (TEXTS, "gendre", "did you mean 'gender'"),
        (TEXTS, {"a": ["she", "she"]}, "she"),
    ],
)
def test_what_tests_nothing_is_an_error(texts, terms, problem):
    with pytest.raises(InputError, match=problem):
        assert_no_flips(scores_of("she"), texts, terms)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (3, "a value of type int is not a model"),
        (lambda texts: [0.5], r"shape \(1,\)"),
        (lambda texts: np.zeros([len(texts), 2]), "2 labels, of which a text may have several"),
        (lambda texts: np.zeros([len(texts), 2, 2]), r"shape \(2, 2, 2\) for two texts"),
        (lambda texts: np.full([len(texts), 3], 1 / 3), "3 classes a text"),
        (lambda texts: [0.5] * (len(texts) - len(texts) // 3), "another shape for 7 texts"),
        (lambda texts: [2.0 if "went" in text else 0.5 for text in texts], r"text 'he went'"),
        (lambda texts: [1 / (text != "he went") for text in texts], r"division.*\n.*'he went'"),
        (lambda texts: [float("nan")] * len(texts), "gives nan"),
        (lambda texts: ["a"] * len(texts), "not one number or more for each text"),
        ("absent.keras", "absent.keras"),
    ],
)
def test_what_gives_no_scores_is_an_error(model, problem):
    with pytest.raises(InputError, match=problem):
        assert_no_flips(model, TEXTS)


def test_a_function_that_gives_logits_says_so():
    def logits(texts):
        return [3.0 if "she" in text.split() else -1.0 for text in texts]

    with pytest.raises(InputError, match=r"(?s)the model gives .*`logits`"):
        assert_no_flips(logits, TEXTS)
    with pytest.raises(AssertionError, match=r"0\.953  \[she\] is here\n  0\.269  is here"):
        assert_no_flips(logits, TEXTS, options=ModelOptions(logits=True))
    with pytest.raises(ConfigurationError, match="for a function, options can only"):
        assert_no_flips(logits, TEXTS, options=ModelOptions(custom_objects="module"))
    with pytest.raises(InputError, match="no output 'toxic'"):
        assert_no_flips(logits, TEXTS, options=ModelOptions(head="toxic"))


def test_a_function_is_read_as_any_other_model():
    def of_one(texts):
        return np.array([0.9 if "she" in text.split() else 0.2 for text in texts])

    def shares(texts):
        return np.stack([1 - of_one(texts), of_one(texts)], axis=1)

    def labels(texts):
        return np.stack([of_one(texts), of_one(texts) * 0, of_one(texts)], axis=1)

    def heads(texts):
        return {"mood": of_one(texts) * 0, "toxic": of_one(texts)}

    for function, options in (
        (of_one, None),
        (shares, None),
        (labels, ModelOptions(positive_class=2)),
        (heads, ModelOptions(head="toxic")),
    ):
        with pytest.raises(AssertionError, match=r"2 of 3 pairs flip[^$]*0\.900  \[she\] is here"):
            assert_no_flips(function, TEXTS, options=options)
    assert_no_flips(labels, TEXTS, options=ModelOptions(positive_class=1), allow_one_decision=True)


def test_a_function_need_not_know_but_the_texts_given():
    known = {*TEXTS, *(pair.counterfactual for pair in make_pairs(TEXTS, method="ablate"))}
    table = {text: 0.9 if "here" in text else 0.2 for text in known}
    assert_no_flips(lambda texts: [table[text] for text in texts], TEXTS)


@pytest.mark.parametrize(
    "limits", [{"threshold": 1.0}, {"threshold": float("nan")}, {"max_flips": -1}]
)
def test_limits_out_of_range(limits):
    with pytest.raises(ConfigurationError):
        assert_no_flips(scores_of("here"), TEXTS, **limits)


def test_models_of_every_kind(scorers):
    biased, even = load_classifier(f"{scorers}:biased"), load_classifier(f"{scorers}:even")
    for model in (
        f"{scorers}:even",
        even,
        even.keras_model,
        lambda texts: even.score(texts)[:, None],
    ):
        assert_no_flips(model, TEXTS, allow_one_decision=True)
    for model in (f"{scorers}:biased", biased, biased.keras_model):
        with pytest.raises(AssertionError, match="2 of 3 pairs flip"):
            assert_no_flips(model, TEXTS)
