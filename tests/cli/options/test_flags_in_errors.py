"""The library names arguments of Python in errors, and the command line their flags."""

from __future__ import annotations

import pytest

from evenhand.cli import main
from evenhand.data import BuildOptions
from evenhand.data.errors import OptionError

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
            "--threshold must be 0 or more and below 1, got 1.0",
        ),
        (
            ["data", "build", "a.csv", "--output", "o", "--delimiter", ";;"],
            r"--delimiter must be one character, such as ';', or '\t' for a tab, got ;;",
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
