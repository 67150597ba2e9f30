"""An output that is, holds or lies in an input is refused, whatever leads to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_folders import everything

from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.separation import check_apart


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pb").mkdir()
    (tmp_path / "pb" / "t.csv").write_text("text\nshe\n")
    (tmp_path / "pb" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "t.csv").write_text("text\nhe\n")
    (tmp_path / "to-pb").symlink_to("pb")
    (tmp_path / "to-t.csv").symlink_to("pb/t.csv")
    (tmp_path / "to-to-t.csv").symlink_to("to-t.csv")
    (tmp_path / "pb" / "to-other.csv").symlink_to("../other/t.csv")
    os.link(tmp_path / "other" / "t.csv", tmp_path / "hard.csv")
    return tmp_path


# Input, output, and how the output lies to the input.
TOUCHING = [
    ("pb/t.csv", "pb/t.csv", "is"),
    ("pb/t.csv", "./pb//deep/../t.csv", "is"),
    ("pb/t.csv", "to-t.csv", "is"),
    ("to-to-t.csv", "pb/t.csv", "is"),
    ("hard.csv", "other/t.csv", "is"),
    ("pb", "to-pb", "is"),
    ("to-pb", "pb", "is"),
    ("pb", "pb/", "is"),
    ("pb/t.csv", "pb", "holds"),
    ("pb/t.csv", "to-pb", "holds"),
    ("to-pb/t.csv", "pb", "holds"),
    ("to-t.csv", "pb", "holds"),
    ("to-to-t.csv", "pb", "holds"),
    ("pb/t.csv", ".", "holds"),
    ("pb/to-other.csv", "pb", "holds"),
    ("pb/to-other.csv", "other", "holds"),
    ("pb/*.csv", "pb", "holds"),
    ("p?/t.csv", "pb", "holds"),
    ("**/er", "pb/deep", "holds"),
    ("pb", "other", "holds"),  # through the link in pb
    ("pb", "other/t.csv", "is"),
    ("pb", "pb/cf", "lies in"),
    ("pb", "pb/deep/er/new/cf", "lies in"),
    ("pb", "to-pb/cf", "lies in"),
    ("to-pb", "pb/cf", "lies in"),
    (".", "cf", "lies in"),
    ("..", "cf", "lies in"),
]

APART = [
    ("pb/t.csv", "cf"),
    ("pb/t.csv", "pb/cf"),
    ("pb/*.csv", "pb/cf"),
    ("pb/t.csv", "pb/deep"),
    ("pb", "pb2"),
    ("pb/deep", "pb/deep-2/cf"),
    ("hard.csv", "other/new"),
    ("missing.csv", "missing.csv"),
    ("https://host/model", "https:/host/model"),
    ("package.module:model", "package"),
    ("a\0b", "cf"),
    ("pb/t.csv", "a\0b"),
    ("pb/t.csv", "/dev/null"),
]


@pytest.mark.parametrize(("source", "output", "relation"), TOUCHING)
def test_an_output_that_touches_an_input_is_refused(here, source, output, relation):
    before = everything(here)
    with pytest.raises(ConfigurationError, match=f"the output {relation} an input") as raised:
        check_apart({"INPUTS": ["other.csv", source], "--pairs": None}, {"--output": output})
    assert output.rstrip("/").removeprefix("./").replace("//", "/") in str(raised.value.where)
    with pytest.raises(ConfigurationError):
        check_apart({"--data": here / source}, {"--a": None, "--output": here / output})
    assert everything(here) == before


@pytest.mark.parametrize(("source", "output"), APART)
def test_other_outputs_are_none_of_its_business(here, source, output):
    check_apart({"INPUTS": [source]}, {"--output": output})


def test_an_output_may_not_be_written_into_another(here):
    for second in ("out", "./pb/../out", "out/logs", "to-pb/../out/logs"):
        with pytest.raises(ConfigurationError, match="another output"):
            check_apart({}, {"--output": "out", "--tensorboard": second})
    check_apart({}, {"--output": "logs/out", "--tensorboard": "logs"})
    check_apart({}, {"--junit": "/dev/stdout", "--sarif": "/dev/stdout"})


def test_links_that_go_round_end(here):
    (here / "a").symlink_to("b")
    (here / "b").symlink_to("a")
    (here / "pb" / "c").symlink_to("c")
    check_apart({"INPUTS": ["a", "pb"]}, {"--output": Path("out")})
