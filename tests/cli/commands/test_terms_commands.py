"""`evenhand data terms` at the terminal."""

from __future__ import annotations

import json

import pytest

from evenhand.cli.main import run
from evenhand.data.lexicons.lexicon import load_lexicon

LEXICON = """schema_version = 1
name = "mine"
version = "0.1.0"
groups.a = "A"
groups.b = "B"
terms = [
    { term = "mom", group = "a", counterparts = ["dad"] },
    { term = "dad", group = "b", counterparts = ["mom"] },
]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "mine.toml").write_text(LEXICON, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(
        "text,toxic\nmom said so,1\nmom and dad,0\nthe bus,0\n", encoding="utf-8"
    )
    return tmp_path


def test_list_names_every_lexicon_with_its_version_groups_and_size(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    assert run(["data", "terms", "list"]) == 0
    shown = capsys.readouterr().out
    version = load_lexicon("gender").version
    for word in ("gender", version, "sexual-orientation", "race-ethnicity", "people-of-color"):
        assert word in shown
    assert run(["data", "terms", "list", "--json"]) == 0
    listed = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert len(listed) == 11
    assert listed["gender"]["forms"] > listed["gender"]["terms"] > 50


def test_show_gives_forms_counterparts_and_guards(capsys, folder):
    assert run(["data", "terms", "show", "race-ethnicity"]) == 0
    shown = capsys.readouterr().out
    assert "beside a person" in shown
    assert "white, Asian, Hispanic" in shown
    assert run(["data", "terms", "show", "mine.toml", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["entries"][0]["counterparts"] == ["dad"]
    assert run(["data", "terms", "show", "gendre"]) == 3
    assert "did you mean 'gender'?" in capsys.readouterr().err


def test_check_passes_a_sound_lexicon(capsys, folder):
    assert run(["data", "terms", "check", "mine.toml"]) == 0
    assert "no problem" in capsys.readouterr().out


def test_check_shows_every_problem_with_its_line_and_fails(capsys, folder):
    path = folder / "mine.toml"
    path.write_text(
        LEXICON.replace('["mom"]', '["mum"]').replace('"mom"', '"[red]mo*m[/red]"'),
        encoding="utf-8",
    )
    assert run(["data", "terms", "check", "mine.toml"]) == 3
    shown = capsys.readouterr()
    assert "mine.toml, line 7" in shown.out
    assert "mine.toml, line 8" in shown.out
    assert "[red]mo*m[/red]" in shown.out
    assert "the lexicon has 3 problems" in shown.err
    assert run(["data", "terms", "check", "mine.toml", "--json"]) == 3
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 3


def test_check_takes_several_lexicons_and_fails_for_any(capsys, folder):
    (folder / "wrong.txt").write_text("mom.+\n", encoding="utf-8")
    assert run(["data", "terms", "check", "mine.toml", "gender"]) == 0
    assert run(["data", "terms", "check", "mine.toml", "wrong.txt", "gender"]) == 3
    shown = capsys.readouterr()
    assert "gender: no problem" in shown.out
    assert "the lexicon has 1 problem\n  at: wrong.txt" in shown.err
    assert run(["data", "terms", "check", "mine.toml", "gender", "--json"]) == 2


def test_scan_counts_by_label_with_bars(capsys, folder):
    arguments = ["data", "terms", "scan", "rows.csv", "--terms", "mine.toml"]
    assert run([*arguments, "--label-column", "toxic"]) == 0
    shown = capsys.readouterr().out
    assert "3 rows, 33.3% of the labelled ones positive" in shown
    assert "2 rows with a term, 50.0% of the labelled ones positive" in shown
    assert "mom (a)" in shown
    assert "━" in shown
    assert run([*arguments, "--top", "1"]) == 0
    shown = capsys.readouterr().out
    assert "and 1 more terms" in shown
    assert "positive" not in shown
    assert run([*arguments, "--json"]) == 0
    assert [term["rows"] for term in json.loads(capsys.readouterr().out)["terms"]] == [2, 1]


def test_scan_without_a_find_says_so(capsys, folder):
    (folder / "rows.csv").write_text("text\nthe bus\n", encoding="utf-8")
    assert run(["data", "terms", "scan", "rows.csv"]) == 0
    assert "0 rows with a term" in capsys.readouterr().out


def test_scan_of_a_missing_file_fails(capsys, folder):
    assert run(["data", "terms", "scan", "none.csv"]) == 3
    assert "no such input file" in capsys.readouterr().err
