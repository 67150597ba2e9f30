"""`evenhand init`: what it writes is read back as it was given, from flags and from answers."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.cli.main import run
from evenhand.cli.runs.file import read_run_file
from evenhand.cli.runs.steps import steps_of
from evenhand.cli.runs.template import Answers, render_run_file
from evenhand.data.errors import ConfigurationError

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
SLICES = NAMES.filter(
    lambda name: "=" not in name and name not in ("id", "text", "label", "weight")
)
FLAGS = [
    "--data", "train.csv", "--test-data", "parts/*.csv",
    "--text-column", "comment text", "--label-column", 'toxi"city',
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = 'comment text,"toxi""city",a-b,{c}\nshe is here,1,x,y\n'
    (tmp_path / "parts").mkdir()
    for name in ("train.csv", "parts/1.csv"):
        (tmp_path / name).write_text(rows)
    return tmp_path


@given(
    data=st.lists(NAMES, min_size=1),
    test_data=st.lists(NAMES, min_size=1),
    text_column=NAMES,
    label_column=NAMES.map(lambda name: [name]),
    positive_labels=st.lists(
        NAMES.filter(lambda name: name.strip().lower() != "nan" and name.strip())
    ),
    slice_columns=st.lists(SLICES, unique=True),
    terms=st.lists(NAMES, min_size=1),
    baseline=st.one_of(st.just(""), NAMES),
)
def test_whatever_names_hold_they_are_read_back(tmp_path_factory, baseline, **answers):
    file = tmp_path_factory.getbasetemp() / "round-trip.toml"
    text = render_run_file(Answers(**answers, baseline=baseline))
    file.write_bytes(text.encode())
    steps = read_run_file(file).steps
    for split, inputs in (("data.train", "data"), ("data.test", "test_data")):
        assert steps[split]["inputs"] == answers[inputs]
        for key in ("text_column", "slice_columns", "terms"):
            assert steps[split][key] == answers[key]
        assert [steps[split]["label_column"]] == answers["label_column"]
        assert list(steps[split]["positive_labels"]) == answers["positive_labels"]
    assert steps["train"].get("baseline", "") == baseline
    assert ("baseline" in steps) == (not baseline)


def test_flags_make_a_file_that_runs(folder, capsys):
    more = ["--slice-column", "a-b", "--slice-column", "{c}", "--terms", "gender"]
    assert run(["init", *FLAGS, *more]) == 0
    assert "Next: evenhand run evenhand.toml" in capsys.readouterr().out
    file = read_run_file("evenhand.toml")
    assert file.steps["data.train"]["label_column"] == 'toxi"city'
    assert file.steps["data.test"]["slice_columns"] == ["a-b", "{c}"]
    assert [step.name for step in steps_of(file)] == [
        "data.train", "data.test", "baseline", "train", "evaluate",
    ]  # fmt: skip
    assert run(["status"]) == 0


def test_how_text_files_are_written_is_told_on(folder):
    rows = 'comment text;toxi"city\nelle est née ici;1\n'.encode("latin-1")
    for name in ("train.csv", "parts/1.csv"):
        (folder / name).write_bytes(rows)
    dialect = {"delimiter": ";", "quoting": "none", "encoding": "latin-1"}
    assert run(["init", *FLAGS]) == 3
    flags = [text for name, value in dialect.items() for text in (f"--{name}", value)]
    assert run(["init", *FLAGS, *flags]) == 0
    for split in ("data.train", "data.test"):
        step = read_run_file(folder / "evenhand.toml").steps[split]
        assert {name: step[name] for name in dialect} == dialect


def test_labels_that_count_as_1_are_told_on(folder, capsys):
    for name in ("train.csv", "parts/1.csv"):
        (folder / name).write_text('comment text,"toxi""city"\nshe is here,yes\n')
    assert run(["init", *FLAGS, "--positive-label", "yes", "--positive-label", "-1"]) == 0
    file = read_run_file("evenhand.toml")
    for split in ("data.train", "data.test"):
        assert file.steps[split]["positive_labels"] == ["yes", "-1"]
    assert run(["init", *FLAGS, "--positive-label", " ", "--overwrite"]) == 2
    assert "Error: --positive-label must be a list of labels" in capsys.readouterr().err


SEVERAL = ["--label-column", "a-b", "--label-column", "{c}"]


def test_several_columns_of_labels_name_the_outputs_of_the_model(folder, capsys):
    rows = 'comment text,"toxi""city",a-b,{c}\nshe is here,1,0,1\n'
    for name in ("train.csv", "parts/1.csv"):
        (folder / name).write_text(rows)
    assert run(["init", *FLAGS, *SEVERAL]) == 2
    assert "there are several labels" in capsys.readouterr().err
    assert not (folder / "evenhand.toml").exists()
    assert run(["init", *FLAGS, *SEVERAL, "--baseline", "mine.models:build"]) == 0
    file = read_run_file("evenhand.toml")
    for split in ("data.train", "data.test"):
        assert file.steps[split]["label_column"] == ['toxi"city', "a-b", "{c}"]
    assert file.steps["train"]["labels"] == ['toxi"city=0', "a-b=1", "{c}=2"]
    assert file.steps["evaluate"]["labels"] == file.steps["train"]["labels"]
    assert steps_of(file)
    assert (
        run(["init", *FLAGS, *SEVERAL[:2], *SEVERAL[:2], "--baseline", "m:b", "--overwrite"]) == 2
    )
    assert "named twice" in capsys.readouterr().err


def test_a_label_whose_name_has_a_comma_cannot_name_an_output():
    answers = Answers(["a.csv"], ["b.csv"], "text", ["x", "a,b"], baseline="m.keras")
    with pytest.raises(ConfigurationError, match="has a comma"):
        render_run_file(answers)


def test_paths_are_written_as_the_file_sees_them(folder):
    (folder / "words.txt").write_text("she\n")
    where = ["--output", "runs/one.toml", "--terms", "words.txt", "--terms", "gender"]
    assert run(["init", *FLAGS, *where, "--baseline", "mine.models:build"]) == 0
    file = read_run_file("runs/one.toml")
    assert file.steps["data.test"]["inputs"] == ["../parts/*.csv"]
    assert file.steps["data.test"]["terms"] == ["../words.txt", "gender"]
    assert file.steps["train"]["baseline"] == "mine.models:build"
    assert steps_of(file)


def test_a_file_that_is_there_stays(folder, capsys):
    (folder / "evenhand.toml").write_text("mine")
    assert run(["init", *FLAGS]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (folder / "evenhand.toml").read_text() == "mine"
    assert run(["init", *FLAGS, "--overwrite"]) == 0


def test_the_projects_own_file_is_never_replaced(folder, capsys):
    (folder / "pyproject.toml").write_text("mine")
    assert run(["init", *FLAGS, "--output", "pyproject.toml", "--overwrite"]) == 2
    assert "evenhand.toml" in capsys.readouterr().err
    assert (folder / "pyproject.toml").read_text() == "mine"


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--text-column", "text"], 3, "'text'"),
        (["--slice-column", "ab"], 3, "'ab'"),
        (["--slice-column", "a=b"], 2, "'a=b'"),
        (["--slice-column", "group"], 2, "'group'"),
        (["--data", "nope.csv"], 3, "nope.csv"),
        (["--terms", "gendr"], 3, "did you mean 'gender'?"),
        (["--baseline", "nope.keras"], 3, "nope.keras"),
    ],
)
def test_what_a_run_could_not_use_is_not_written(folder, capsys, more, code, message):
    flags = list(FLAGS)
    if more[0] in flags:
        there = flags.index(more[0])
        del flags[there : there + 2]
    assert run(["init", *flags, *more]) == code
    assert message in capsys.readouterr().err
    assert not (folder / "evenhand.toml").exists()


def test_without_a_terminal_it_names_the_flags(folder):
    ended = evenhand("init", "--data", "train.csv", stdin=subprocess.DEVNULL)
    _, error = ended.communicate()
    assert ended.returncode == 2
    assert "--test-data, --text-column, --label-column are missing" in error


def test_at_a_terminal_it_asks(folder):
    terminal, own = pty.openpty()
    asked = evenhand("init", "--data", "train.csv", "--terms", "gender", stdin=own)
    answers = ["'parts/1.csv'", "comment text", 'toxi"city', "'very toxic' 1", "a-b {c}", ""]
    os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())
    output, error = asked.communicate(timeout=300)
    os.close(own)
    os.close(terminal)
    assert asked.returncode == 0, error
    assert output.strip() == "Wrote evenhand.toml\nNext: evenhand run evenhand.toml"
    assert "Column of the labels" in error
    steps = read_run_file("evenhand.toml").steps
    assert steps["data.test"]["inputs"] == ["parts/1.csv"]
    assert steps["data.test"]["text_column"] == "comment text"
    assert steps["data.test"]["positive_labels"] == ["very toxic", "1"]
    assert steps["data.test"]["slice_columns"] == ["a-b", "{c}"]
    assert "baseline" in steps


def test_ctrl_c_at_a_question(folder):
    terminal, own = pty.openpty()
    asked = evenhand("init", stdin=own)
    assert asked.stderr is not None
    assert asked.stderr.read(5) == "Texts"
    os.write(terminal, b"\x04")
    _, error = asked.communicate(timeout=300)
    assert asked.returncode == 130
    assert "Interrupted" in error
    assert not (folder / "evenhand.toml").exists()


def test_a_name_that_is_no_text():
    answers = Answers(["caf\udce9.csv"], ["test.csv"], "text", ["label"])
    with pytest.raises(ConfigurationError, match="UTF-8"):
        render_run_file(answers)


def evenhand(*words: str, stdin: int) -> subprocess.Popen[str]:
    code = "from evenhand.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
