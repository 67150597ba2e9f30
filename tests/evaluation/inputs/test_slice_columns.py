"""Slice columns that a report makes of the data's: crossed ones, and numbers in ranges."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import evaluate_predictions
from evenhand.evaluation.inputs.predictions import read_predictions
from evenhand.evaluation.inputs.slice_columns import columns_of, slice_column
from evenhand.evaluation.inputs.tables import coded

ROWS = """\
prediction,counterfactual_prediction,sex,age,group
0.9,0.1,f,17.5,female
0.9,0.8,f,18,female
0.2,0.1,m,64,male
0.2,0.9,m,65,male
0.2,0.3,,30,male
0.2,0.3,m,,male
"""


@pytest.fixture
def scores(tmp_path):
    file = tmp_path / "scores.csv"
    file.write_text(ROWS)
    return file


def slices_of(file, *names):
    data, _ = read_predictions(file, slice_columns=names)
    return {slice_.name: slice_.examples.tolist() for slice_ in data.slices()}


def test_numbers_are_in_ranges_that_hold_their_lower_edge(scores):
    assert slices_of(scores, "age:18:65") == {
        "overall": [0, 1, 2, 3, 4, 5],
        "age:18:65=below 18": [0],
        "age:18:65=18 to below 65": [1, 2, 4],
        "age:18:65=from 65": [3],
    }


def test_columns_are_crossed_where_both_have_a_value(scores):
    found = slices_of(scores, "sex,age:65", "sex")
    assert found == {
        "overall": [0, 1, 2, 3, 4, 5],
        "sex,age:65=f,below 65": [0, 1],
        "sex,age:65=m,below 65": [2],
        "sex,age:65=m,from 65": [3],
        "sex=f": [0, 1],
        "sex=m": [2, 3, 5],
    }


@pytest.mark.parametrize("engine", ["vectorised", "stock"])
def test_a_report_has_them_with_either_evaluator(scores, tmp_path, engine):
    report = evaluate_predictions(
        scores, slice_columns=["sex,age:65"], engine=engine, output=tmp_path / "report"
    )
    rates = {found.slice: found.metrics["flip_rate"].value for found in report.candidate.slices}
    assert report.data.slice_columns == ("sex,age:65",)
    assert rates["sex,age:65=f,below 65"] == 0.5
    assert rates["sex,age:65=m,from 65"] == 1.0


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("age:x", "has the edges 'x'"),
        ("age:", "has the edges ''"),
        ("age:65:18", "has the edges '65:18'"),
        ("age:18:18", "has the edges '18:18'"),
        ("age:nan", "has the edges 'nan'"),
        ("age:inf", "has the edges 'inf'"),
        ("sex,sex", "names a column twice"),
        ("sex,", "names a column twice or not at all"),
        ("age:18,age:65", "names a column twice"),
        ("sex,group", "has group, which belongs to pairs"),
        ("prediction,sex", "cannot be called 'prediction'"),
    ],
)
def test_what_cannot_be_a_slice_is_refused(scores, name, what):
    with pytest.raises(ConfigurationError, match=what):
        read_predictions(scores, slice_columns=[name])


def test_a_part_that_the_data_lack_is_named(scores):
    with pytest.raises(InputError, match="'colour'"):
        read_predictions(scores, slice_columns=["sex,colour"])


def test_ranges_of_words_are_refused(scores):
    with pytest.raises(InputError, match="is no number") as caught:
        read_predictions(scores, slice_columns=["sex:18"])
    assert "'sex'" in str(caught.value)


def test_a_column_whose_own_name_is_written_so_is_taken_as_it_is():
    for name in ("a,b", "when:18"):
        assert slice_column(name, ["a", name]).is_as_it_is
        assert columns_of([slice_column(name, [name])]) == (name,)
    assert columns_of([slice_column("a,when:18", ["a", "when:18"])]) == ("a", "when:18")


VALUES = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c,d"]))
NUMBERS = st.one_of(st.none(), st.floats(-9, 9, allow_nan=False), st.integers(-9, 9))


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(VALUES, VALUES, NUMBERS), min_size=1),
    edges=st.lists(st.integers(-9, 9), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_each_row_is_in_the_slice_of_its_own_values(rows, edges):
    texts = [[None if number is None else repr(number) for _, _, number in rows]]
    texts = [list(column) for column in zip(*(row[:2] for row in rows), strict=True)] + texts
    columns = {
        name: coded([pa.array(values, pa.string())])
        for name, values in zip("xyn", texts, strict=True)
    }
    name = "x,y,n:" + ":".join(map(str, edges))
    found = slice_column(name, columns).values(columns).cast(pa.string()).to_pylist()
    ranges = [f"below {edges[0]}"]
    ranges += [f"{one} to below {other}" for one, other in pairwise(edges)]
    ranges += [f"from {edges[-1]}"]
    expected = [
        None if None in row else ",".join((row[0], row[1], ranges[bisect_right(edges, row[2])]))
        for row in rows
    ]
    assert found == expected
