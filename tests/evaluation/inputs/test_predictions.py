from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.reading.positive_labels import label_texts
from evenhand.evaluation import evaluate_predictions
from evenhand.evaluation.inputs.predictions import read_compared_predictions, read_predictions

ROWS = [
    {"id": "x", "prediction": 0.25, "counterfactual_prediction": 0.75, "label": 1.0, "sex": "f"},
    {"id": "y", "prediction": 1.0, "counterfactual_prediction": 0.0, "label": None, "sex": None},
]


def write(folder: Path, suffix: str) -> Path:
    file = folder / f"scores{suffix}"
    lines = "id,prediction,counterfactual_prediction,label,sex\nx,0.25,0.75,1,f\ny,1,0,,\n"
    if suffix == ".csv":
        file.write_text(lines)
    elif suffix == ".csv.gz":
        file.write_bytes(gzip.compress(lines.encode()))
    elif suffix == ".tsv":
        file.write_text(lines.replace(",", "\t"))
    elif suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), file)
    return file


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".jsonl", ".parquet"])
def test_every_format_gives_the_same(tmp_path: Path, suffix: str) -> None:
    data, scores = read_predictions(write(tmp_path, suffix), slice_columns=["sex"])
    assert scores.originals.tolist() == [0.25, 1.0]
    assert scores.counterfactuals.tolist() == [0.75, 0.0]
    assert data.examples.ids.to_pylist() == ["x", "y"]
    assert data.examples.labels[0] == 1 and np.isnan(data.examples.labels[1])
    assert [slice_.name for slice_ in data.slices()] == ["overall", "sex=f"]
    assert (data.summary.examples, data.summary.labelled, data.summary.weighted) == (2, 1, False)


