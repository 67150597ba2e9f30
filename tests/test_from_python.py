"""evenhand as a library in a session of one's own: what is in memory goes in, and comes out."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import evenhand
from evenhand.data import (
    BuildOptions,
    ConfigurationError,
    InputError,
    build_dataset,
    check_pairs,
    load_lexicon,
    preview_dataset,
)
from evenhand.data.matching.matcher import TermMatcher
from evenhand.evaluation import (
    evaluate_flip_rate,
    evaluate_functions,
    load_report,
)
from evenhand.evaluation.report_options import EvaluateOptions
from evenhand.remediation import load_classifier, train, train_baseline

PACKAGES = ("data", "remediation", "evaluation")
TEXTS = ["She is kind.", "He is rude.", "The bus is late.", "Her idea was odd."] * 12
FRAME = pd.DataFrame(
    {
        "text": TEXTS,
        "label": [0, 1, 0, 1] * 12,
        "topic": pd.Categorical(["a", "b", "a", "b"] * 12),
    },
    index=range(100, 148),
)
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}


def biased(texts: list[str]) -> list[float]:
    """Return a score that only "she" and "her" raise."""
    return [0.9 if {"she", "her"} & set(text.lower().split()) else 0.2 for text in texts]


def test_the_package_says_what_it_is() -> None:
    assert evenhand.__version__ == version("evenhand")
    assert "counterfactual" in str(evenhand.__doc__)
    assert evenhand.data is importlib.import_module("evenhand.data")
    assert set(PACKAGES) <= set(dir(evenhand))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = evenhand.nonsense  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", PACKAGES)
def test_signatures_show_every_option_by_its_name(package: str) -> None:
    module = importlib.import_module(f"evenhand.{package}")
    functions = [getattr(module, name) for name in module.__all__]
    for function in filter(inspect.isfunction, functions):
        kinds = {each.kind for each in inspect.signature(function).parameters.values()}
        assert inspect.Parameter.VAR_KEYWORD not in kinds, function


def test_a_single_name_is_a_list_of_one(tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    FRAME.to_csv(file, index=False)
    options: dict[str, Any] = {"label_column": "label", "method": "ablate"}
    listed = build_dataset([file], slice_columns=["topic"], terms=["gender"], **options)
    single = build_dataset(str(file), slice_columns="topic", terms="gender", **options)
    assert single.sha256 == listed.sha256
    assert preview_dataset(file, terms="gender", method="ablate").counts.pairs == 36
    assert check_pairs(single, terms="gender").lexicons == ("gender",)
    assert single.examples("topic").equals(single.examples(["topic"]))
    assert BuildOptions(positive_labels="yes", label_column="l").positive_labels == ("yes",)
    listed, other = BuildOptions(slice_columns=["a", "b"]), BuildOptions(slice_columns=("a", "b"))
    assert listed == other and len({listed, other}) == 1
    assert EvaluateOptions(thresholds="auto").thresholds == ("auto",)
    assert EvaluateOptions(thresholds=0.3).thresholds == (0.3,)


def test_a_single_text_is_not_taken_for_its_letters() -> None:
    for call in (
        load_classifier(biased).score,
        load_classifier(biased).predict,
        TermMatcher([load_lexicon("gender")]).find_all,
    ):
        with pytest.raises(ConfigurationError, match="texts must be a list, got she is"):
            call("she is")


def test_a_frame_is_built_as_its_file_is(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "train.parquet", index=False)
    options: dict[str, Any] = {
        "label_column": "label",
        "slice_columns": ["topic"],
        "method": "ablate",
    }
    of_file = build_dataset(tmp_path / "train.parquet", tmp_path / "cf", **options)
    of_frame = build_dataset(FRAME, **options)
    assert of_frame.pairs().equals(of_file.pairs())
    assert of_frame.examples().equals(of_file.examples())
    assert of_frame.manifest.sources[0].name == "DataFrame.parquet"
    assert preview_dataset(FRAME, **options).counts == of_frame.manifest.counts
    assert build_dataset(FRAME, **options).sha256 == of_frame.sha256
    in_a_notebook = of_frame._repr_html_()
    for shown in ("48 examples, 36 pairs", "by the method ablate", "female", "She is kind."):
        assert shown in in_a_notebook
    assert repr(of_frame).endswith(": 48 examples, 36 pairs>")


@pytest.mark.parametrize(
    ("frame", "options", "what"),
    [
        (FRAME, {"text_column": "comment"}, "(?s)no column 'comment'.*the data"),
        (FRAME.assign(label=7), {"label_column": "label"}, "the DataFrame, row 1, column 'label'"),
        (FRAME.assign(text="no term"), {}, "(?s)no row can be paired.*at: the DataFrame"),
    ],
)
def test_an_error_about_a_frame_names_no_file(
    frame: pd.DataFrame, options: dict[str, Any], what: str
) -> None:
    with pytest.raises(InputError, match=what) as caught:
        build_dataset(frame, method="ablate", **options)
    assert "/tmp" not in str(caught.value) and ".parquet" not in str(caught.value)


def test_a_dataset_that_nobody_named_is_gone_with_its_process() -> None:
    code = """
