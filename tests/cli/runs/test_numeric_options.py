"""Every number that a command or a run file takes is checked before any work, whichever it is."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from every_option import EVERY
from run_projects import RUN_FILE

from evenhand.cli import main
from evenhand.cli.runs.keys import TABLES, keys_of

# What a command needs before it can say that a number is wrong; none of it is there.
NEEDED = {
    ("data", "build"): ["a.csv", "--output", "out"],
    ("data", "check"): ["a.csv"],
    ("data", "terms", "scan"): ["a.csv"],
    ("evaluate", "flip-rate"): ["--model", "m.keras", "--data", "cf", "--output", "out"],
    ("evaluate", "functions"): ["--model", "m.keras", "--output", "out"],
    ("evaluate", "plan"): ["--max", "0.02"],
    ("remediate", "baseline"): ["--data", "cf", "--output", "b.keras"],
    ("remediate", "train"): ["--baseline", "m.keras", "--data", "cf", "--output", "out"],
    ("remediate", "sweep"): ["--baseline", "m.keras", "--data", "cf", "--output", "out"],
    ("remediate", "compare"): [
        *("--baseline", "m.keras", "--data", "cf", "--test-data", "test", "--output", "out")
    ],
    ("remediate", "export"): ["--model", "m.keras", "--output", "out"],
    ("report", "lit"): ["report"],
    ("score",): ["a.csv", "--model", "m.keras", "--output", "s.parquet"],
    ("data", "sample"): ["--output", "out"],
    ("try",): ["she is here"],
    ("demo",): ["--output", "out"],
}
BESIDE = {"--classes": ["--label-column", "l"], "--per-example": ["--method", "substitute"]}
WRONG = {int: ["-5", "1.5", "1_000x", "x", str(2**70)], float: ["nan", "inf", "-inf", "-1", "x"]}
MAY_BE_HUGE = {"--top"}  # more than all are all
LABELS = "positive_labels"  # which may be numbers, text or true and false


def number_of(annotation: Any) -> type | None:
    """Return which kind of number an option takes, also in a list or where it may be left out."""
    if annotation in (int, float):
        return annotation
    return next((kind for kind in map(number_of, get_args(annotation)) if kind), None)


OPTIONS = [
    (path, parameter.opts[-1], kind)
    for path, command in EVERY
    for parameter in command.params
    if (kind := number_of(parameter.type_descriptor.annotation)) is not None
]


def test_the_numbers_of_all_commands_are_here():
    assert {path for path, _, _ in OPTIONS} <= set(NEEDED)
    assert len(OPTIONS) > 35


@pytest.mark.parametrize(
    ("path", "opt", "kind"), [pytest.param(*o, id=" ".join((*o[0], o[1]))) for o in OPTIONS]
)
def test_a_number_of_a_command_that_cannot_be_is_named(
    path, opt, kind, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for value in WRONG[kind]:
        if opt in MAY_BE_HUGE and value == str(2**70):
            continue
        code = main.run([*path, *NEEDED[path], *BESIDE.get(opt, ()), f"{opt}={value}"])
        printed = capsys.readouterr().err
        assert code == 2, f"{value}: {printed}"
        assert opt in printed
        assert not list(tmp_path.iterdir()), "nothing is made"


KEYS = [
    (table, name, kind)
    for table in TABLES
    for name, key in keys_of(TABLES[table]).items()
    if (kind := number_of(key.type)) is not None and name != LABELS
]


@pytest.mark.parametrize(
    ("table", "name", "kind"), [pytest.param(*k, id=f"{k[0]}.{k[1]}") for k in KEYS]
)
def test_a_number_of_a_run_file_that_cannot_be_is_named(table, name, kind, tmp_path, capsys):
    text = RUN_FILE
    if table == "sweep":
        text = text.replace("[train]", "[sweep]")
    elif table.endswith("compare"):
        more = '[data.compare]\ninputs = ["test.csv"]\n'
        text = text.replace("[train]\nepochs = 1", f"{more}[compare]\nepochs = 1")
    (tmp_path / "evenhand.toml").write_text(text)
    is_list = name.endswith("s") and name not in (
        "epochs",
        "workers",
        "shard_rows",
        "classes",
        "seeds",
    )
    is_list = is_list and not name.startswith(("min_", "max_", "random_"))
    for value in ["nan", "true", "-5", '"3"', str(2**70), *([] if kind is float else ["1.5"])]:
        if kind is float and value == str(2**70):
            value = "inf"
        value = f"[{value}]" if is_list else value
        setting = f"{table}.{name}={value}"
        assert main.run(["status", str(tmp_path / "evenhand.toml"), "--set", setting]) == 2, value
        printed = capsys.readouterr().err
        assert re.search(rf"{re.escape(table)}\.{name} (must be|is) ", printed), printed