def test_ids_are_row_numbers_where_there_are_none(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("prediction,counterfactual_prediction\n0.5,0.5\n0.5,0.5\n")
    data, _ = read_predictions(file)
    assert data.examples.ids.to_pylist() == ["0", "1"]


def test_slice_values_that_look_like_something_else_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(
        'prediction,counterfactual_prediction,code\n0.5,0.5,NA\n0.5,0.5,007\n0.5,0.5,"a=b,c"\n'
    )
    data, _ = read_predictions(file, slice_columns=["code"])
    assert [slice_.name for slice_ in data.slices()][1:] == ["code=007", "code=NA", "code=a=b,c"]


BAD = {
    "no rows": ("prediction,counterfactual_prediction\n", "no rows"),
    "empty": ("", "input is empty"),
    "missing column": ("prediction\n0.5\n", "no column 'counterfactual_prediction'"),
    "nan": (
        "prediction,counterfactual_prediction\n0.5,0.5\nnan,0.5\n",
        "'nan' cannot be used\n  at: .*scores.csv, row 2, column 'prediction'\n  expected: a",
    ),
    "missing": (
        "prediction,counterfactual_prediction\n0.5,0.5\n0.5,\n",
        "missing\n  at: .*scores.csv, row 2, column 'counterfactual_prediction'",
    ),
    "logit": ("prediction,counterfactual_prediction\n0.5,1.5\n", "'1.5' cannot.*from 0 to 1"),
    "text": ("prediction,counterfactual_prediction\n0.5,high\n", "'high' cannot be used"),
    "label": ("prediction,counterfactual_prediction,label\n0.5,0.5,2\n", "'2'.*column 'label'"),
    "weight": ("prediction,counterfactual_prediction,weight\n0.5,0.5,-1\n", "'-1'.*at least 0"),
    "id twice": (
        "prediction,counterfactual_prediction,id,example\n0.5,0.5,a,\n0.5,0.5,,\n0.5,0.5,a,\n",
        "occurs twice.*scores.csv, row 3, column 'id'",
    ),
    "ragged": ("prediction,counterfactual_prediction\n0.5\n", "1 fields.*row 1\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_scores_is_refused(tmp_path: Path, name: str) -> None:
    content, message = BAD[name]
    file = tmp_path / "scores.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=f"(?s){message}") as raised:
        read_predictions(file)
    assert "`on_error`" not in str(raised.value)  # which reports do not have


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b'{"prediction": "\\ud800"}', None])
def test_damaged_and_missing_files_are_refused(
    tmp_path: Path, suffix: str, content: bytes | None
) -> None:
    file = tmp_path / f"scores{suffix}"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read|not tell|no column|no such|UTF-(8|16)"):
        read_predictions(file)


def write_rows(folder: Path, header: str, *rows: str) -> Path:
    file = folder / "scores.csv"
    file.write_text("\n".join([f"prediction,counterfactual_prediction,{header}", *rows, ""]))
    return file


def test_rows_with_one_example_are_its_pairs(tmp_path: Path) -> None:
    file = write_rows(
        *(tmp_path, "example,id,label,weight,sex"),
        *("0.9,0.1,b,p1,1,2,f", "0.4,0.3,a,p2,,1,m", "0.90000001,0.8,b,p3,1,2,f"),
        *("0.2,0.6,,p4,0,1,", "0.4,0.5,a,p5,,1,m", "0.2,0.7,,p6,0,1,"),
    )
    data, scores = read_predictions(file, slice_columns=["sex"])
    assert data.examples.ids.to_pylist() == ["b", "a", "3", "5"]  # nulls are examples by themselves
    assert data.pairs.example.tolist() == [0, 0, 1, 1, 2, 3]
    assert [found.id for found in data.details([1, 2])] == ["p3", "p2"]
    assert scores.examples.tolist() == [0.9, 0.4, 0.2, 0.2]
    assert scores.counterfactuals.tolist() == [0.1, 0.8, 0.3, 0.5, 0.6, 0.7]
    assert (data.summary.examples, data.summary.pairs, data.summary.labelled) == (4, 6, 3)
    assert {s.name: (len(s.examples), len(s.pairs)) for s in data.slices()} == {
        "overall": (4, 6),
        "sex=f": (1, 2),
        "sex=m": (1, 2),
    }


def test_a_repeated_id_is_one_example(tmp_path: Path) -> None:
    """10 of 40 texts flip, with each of their ten counterfactuals: 10 of 40, not 100 of 400."""
    rows = [f"0.9,{0.1 if text < 10 else 0.8},t{text}" for _ in range(10) for text in range(40)]
    file = write_rows(tmp_path, "id", *rows)
    report = evaluate_predictions(file, compare_to=file, output=tmp_path / "report")
    overall = report.candidate.overall
    assert (overall.n_examples, overall.n_pairs, overall.effective_pairs) == (40, 400, 40)
    rate = overall.metrics["flip_rate"]
    assert rate.value == 0.25
    # Wilson's interval of 10 of 40; of 100 of 400 it would be 0.210 to 0.295
    assert [rate.lower, rate.upper] == pytest.approx([0.141871, 0.401940], abs=1e-6)
    assert report.paired_tests[0].unit == "example"


def test_groups_and_terms_belong_to_rows_and_not_to_their_text(tmp_path: Path) -> None:
    rows = ["0.9,0.1,a,men,he", "0.9,0.8,a,women,she", "0.2,0.7,b,women,her", "0.2,0.1,a2,,"]
    file = write_rows(tmp_path, "example,group,term", *rows)
    report = evaluate_predictions(
        file, compare_to=file, slice_columns=["term", "group"], output=tmp_path / "report"
    )
    slices = {slice_.slice: slice_ for slice_ in report.candidate.slices}
    assert {name: (slice_.n_examples, slice_.n_pairs) for name, slice_ in slices.items()} == {
        "overall": (3, 4),
        "group=men": (1, 1),
        "group=women": (2, 2),
        "term=he": (1, 1),
        "term=her": (1, 1),
        "term=she": (1, 1),
    }
    assert slices["group=women"].metrics["flip_rate"].value == 0.5
    data, _ = read_predictions(file, slice_columns=["group"])
    file.write_text(file.read_text().replace("women", "all"))
    with pytest.raises(InputError, match="in the column 'group'"):
        read_compared_predictions(file, data, slice_columns=["group"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("0.9,0.1,a,1,1,f", "0.8,0.1,a,1,1,f"), "in the column 'prediction': 0.9 and 0.8"),
        (("0.9,0.1,a,1,1,f", "0.9,0.1,a,0,1,f"), "in the column 'label': 1.0 and 0.0"),
        (("0.9,0.1,a,1,1,f", "0.9,0.1,a,,1,f"), "in the column 'label': 1.0 and nan"),
        (("0.9,0.1,a,1,1,f", "0.9,0.1,a,1,2,f"), "in the column 'weight': 1.0 and 2.0"),
        (("0.9,0.1,a,1,1,f", "0.9,0.1,a,1,1,"), "in the column 'sex': 'f' and None"),
    ],
)
def test_rows_of_one_example_that_disagree_are_refused(
    tmp_path: Path, rows: tuple[str, ...], message: str
) -> None:
    file = write_rows(tmp_path, "id,label,weight,sex", "0.1,0.1,b,0,1,m", *rows)
    with pytest.raises(InputError, match=rf"{message}\n.*row 2 and .*row 3\n"):
        read_predictions(file, slice_columns=["sex"])


