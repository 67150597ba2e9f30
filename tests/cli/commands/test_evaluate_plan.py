"""`evenhand evaluate plan` at the terminal: what it says, as text and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys

from evenhand.cli.main import run

RULE = ("evaluate", "plan", "--max", "0.02")


def test_it_answers_how_many_pairs_a_rule_needs(capsys):
    assert run([*RULE, "--rate", "0.01"]) == 0
    shown = capsys.readouterr().out
    assert "flip_rate max = 0.02, bound = upper (95 % interval)" in shown
    assert "without a flip: 189\n" in shown
    assert "80 % to pass at a true rate of 0.01: 1,356 or any more (1,232 at best)" in shown
    assert "1,356  17 " in shown


def test_it_says_when_pairs_are_too_few_or_the_rate_is_at_the_limit(capsys):
    assert run([*RULE, "--pairs", "188", "--pairs", "189"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["188", "-", "-", "-", "-"] in rows
    assert ["189", "0", "15.0%", "0.118%", "0.848%"] in rows
    assert run([*RULE, "--rate", "0.02"]) == 0
    assert "decided by chance" in capsys.readouterr().out


def test_json_has_the_same_numbers(capsys):
    assert run([*RULE, "--pairs", "189", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["fewest_pairs"], plan["pairs_needed"], plan["wanted"]) == (189, 1356, "pass")
    assert plan["sizes"][0]["most_flips"] == 0


def test_it_has_no_use_for_pairs_and_data(capsys):
    assert run([*RULE, "--pairs", "189", "--data", "cf"]) == 2
    assert "--data and --pairs both say" in capsys.readouterr().err


def test_numbers_alone_load_nothing_heavy():
    code = (
        "import sys; from evenhand.cli.main import run; "
        f"assert run({[*RULE, '--pairs', '189']!r}) == 0; "
        "heavy = {'tensorflow', 'tensorflow_model_analysis', 'pandas', 'pyarrow', 'scipy.stats'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
