"""`evenhand data check`: what it shows, writes and refuses, and how it shows strangers' text."""

from __future__ import annotations

import json

import pytest

from evenhand.cli.main import run

CSV = """id,original,counterfactual
1,An Irish crew met.,An crew met.
2,She is <b>|red|</b>\x1b[31m,They is <b>|red|</b>\x1b[31m
"""


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(CSV)
    return path


def check(pairs, *more):
    return run(["data", "check", str(pairs), "--terms", "gender", *map(str, more)])


def test_a_table_names_each_check_with_its_share_and_pairs(pairs, capsys):
    assert check(pairs) == 0
    shown = capsys.readouterr().out
    rows = {line.split("│")[1].strip(): line for line in shown.splitlines() if "│" in line}
    assert "│     2 │ 100.00% │" in rows["grammar errors"]
    assert "│     1 │  50.00% │" in rows["agreement *"]
    assert "│     0 │   0.00% │" in rows["capital *"]
    assert "An [-Irish -]crew met." in shown
    assert "\x1b[31m" not in shown


def test_the_json_document_has_the_same_figures(pairs, capsys):
    assert check(pairs, "--json", "--examples", 1) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    document = json.loads(shown)
    assert document["grammar_errors"] == {"pairs": 2, "share": 1.0}
    checks = {each["name"]: each for each in document["checks"]}
    assert checks["agreement"]["examples"][0]["original"] == "She is <b>|red|</b>\x1b[31m"
    assert "alike_to_model" not in checks


def test_markdown_is_written_beside_it_and_escaped(pairs, tmp_path, capsys):
    assert check(pairs, "--output", tmp_path / "q.md") == 0
    written = (tmp_path / "q.md").read_text()
    assert "| grammar errors | at least one fault" in written
    assert "<b>" not in written and "\x1b" not in written
    assert "&lt;b>&#124;red&#124;" in written


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--logits",), 2, "--logits is for a model"),
        (("--fluency-loss", "1"), 2, "--fluency"),
        (("--fluency", "nowhere:rate"), 2, "nowhere"),
        (("--delimiter", ";"), 3, "id,original,counterfactual"),
        (("--model", "nowhere.keras"), 3, "nowhere.keras"),
        (("--examples", "-1"), 2, "--examples"),
    ],
)
def test_what_is_wrong_is_refused_with_its_flag(pairs, more, code, words, capsys):
    assert check(pairs, *more) == code
    assert words in capsys.readouterr().err


def test_the_output_may_not_be_the_input(pairs, capsys):
    assert check(pairs, "--output", pairs) == 2
    assert pairs.read_text() == CSV


def test_rows_left_out_are_named(pairs, capsys):
    pairs.write_text(CSV + "3,,x\n")
    assert check(pairs) == 3
    assert "--on-error skip" in capsys.readouterr().err
    assert check(pairs, "--on-error", "skip") == 0
    assert "row 3" in capsys.readouterr().err


def test_pairs_that_a_function_cannot_tell_apart_are_counted(pairs, tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "counting_words.py").write_text(
        "def score(texts):\n    return [min(len(text.split()), 9) / 10 for text in texts]\n"
    )
    assert check(pairs, "--model", "counting_words:score", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    checks = {each["name"]: each["pairs"] for each in document["checks"]}
    assert checks["alike_to_model"] == 1
    assert "bit for bit" in document["compared"]