@pytest.mark.parametrize("weight", ["1e308", "1e150", "1e-300"])
def test_weights_that_cannot_be_added_up_are_refused(tmp_path: Path, weight: str) -> None:
    small = "1e-310" if weight == "1e-300" else "1"
    file = write_rows(tmp_path, "weight", f"0.9,0.1,{weight}", f"0.9,0.9,{small}")
    with pytest.raises(InputError, match=r"(?s)cannot be added up.*column .weight.*divide"):
        read_predictions(file)


def test_a_comparison_is_about_the_same_examples(tmp_path: Path) -> None:
    ours = write_rows(tmp_path, "example", "0.9,0.1,a", "0.9,0.8,a", "0.2,0.6,b")
    theirs = tmp_path / "theirs.csv"
    data, _ = read_predictions(ours)
    theirs.write_text(ours.read_text().replace("0.9,", "0.7,"))
    assert read_compared_predictions(theirs, data).examples.tolist() == [0.7, 0.2]
    theirs.write_text(ours.read_text().replace("0.9,0.8,a", "0.2,0.8,b"))
    with pytest.raises(InputError, match=r"rows differ from those of scores\.csv"):
        read_compared_predictions(theirs, data)


NAMED = (True, False), ("toxic", "clean"), (1, -1)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(("positive", "negative"), NAMED)
def test_labels_that_are_named_are_1_in_both_files(
    tmp_path: Path, suffix: str, positive: object, negative: object
) -> None:
    labels = [positive, negative, None, negative]
    rows = [
        {"id": str(number), "prediction": 0.9, "counterfactual_prediction": 0.2, "label": label}
        for number, label in enumerate(labels)
    ]
    file = tmp_path / f"scores.{suffix}"
    if suffix == "csv":
        lines = [
            f"{row['id']},0.9,0.2,{'' if (at := row['label']) is None else at}" for row in rows
        ]
        file.write_text("id,prediction,counterfactual_prediction,label\n" + "\n".join(lines))
    elif suffix == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), file)
    named = label_texts([positive])
    data, _ = read_predictions(file, positive_labels=named)
    assert np.array_equal(data.examples.labels, [1, 0, np.nan, 0], equal_nan=True)
    read_compared_predictions(file, data, positive_labels=named)
    with pytest.raises(InputError, match="no row has the label 'toxik'"):
        read_predictions(file, positive_labels=["toxik"])


def test_labels_of_scores_that_are_no_numbers_are_shown_with_what_to_do(tmp_path: Path) -> None:
    for labels in ("toxic", "-1"):
        with pytest.raises(InputError) as raised:
            read_predictions(write_rows(tmp_path, "label", f"0.9,0.1,{labels}", "0.9,0.1,1"))
        assert f"'{labels}' (1)" in str(raised.value.remedy)
        assert "with `positive_labels`" in str(raised.value.remedy)


def test_named_labels_need_their_column(tmp_path: Path) -> None:
    file = write_rows(tmp_path, "kind", "0.9,0.1,toxic")
    with pytest.raises(InputError, match="there is no column 'label'"):
        read_predictions(file, positive_labels=["toxic"])


