"""`evenhand try`: what it prints of a few texts, and where it takes them from."""

from __future__ import annotations

import io
import json

import pytest

from evenhand.cli.main import run

SCORER = """
def score(texts):
    return [0.9 if "she" in text.lower().split() else 0.25 for text in texts]
"""


@pytest.fixture
def scorer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scorer.py").write_text(SCORER)
    return "scorer.py:score"


def typed(monkeypatch, text, *, is_terminal=False):
    stream = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    stream.isatty = lambda: is_terminal
    monkeypatch.setattr("sys.stdin", stream)


def test_a_table_shows_scores_and_decisions_of_both_sides(scorer, capsys):
    arguments = ["try", "She is late", "the bus", "--method", "ablate", "--model", scorer]
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    rows = [line.replace("│", " ").split() for line in printed.splitlines()]
    assert ["original", "She", "is", "late", "0.900", "positive"] in rows
    assert ["flips", "[-She", "-]is", "late", "0.250", "negative", "female"] in rows
    assert "No pair: it holds no term of any lexicon." in printed
    assert "1 of 1 pair flips at the threshold 0.5." in printed
    assert "Model: scorer.py:score, outputs read as probabilities" in printed


def test_lines_of_stdin_are_texts(scorer, monkeypatch, capsys):
    typed(monkeypatch, "she is late\n\n  he is late  \n")
    assert run(["try", "--method", "ablate", "--terms", "gender", "--model", scorer, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["text"] for each in document["texts"]] == ["she is late", "he is late"]
    assert [pair["flips"] for each in document["texts"] for pair in each["pairs"]] == [True, False]
    assert (document["pairs"], document["flips"]) == (2, 1)


def test_typed_lines_are_answered_one_by_one(monkeypatch, capsys):
    typed(monkeypatch, "she is late\n\nthe bus\n", is_terminal=True)
    assert run(["try", "--method", "ablate"]) == 0
    printed = capsys.readouterr()
    assert printed.out.index("1 pair by the method ablate.") < printed.out.index("the bus")
    assert printed.err.count("text: ") == 4  # the last is answered by the end of the file


def test_text_that_a_terminal_would_act_on_is_shown(capsys):
    assert run(["try", "she \x1b[31mis\x1b[0m [bold]late[/bold]\u202e", "--method", "ablate"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed and "\u202e" not in printed
    assert "[bold]late[/bold]" in printed and "‹U+202E›" in printed


def test_another_method_that_pairs_the_text_is_named(capsys):
    assert run(["try", "I am a lesbian", "--method", "substitute"]) == 0
    assert "No pair: a term has no counterpart in the same form. Try --method " in (
        capsys.readouterr().out
    )


def test_nothing_to_try_and_two_models_are_errors(monkeypatch, capsys):
    typed(monkeypatch, " \n")
    assert run(["try"]) == 2
    assert "there is no text to try" in capsys.readouterr().err
    assert run(["try", "she", "--model", "a", "--endpoint", "b"]) == 2
