"""An option that a command does not have: what it is called there, or which commands have it."""

from __future__ import annotations

import pytest
from every_option import OPTIONS

from evenhand.cli.main import run
from evenhand.cli.options import unknown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("remediate train --model m", "here it is --baseline"),
        ("evaluate flip-rate --baseline m", "here it is --model"),
        ("gate --compare-to report", "here it is --reference"),
        ("evaluate flip-rate --test-data cf", "here it is --data"),
        ("run --overwrite", "here it is --force"),
        ("report compare --slice-column gender", "here it is --slice"),
        ("report open --report r", "give the report without an option"),
        ("remediate train --epoch 3", "did you mean --epochs?"),
        ("remediate train --epoch=3", "did you mean --epochs?"),
        ("gate --slice-separator ;", "an option of `evenhand data build`, `evenhand evaluate"),
        (
            "remediate train --seeds 3",
            "did you mean --seed?; it is an option of `evenhand remediate",
        ),
        ("gate --epochs 3", "try: it is an option of `evenhand remediate baseline`"),
        ("gate --epochs 3", "1 more"),
        ("--model m", "it is an option of `evenhand "),
        ("status --qqqq", "`evenhand status -h` lists its options"),
        ("try -q", "`evenhand try -h` lists its options"),
    ],
)
def test_it_is_told_what_to_write(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words.split()) == 2
    shown = " ".join(capsys.readouterr().err.split())
    option = next(each for each in words.split() if each.startswith("-")).partition("=")[0]
    assert shown.startswith(f"Error: there is no option {option}")
    assert said in shown


def test_what_is_called_the_same_exists() -> None:
    there = {option for _, _, option in OPTIONS}
    assert {name for names in unknown._SAME for name in names} <= there