def test_columns_may_have_names_of_their_own(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("uid,toxic,p,p_without,sex,label\nx,1,0.25,0.75,f,?\ny,,1,0,,?\n")
    names = {"prediction": "p", "counterfactual_prediction": "p_without"}
    names |= {"label": "toxic", "id": "uid"}
    data, scores = read_predictions(own, slice_columns=["sex"], names=names)
    usual, usual_scores = read_predictions(write(tmp_path, ".csv"), slice_columns=["sex"])
    assert scores.originals.tolist() == usual_scores.originals.tolist()
    assert scores.counterfactuals.tolist() == usual_scores.counterfactuals.tolist()
    assert data.examples.ids == usual.examples.ids
    assert np.array_equal(data.examples.labels, usual.examples.labels, equal_nan=True)
    assert data.examples.slices["sex"].to_pylist() == ["f", None]


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ({"label": "toxic"}, InputError, "column 'toxic'"),
        ({"id": "uid"}, InputError, "column 'uid'"),
        ({"prediction": "p"}, InputError, "column 'p'"),
        ({"prediction": "counterfactual_prediction"}, ConfigurationError, "would be both"),
        ({"label": "sex", "id": "sex"}, ConfigurationError, "both id and label|both label and id"),
        ({"label": "weight"}, ConfigurationError, "'weight' would be both"),
    ],
)
def test_names_that_fit_no_column_or_two_are_refused(tmp_path, names, error, message) -> None:
    with pytest.raises(error, match=message):
        read_predictions(write(tmp_path, ".csv"), names=names)


def test_a_range_is_checked_in_a_column_of_another_name(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("p,q\n0.5,1.5\n")
    with pytest.raises(InputError, match=r"(?s)row 1, column 'q'.*from 0 to 1"):
        read_predictions(file, names={"prediction": "p", "counterfactual_prediction": "q"})


PAIRS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["she", "he", ""]), st.sampled_from("fm")),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(pairs=PAIRS, own_ids=st.booleans(), random=st.randoms(use_true_random=False))
def test_a_baseline_in_another_order_is_joined_by_its_ids(
    tmp_path_factory, pairs, own_ids, random
) -> None:
    """Each pair meets its own partner, whatever the order of the other file."""
    sex = {text: sex for text, _, sex in pairs}
    rows = [
        (f"{text},{number},{term},{sex[text]}" if own_ids else f"{text},{term},{sex[text]}", number)
        for number, (text, term, _) in enumerate(pairs)
    ]
    header = "example,id,term,sex" if own_ids else "id,term,sex"
    slices = ["term", "sex"]

    def read_into(name, rows, data=None):
        file = tmp_path_factory.mktemp("scores") / name
        lines = [f"0.5,{number / 16},{row}" for row, number in rows]
        file.write_text("\n".join([f"prediction,counterfactual_prediction,{header}", *lines]))
        if data is None:
            return read_predictions(file, slice_columns=slices)
        return read_compared_predictions(file, data, slice_columns=slices)

    data, ours = read_into("candidate.csv", rows)
    order = list(rows)
    if own_ids:
        random.shuffle(order)
    else:  # pairs of one text keep their order, as nothing else tells which is which
        texts = list(sex)
        random.shuffle(texts)
        order = [row for text in texts for row in rows if row[0].startswith(text)]
    theirs = read_into("baseline.csv", order, data)
    assert theirs.counterfactuals.tolist() == ours.counterfactuals.tolist()


def test_other_ids_are_other_rows(tmp_path: Path) -> None:
    file = write_rows(tmp_path, "id", "0.9,0.1,a", "0.8,0.1,b")
    data, _ = read_predictions(file)
    for rows in (("0.9,0.1,a",), ("0.9,0.1,a", "0.8,0.1,c"), ("0.9,0.1,a",) * 2):
        write_rows(tmp_path, "id", *rows)
        with pytest.raises(InputError, match=r"differ from those of .* in the column 'id'"):
            read_compared_predictions(file, data)
