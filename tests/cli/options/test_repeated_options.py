"""An option that is no list is given once; this walks every command there is."""

from __future__ import annotations

import pytest
from every_option import OPTIONS

from evenhand.cli import main
from evenhand.cli.options.repeated import takes_one_value

ONE_VALUE = [(path, opt) for path, parameter, opt in OPTIONS if takes_one_value(parameter)]


def test_there_are_options_of_all_kinds() -> None:
    assert (("data", "build"), "--text-column") in ONE_VALUE
    assert (("remediate", "train"), "--epochs") in ONE_VALUE
    assert len(ONE_VALUE) > 80
    not_checked = {opt for path, _, opt in OPTIONS if (path, opt) not in ONE_VALUE}
    assert {"--terms", "--slice-column", "--threshold", "--overwrite", "--json"} <= not_checked


@pytest.mark.parametrize(
    ("path", "opt"), [pytest.param(*each, id=" ".join((*each[0], each[1]))) for each in ONE_VALUE]
)
def test_an_option_of_one_value_is_refused_the_second_time(path, opt, capsys) -> None:
    for arguments in ([opt, "1", opt, "1"], [f"{opt}=1", f"{opt}=2"]):
        assert main.run([*path, *arguments]) == 2
        assert f"Error: {opt} is given 2 times" in capsys.readouterr().err


def test_lists_and_switches_may_be_repeated(tmp_path, capsys) -> None:
    rows = tmp_path / "a.csv"
    rows.write_text("text,a,b\nShe is late.,1,2\n")
    arguments = ["data", "build", str(rows), "--slice-column", "a", "--slice-column", "b"]
    assert main.run([*arguments, "--dry-run", "--dry-run", "--json", "--json"]) == 0
    assert '"pairs": 1' in capsys.readouterr().out


def test_a_key_of_a_run_file_is_set_once(tmp_path, capsys) -> None:
    file = tmp_path / "evenhand.toml"
    file.write_text("")
    assert (
        main.run(["status", str(file), "--set", "train.epochs=8", "--set", "train.epochs=9"]) == 2
    )
    assert "train.epochs is set twice" in capsys.readouterr().err