import os
from evenhand.data import build_dataset
import pandas as pd
dataset = build_dataset(pd.DataFrame({"text": ["she is late"]}))
assert dataset.pairs().num_rows == 1
if os.fork() == 0:
    raise SystemExit  # a child's end is not the process's
os.wait()
assert dataset.path.is_dir()
print(dataset.path)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not os.path.lexists(Path(done.stdout.strip()).parent)


def test_a_report_needs_no_folder_and_its_data_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = build_dataset(FRAME, tmp_path / "dataset", label_column="label")
    kept = evaluate_flip_rate(dataset, biased, output=tmp_path / "report")
    assert load_report(tmp_path / "report") == kept
    assert evaluate_flip_rate(FRAME, biased) == kept
    assert kept.data.labelled == len(FRAME)
    with pytest.raises(InputError, match="no column 'text'"):
        evaluate_flip_rate(FRAME.rename(columns={"text": "comment"}), biased)
    assert evaluate_functions(biased, groups="female").models
    assert {path.name for path in tmp_path.iterdir()} == {"dataset", "report"}


def test_opened_datasets_are_taken_wherever_folders_are(tmp_path: Path) -> None:
    dataset = build_dataset(FRAME, tmp_path / "cf", label_column="label", method="ablate")
    with pytest.raises(ConfigurationError, match="the output"):
        evaluate_flip_rate(dataset, biased, output=tmp_path / "cf" / "report")
    with pytest.raises(ConfigurationError, match="the output"):
        train_baseline(dataset, tmp_path / "cf" / "baseline.keras")


@pytest.mark.slow
def test_a_model_in_memory_is_trained_on_a_frame_and_stays_as_it_was() -> None:
    baseline = train_baseline(FRAME, epochs=1)
    model = load_classifier(baseline.model).keras_model
    before = [weights.copy() for weights in model.get_weights()]
    result = train(model, FRAME, epochs=1, batch_size=16, **ANY)
    assert result.model.name == "model.keras" and result.kept_epoch == 1
    in_a_notebook = result._repr_html_()
    for shown in (f"{result.technique}: epoch 1 of 1 kept", "flip rate", "baseline", "model.keras"):
        assert shown in in_a_notebook
    for kept, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    trained = load_classifier(result.model).keras_model.get_weights()
    assert any(not np.array_equal(a, b) for a, b in zip(before, trained, strict=True))
    dataset = build_dataset(FRAME, label_column="label")
    again = train(model, dataset, epochs=1, batch_size=16, **ANY)
    assert again.metrics == result.metrics


def test_what_is_no_keras_model_is_scored_but_not_trained() -> None:
    for model in (biased, object()):
        with pytest.raises(InputError, match="scored but not trained"):
            train(model, FRAME)
