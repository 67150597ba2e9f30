"""Surroundings that are not what a program likes: streams, locale, terminal, home folder."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from commands import ENTRY, evenhand, no_traceback, on_a_terminal

from evenhand.data import CounterfactualDataset

LEGACY_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def build(folder: Path, *options: str) -> list[object]:
    return ["data", "build", folder / "rows.csv", "--output", folder / "cf", *options]


def test_nobody_reads_the_output(project: Path) -> None:
    """As under `| head -1`: the work is done all the same, and the exit code is the command's."""
    for arguments, code in (
        (build(project, "--preview", "20"), 0),
        (["data", "terms", "show", "gender"], 0),
        (["gate", "--report", project / "report.json", "--junit", project / "gate.xml"], 0),
        (["gate", "--report", project / "absent"], 3),
    ):
        process = subprocess.Popen(
            [*ENTRY, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=project,
            text=True,
        )
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        assert process.wait() == code, errors
        no_traceback(errors)
    assert CounterfactualDataset.open(project / "cf").manifest.counts.pairs > 0
    assert (project / "gate.xml").is_file()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_stream_is_closed(project: Path, closed: str) -> None:
    arguments = [*ENTRY, *map(str, build(project))]
    ended = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *arguments], capture_output=True)
    assert ended.returncode == 0, ended.stderr
    no_traceback(ended.stderr.decode())
    CounterfactualDataset.open(project / "cf")
    for file in (project / "cf").iterdir():
        assert b"Wrote " not in file.read_bytes(), "nothing is printed into a file of the output"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_standard_output_is_full() -> None:
    with Path("/dev/full").open("w") as full:
        ended = evenhand("data", "terms", "list", stdout=full, stderr=-1, capture_output=False)
    assert ended.returncode == 4
    assert "the result cannot be written (No space left on device)" in ended.stderr
    no_traceback(ended.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_locale_that_is_not_utf8(project: Path, encoding: str) -> None:
    (project / "rows.csv").write_text(
        'id,text\n1,"she said 日本 \U0001f600 – ça va"\n2,he went\n', encoding="utf-8"
    )
    environment = LEGACY_LOCALE | {"PYTHONIOENCODING": encoding}
    ended = evenhand(*build(project, "--preview", "5"), env=environment, encoding=encoding)
    assert ended.returncode == 0, ended.stderr
    no_traceback(ended.stdout, ended.stderr)
    pairs = CounterfactualDataset.open(project / "cf").pairs().to_pylist()
    assert pairs[0]["original"] == "she said 日本 \U0001f600 – ça va", "files are UTF-8 whatever"
    card = (project / "cf" / "card.md").read_bytes()
    card.decode("utf-8")
    for arguments in (["--help"], ["data", "terms", "show", "gender"], ["gate", "--help"]):
        assert evenhand(*arguments, env=environment, encoding=encoding).returncode == 0


@pytest.mark.parametrize("environment", [{}, LEGACY_LOCALE], ids=["utf8", "legacy"])
def test_file_names_that_are_not_utf8(project: Path, environment: dict[str, str]) -> None:
    name = os.fsdecode(b"r\xe9sum\xe9.csv")
    (project / "rows.csv").rename(project / name)
    ended = evenhand("data", "build", project / name, "--output", project / "cf", env=environment)
    assert ended.returncode == 3, ended.stderr
    (project / name).rename(project / "rows.csv")
    arguments = ["data", "build", project / "rows.csv", "--output", project / name]
    other = evenhand(*arguments, env=environment)
    assert other.returncode == 2, other.stderr
    for errors in (ended.stderr, other.stderr):
        assert "name is not UTF-8" in errors and len(errors.splitlines()) <= 4
        no_traceback(errors)


def test_a_terminal_of_forty_columns(project: Path) -> None:
    for arguments in (
        build(project, "--preview", "3"),
        ["data", "terms", "list"],
        ["data", "terms", "show", "gender"],
        ["data", "build", "--help"],
    ):
        code, shown = on_a_terminal(*arguments, columns=40)
        assert code == 0, shown
        no_traceback(shown)
        bare = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
        drawn = [line for line in re.split(r"[\r\n]+", bare) if re.search("[│┃─━]", line)]
        assert drawn and max(map(len, drawn)) <= 40, drawn
    code, shown = on_a_terminal("gate", "--report", project, "--config", project / "evenhand.toml")
    assert code == 0 and "Gate passed" in shown


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_only_where_they_are_wanted(
    project: Path, environment: dict[str, str], coloured: bool
) -> None:
    arguments = build(project, "--preview", "3", "--dry-run")
    code, shown = on_a_terminal(*arguments, env=environment)
    assert code == 0, shown
    colours = re.findall(r"\x1b\[[0-9;]*3[1-7][0-9;]*m", shown)
    assert bool(colours) == coloured
    if not coloured:
        assert "[-he" in shown, "without colours, marks show what was removed"


def test_no_home_folder(project: Path) -> None:
    homeless = {"without": ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"]}
    assert evenhand(*build(project), **homeless).returncode == 0
    unwritable = {"env": {"HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none"}}
    assert evenhand("gate", "--report", project, cwd=project, **unwritable).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("home", [None, "/proc/none"])
def test_an_evaluation_without_a_home_folder(project: Path, home: str | None) -> None:
    """TensorFlow, Keras, TFMA and Matplotlib all look for one."""
    rows = "prediction,counterfactual_prediction\n" + "0.9,0.1\n0.2,0.3\n" * 20
    (project / "scores.csv").write_text(rows)
    arguments = ["evaluate", "flip-rate", "--predictions", project / "scores.csv"]
    ended = evenhand(
        *arguments,
        *("--output", project / "report"),
        without=["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"],
        env={} if home is None else {"HOME": home},
    )
    assert ended.returncode == 0, ended.stderr
    no_traceback(ended.stderr)
    assert (project / "report" / "report.html").is_file()
