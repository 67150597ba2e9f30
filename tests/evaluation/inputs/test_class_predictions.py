"""Scores of several classes in files of predictions, and several rows of a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError
from evenhand.evaluation import evaluate_predictions
from evenhand.evaluation.inputs.predictions import (
    ID,
    read_compared_predictions,
    read_predictions,
)
from evenhand.evaluation.inputs.tables import COUNTERFACTUAL_PREDICTION, PREDICTION
from evenhand.evaluation.measures.decision_counts import count_decisions
from evenhand.remediation.model_options import ModelOptions

NAMES = {PREDICTION: "p", COUNTERFACTUAL_PREDICTION: "q"}
HEADER = "id,p_0,p_1,p_2,q_0,q_1,q_2,label\n"
ROWS = (
    "a,0.7,0.2,0.1,0.6,0.3,0.1,0\n"
    "a,0.7,0.2,0.1,0.2,0.5,0.3,0\n"  # a second counterfactual of a, which flips
    "b,0.1,0.1,0.8,0.1,0.2,0.7,1\n"
    "c,0.3,0.4,0.3,0.5,0.4,0.1,\n"  # flips, without a label
)


def write(folder: Path, content: str, name: str = "p.csv") -> Path:
    (folder / name).write_text(content)
    return folder / name


def test_the_most_probable_class_decides(tmp_path: Path) -> None:
    data, scores = read_predictions(write(tmp_path, HEADER + ROWS), names=NAMES)
    assert scores.by_class and data.examples.classes is not None
    assert data.examples.classes.count == 3
    np.testing.assert_array_equal(data.examples.classes.numbers, [0, 1, np.nan])
    assert data.summary.labelled == 2 and np.isnan(data.examples.labels).all()
    flips = (scores.originals > 0.5) != (scores.counterfactuals > 0.5)
    assert flips.tolist() == [False, True, False, True]
    np.testing.assert_allclose(scores.counterfactuals[:2], [6 / 9, 2 / 7])
    (counted,) = count_decisions(data, scores, [0.5])
    assert counted.by_decision == {
        "0": 3,
        "1": 2,
        "2": 2,
    }  # of three texts and four counterfactuals


def test_of_two_classes_the_second_is_the_score(tmp_path: Path) -> None:
    file = write(tmp_path, "p_0,p_1,q_0,q_1,label\n0.7,0.3,0.4,0.6,1\n")
    data, scores = read_predictions(file, names=NAMES)
    assert not scores.by_class
    assert (scores.originals.tolist(), scores.counterfactuals.tolist()) == ([0.3], [0.6])
    assert data.examples.labels.tolist() == [1.0]


def test_logits_of_classes_become_probabilities(tmp_path: Path) -> None:
    file = write(tmp_path, "p_0,p_1,p_2,q_0,q_1,q_2\n2,0,-1,0,3,0\n")
    _, scores = read_predictions(file, names=NAMES, options=ModelOptions(logits=True))
    np.testing.assert_allclose(scores.originals, [1 / (1 + np.exp(-2))])
    np.testing.assert_allclose(scores.counterfactuals, [1 / (1 + np.exp(3))])


def test_a_baseline_in_another_order_is_joined_by_ids(tmp_path: Path) -> None:
    data, scores = read_predictions(write(tmp_path, HEADER + ROWS), names=NAMES)
    lines = ROWS.splitlines(keepends=True)
    turned = write(tmp_path, HEADER + "".join(lines[2:] + lines[:2]), "other.csv")
    other = read_compared_predictions(turned, data, names=NAMES)
    np.testing.assert_array_equal(other.counterfactuals, scores.counterfactuals)
    for found in (count_decisions(data, each, [0.5]) for each in (scores, other)):
        assert found[0].by_decision == {"0": 3, "1": 2, "2": 2}


def test_rows_of_one_text_may_be_told_by_the_text_itself(tmp_path: Path) -> None:
    content = (
        "text,prediction,counterfactual_prediction\nhi she,0.9,0.2\nhe,0.1,0.1\nhi she,0.9,0.8\n"
    )
    data, _ = read_predictions(write(tmp_path, content), names={ID: "text"})
    assert (data.summary.examples, data.summary.pairs) == (2, 3)
    differing = write(tmp_path, content.replace("hi she,0.9,0.8", "hi she,0.3,0.8"))
    with pytest.raises(InputError, match="rows of the example 'hi she' differ in the column"):
        read_predictions(differing, names={ID: "text"})


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (HEADER + "a,0.7,0.7,0.1,0.6,0.3,0.1,0\n", {}, r"3 classes sum to 1\.5.*row 1"),
        (HEADER + "a,0.7,0.2,0.1,0.6,0.3,0.3,0\n", {}, r"sum to 1\.2.*row 1"),
        (HEADER + "a,0.7,0.2,0.1,0.6,0.3,0.1,3\n", {}, "the number of a class, from 0 to 2"),
        (HEADER + "a,0.7,0.2,0.1,0.6,0.3,0.1,0.5\n", {}, "the number of a class, from 0 to 2"),
        (HEADER.replace("q_2", "r"), {}, "no column 'q_2'"),
        (HEADER + ROWS, {"positive_labels": ["1"]}, "labels are their numbers"),
        ("p_0,q\n1,1\n", {}, "no column 'p'"),
    ],
)
def test_scores_that_are_not_of_classes_are_refused(
    tmp_path: Path, content: str, options: dict[str, Any], words: str
) -> None:
    import re

    with pytest.raises(EvenhandError) as raised:
        read_predictions(write(tmp_path, content), names=NAMES, **options)
    assert re.search(words, " ".join(str(raised.value).split())), raised.value


def test_both_files_have_as_many_classes(tmp_path: Path) -> None:
    data, _ = read_predictions(write(tmp_path, HEADER + ROWS), names=NAMES)
    other = write(tmp_path, "id,p,q\na,0.5,0.5\na,0.5,0.6\nb,0.5,0.5\nc,0.5,0.5\n", "other.csv")
    with pytest.raises(InputError, match="another number of classes than those of p"):
        read_compared_predictions(other, data, names=NAMES)


def test_classes_have_no_threshold(tmp_path: Path) -> None:
    file = write(tmp_path, HEADER + ROWS)
    with pytest.raises(ConfigurationError, match="have no threshold to choose"):
        evaluate_predictions(
            file, prediction_column="p", counterfactual_column="q", thresholds=[0.4]
        )
