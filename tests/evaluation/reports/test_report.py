from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.errors import InputError
from evenhand.evaluation import Report, load_report
from evenhand.evaluation.reports.report import (
    DataSummary,
    Flip,
    Intervals,
    MetricValue,
    ModelReport,
    PairScores,
    SliceReport,
)


def make_report(value: float | None = 0.25, text: str = "she is") -> Report:
    slice_ = SliceReport(
        slice="overall",
        n_examples=8,
        n_pairs=4,
        metrics={"flip_rate": MetricValue(value=value, lower=0.1, upper=0.5, interval="wilson")},
    )
    return Report(
        thresholds=(0.5,),
        data=DataSummary(
            name="cf", sha256="0" * 64, examples=8, labelled=8, pairs=4, weighted=False
        ),
        intervals=Intervals(level=0.95, resamples=1000, seed=0),
        models=(ModelReport(role="candidate", name="model.keras", slices=(slice_,)),),
        flips=(
            Flip(
                id="1",
                original=text,
                counterfactual="is",
                scores={"candidate": PairScores(original=0.75, counterfactual=0.25)},
            ),
        ),
    )


@given(
    value=st.none() | st.floats(0.1, 0.5) | st.sampled_from([math.nan, math.inf, -math.inf]),
    text=st.text(st.characters(codec="utf-8")),
)
def test_written_and_read_a_report_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, value: float | None, text: str
) -> None:
    report = make_report(value, text)
    file = tmp_path_factory.mktemp("report") / "report.json"
    file.write_text(report.to_json())
    again = load_report(file)
    assert again == report
    assert again.to_json() == report.to_json()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_undefined_values_are_null(value: float) -> None:
    document = json.loads(make_report(value).to_json())
    assert document["models"][0]["slices"][0]["metrics"]["flip_rate"]["value"] is None


def test_a_folder_stands_for_the_report_in_it(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(make_report().to_json())
    assert load_report(tmp_path) == make_report()


WRONG = {
    "nothing": ("", "not JSON"),
    "text": ("flip rate: 0", "not JSON"),
    "nested too deep": ("[" * 100_000, "not JSON"),
    "list": ("[]", "not valid"),
    "other kind": ('"kind": "loss"', "its kind differs"),
    "other version": ('"schema_version": 2', "its schema_version differs"),
    "unknown key": ('"kind": "flip-rate", "colour": "red"', "colour: unknown key"),
    "text for a number": ('"value": "a"', "valid number"),
    "other role": ('"role": "champion"', "'candidate' or 'baseline'"),
    "baseline alone": ('"role": "baseline"', "models must be a candidate"),
    "no overall": ('"slice": "all"', "'overall' is missing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_report_is_refused(tmp_path: Path, name: str) -> None:
    content, message = WRONG[name]
    file = tmp_path / "report.json"
    if content.startswith('"'):
        key = content.partition(":")[0]
        lines = make_report().to_json().splitlines()
        line = next(line for line in lines if line.strip().startswith(key + ":"))
        comma = "," if line.endswith(",") else ""
        content = make_report().to_json().replace(line, content + comma, 1)
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        load_report(file)


def test_a_missing_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_report(tmp_path / "report.json")


def test_reading_a_report_loads_nothing_heavy(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(make_report().to_json())
    code = (
        "import sys\n"
        "from evenhand.evaluation import load_report\n"
        "load_report(sys.argv[1])\n"
        "heavy = {'tensorflow', 'tensorflow_model_analysis', 'pandas', 'pyarrow', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_as_a_frame_it_has_a_row_for_each_metric() -> None:
    of_group = SliceReport(
        slice="group=female",
        n_examples=8,
        n_pairs=3,
        too_few_pairs=True,
        metrics={"flip_rate": MetricValue(value=None), "auc": MetricValue(value=0.5)},
    )
    report = make_report()
    [model] = report.models
    frame = report.model_copy(
        update={"models": (model.model_copy(update={"slices": (*model.slices, of_group)}),)}
    ).to_frame()
    assert list(frame.columns) == [
        *("role", "model", "slice", "group", "metric", "value", "lower", "upper"),
        *("n_examples", "n_pairs", "too_few_pairs", "label"),
    ]
    assert [str(frame[name].dtype) for name in ("value", "lower", "upper")] == ["float64"] * 3
    wanted = [
        ("overall", None, "flip_rate", 0.25, 0.1, 0.5, 4, False),
        ("group=female", "female", "flip_rate", None, None, None, 3, True),
        ("group=female", "female", "auc", 0.5, None, None, 3, True),
    ]
    shown = frame.drop(columns=["role", "model", "n_examples", "label"]).astype(object)
    assert list(shown.where(shown.notna(), None).itertuples(index=False, name=None)) == wanted
