"""Options are checked where they are declared, in Python as on the command line."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.data import BuildOptions, build_dataset, make_pairs
from evenhand.data.building.build import preview_dataset
from evenhand.data.errors import ConfigurationError, InputError, OptionError
from evenhand.data.sample import write_sample
from evenhand.data.support.option_checks import check_number, check_seed, check_whole

NO_WHOLE_NUMBERS = [0, -5, 1.5, True, math.nan, math.inf, "3", 2**70, [1]]
COUNTS = ["per_example", "min_tokens", "max_tokens", "max_terms", "workers", "shard_rows"]


@pytest.mark.parametrize("value", NO_WHOLE_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", [*COUNTS, "classes"])
def test_a_count_that_is_none_is_named(name, value):
    method = {"method": "substitute"} if name == "per_example" else {}
    with pytest.raises(OptionError) as raised:
        BuildOptions(**{name: value}, **method)
    least = 2 if name == "classes" else 1
    most = {"classes": f"from 2 to {2**24}", "workers": "from 1 to 1024"}.get(name)
    is_whole = type(value) is int
    if value == 2**70 and most is None:
        most = f"from {least} to {2**31 - 1}"
    must = ("" if is_whole else "a whole number, ") + (most or f"{least} or more")
    assert raised.value.what == f"{name} must be {must}, got {value}"


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, None, True, "0"], ids=repr)
def test_seeds_are_those_that_every_part_takes(seed, tmp_path):
    for refuse in (
        lambda: BuildOptions(seed=seed),
        lambda: write_sample(tmp_path / "sample", seed=seed),
        lambda: check_seed(seed),
    ):
        with pytest.raises(ConfigurationError, match="seed must be "):
            refuse()


def test_numbers_of_numpy_are_numbers():
    check_whole("epochs", np.int64(3))
    check_number("learning_rate", np.float32(0.5), above=0, below=1)
    check_number("learning_rate", 1, above=0, most=1)


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        (math.nan, {}, "a finite number"),
        (-math.inf, {"most": 1}, "a finite number, 1 or less"),
        (0, {"above": 0}, "above 0"),
        (-1e-9, {"least": 0, "below": 1}, "0 or more and below 1"),
        (1, {"least": 0, "below": 1}, "0 or more and below 1"),
        (math.nan, {"least": 0, "below": 1}, "a finite number, 0 or more and below 1"),
        (True, {"least": 0}, "a finite number, 0 or more"),
        ("1", {"least": 0}, "a finite number, 0 or more"),
        (1 + 0j, {}, "a finite number"),
        (None, {}, "a finite number"),
    ],
)
def test_a_number_out_of_range_is_answered_with_the_range(value, limits, expected):
    with pytest.raises(ConfigurationError, match="learning_rate must be ") as raised:
        check_number("learning_rate", value, **limits)
    assert raised.value.must == expected


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"classes": 3}, "class numbers need a column of labels"),
        ({"classes": 3, "label_column": "l", "pair_labels": "negative"}, "neither positive nor"),
        ({"pair_labels": "negative"}, "without labels"),
        ({"pair_labels": "positive"}, "pair_labels must be all or negative, got positive"),
        ({"on_error": "go on"}, "on_error must be stop or skip, got go on"),
        ({"min_tokens": 5, "max_tokens": 4}, "no text has 5 words or more, and 4 or fewer"),
        ({"per_example": 2}, "has no use for `per_example`"),
        ({"spacy_pipeline": "x"}, "has no use for `spacy_pipeline`"),
        ({"terms": ()}, "nothing to build from"),
        ({"terms": 3}, "terms must be a list, got 3"),
        ({"slice_columns": b"topic"}, "slice_columns must be a list, got b'topic'"),
    ],
)
def test_options_that_contradict_each_other_are_refused_before_any_input_is_read(
    options, says, tmp_path
):
    for refuse in (
        lambda: build_dataset(["no such file"], tmp_path / "cf", **options),
        lambda: preview_dataset(["no such file"], **options),
        lambda: BuildOptions(**options),
    ):
        with pytest.raises(ConfigurationError, match=says):
            refuse()


def test_pairs_in_memory_are_made_with_the_same_checks_as_a_dataset():
    for options, says in (
        ({"max_terms": 0}, "max_terms must be 1 or more, got 0"),
        ({"classes": 1}, "classes must be from 2 to "),
        ({"pair_labels": "negative"}, "without labels"),
        ({"terms": []}, "nothing to build from"),
        ({"pairs_file": "a.csv"}, "without the option 'pairs_file'"),
        ({"workers": 2}, "without the option 'workers'"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            make_pairs(["She is late."], **options)


@pytest.mark.parametrize(
    "name",
    ["group", "term", "overall", "prediction", "counterfactual_prediction", "weight", "a=b", ""],
)
def test_slices_are_not_called_what_reports_have_another_use_for(name, tmp_path):
    (tmp_path / "a.csv").write_text(f"words,{name}\nShe is late.,1\n")
    with pytest.raises(ConfigurationError, match="a slice column cannot be called") as raised:
        build_dataset(
            [tmp_path / "a.csv"], tmp_path / "cf", text_column="words", slice_columns=[name]
        )
    assert raised.value.where == "`slice_columns`"
    assert not (tmp_path / "cf").exists()


def test_inputs_are_a_list_and_not_the_characters_of_a_name(tmp_path):
    with pytest.raises(InputError, match=r"(?s)no such input file.*train\.csv"):
        build_dataset("train.csv", tmp_path / "cf")
    with pytest.raises(ConfigurationError, match="inputs must be a list, got 3"):
        build_dataset(3, tmp_path / "cf")
