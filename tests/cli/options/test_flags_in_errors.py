"""The library names arguments of Python in errors, and the command line their flags."""

from __future__ import annotations

import pytest

from evenhand.cli import main
from evenhand.cli.options.flags import lines_for, with_flags
from evenhand.data import BuildOptions
from evenhand.data.errors import ConfigurationError, EvenhandError, OptionError
from evenhand.data.storage.folders import check_destination

TRAINING = ("--baseline", "b", "--data", "d", "--output", "o")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["remediate", "train", *TRAINING, "--warmup", "nan"],
            "--warmup must be a finite number, 0 or more, got nan",
        ),
        (
            ["remediate", "train", *TRAINING, "--epochs", "0"],
            "--epochs must be 1 or more, got 0",
        ),
        (
            ["remediate", "sweep", *TRAINING, "--loss-weight", "inf"],
            "--loss-weight must be a finite number, 0 or more, got inf",
        ),
        (
            ["evaluate", "flip-rate", "--predictions", "p", "--output", "o", "--threshold", "1"],
            "--threshold must be 0 or more and below 1, or auto, got 1.0",
        ),
        (
            ["data", "build", "a.csv", "--output", "o", "--delimiter", ";;"],
            r"--delimiter must be one character, such as ';', or '\t' for a tab, or 'auto', got ;;",
        ),
        (
            ["data", "sample", "--output", "o", "--rows", "3"],
            "--rows must be 1000 or more, got 3",
        ),
    ],
)
def test_a_command_names_its_flag_once(arguments, says, capsys):
    assert main.run(arguments) == 2
    assert capsys.readouterr().err == f"Error: {says}\n"


def test_python_names_its_argument():
    with pytest.raises(OptionError) as raised:
        BuildOptions(min_tokens=0)
    assert str(raised.value) == "min_tokens must be 1 or more, got 0"


REMEDY = "give `overwrite` to replace it, or name another folder with `output`"


def test_what_is_there_is_mended_by_an_argument_in_python_and_by_a_flag_at_a_terminal(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    sample = ["data", "sample", "--output", "sample", "--rows", "1000"]
    assert main.run(sample) == 0
    assert main.run(sample) == 2
    said = capsys.readouterr().err
    assert "  try: give --overwrite to replace it, or name another folder with --output\n" in said
    with pytest.raises(ConfigurationError) as raised:
        check_destination("sample", kind="sample")
    assert raised.value.remedy == REMEDY


@pytest.mark.parametrize(
    ("command", "text", "shown"),
    [
        (["data", "build", "a.csv"], "`inputs` a.csv, `output` a", "INPUTS a.csv, --output a"),
        (["data", "build", "a.csv"], "see `spacy_pipeline`", "see --spacy"),
        (["data", "build", "a.csv"], "with `pairs_file`", "with --pairs"),
        (["data", "export", "cf"], "`dataset`, `format`", "DATASET, --format"),
        (["data", "terms", "scan"], "check `text_column`, `terms`", "check --text-column, --terms"),
        (["report", "compare"], "`slices` or `metrics`", "--slice or --metric"),
        (["evaluate", "flip-rate"], "`file` or `thresholds`", "--predictions or --threshold"),
        (["gate"], "name one with `reference`", "name one with --reference"),
        # of the command that made its input
        (["remediate", "train"], "build it with `label_column`", "build it with --label-column"),
        (["remediate", "sweep"], "`loss` cosine", "--loss cosine"),
        (["gate"], "made with `compare_to`", "made with --compare-to"),
        # what is no argument, and what a run file calls by the same name
        (["gate"], "run `evenhand gate init`", "run `evenhand gate init`"),
        (["data", "build"], "a column `nobody`, `A`", "a column `nobody`, `A`"),
        (["data", "build"], "no column '`text_column`'", "no column '`text_column`'"),
        (["data", "build"], "`output`.csv, a/`output`", "`output`.csv, a/`output`"),
        (["run", "a.toml"], "give `label_column`", "give `label_column`"),
        (["status"], "leave out `min_tokens`", "leave out `min_tokens`"),
    ],
)
def test_arguments_are_shown_as_the_command_calls_them(command, text, shown):
    error = EvenhandError("nothing", where=text, expected=text, remedy=text)
    lines = lines_for(error, main._command(), command)
    assert lines == ["nothing", f"  at: {shown}", f"  expected: {shown}", f"  try: {shown}"]


def test_a_warning_of_a_result_names_flags_at_a_terminal():
    assert with_flags("hold out more (`validation_split`)") == "hold out more (--validation-split)"
