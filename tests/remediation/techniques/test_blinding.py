"""Techniques that train nothing: what their models score, where they load, what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.cli.main import run
from evenhand.data import TermMatcher, ablate, load_lexicon
from evenhand.data.building.build import build_dataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import load_classifier, train
from evenhand.remediation.model_options import ModelOptions

ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
TEXTS = ["She was rude, he was kind.", "the day was fine", "a woman (she) is awful", "he", "HE  is"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blind")
    words = ("rude", "kind", "fine", "awful", "good", "bad")
    rows = [
        f"{who} was {words[i % 6]},{i % 2}" for i, who in enumerate(("she", "he", "nobody") * 40)
    ]
    (folder / "rows.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    build_dataset([folder / "rows.csv"], folder / "rows", label_column="label", method="ablate")
    return folder


@pytest.fixture(scope="module")
def blind_texts() -> list[str]:
    matcher = TermMatcher([load_lexicon("gender")])
    pairs = [ablate(text, matcher) for text in TEXTS]
    return [t if pair is None else pair.text for t, pair in zip(TEXTS, pairs, strict=True)]


def _trained(model: Any, folder: Path, name: str, **options: Any) -> Any:
    path = folder / f"{name}-baseline.keras"
    model.save(path)
    return path, train(path, folder / "rows", folder / name, **{**ANY, **options})


def test_a_blind_model_scores_texts_without_their_terms(
    folder: Path, blind_texts: list[str], model_of: Callable[..., Any]
) -> None:
    baseline, result = _trained(model_of(), folder, "blind", technique="blind")
    scores = load_classifier(result.model).score(TEXTS)
    np.testing.assert_array_equal(scores, load_classifier(baseline).score(blind_texts))
    assert (result.kept_epoch, result.limits_kept, len(result.history)) == (1, True, 1)
    assert result.metrics["n_flips"] == 0
    assert result.metrics["ctf_gap"] == pytest.approx(0, abs=1e-6)
    assert result.metrics == pytest.approx(result.controls["blind"], abs=1e-4)
    record = json.loads((folder / "blind" / "train.json").read_text())
    assert record["technique"] == "blind" and record["learning_rate"] is None
    assert {"epochs", "learning_rate", "batch_size"}.isdisjoint(record["options"])
    assert record["options"]["terms"] is None and record["options"]["validation_split"] == 0.1
    assert record["n_examples"] == record["n_pairs"] == 0
    with pytest.raises(ConfigurationError, match="exists"):
        train(baseline, folder / "rows", folder / "blind", technique="blind", **ANY)
    # Plain Keras knows the layer once it is imported, be `tf.keras` Keras 2
    code = (
        "import tensorflow as tf, evenhand.remediation, keras, sys\n"
        "evenhand.remediation.TermRemoval\n"
        "model = keras.saving.load_model(sys.argv[1])\n"
        "print(float(model(tf.constant([sys.argv[2]]))[0, 0]))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, result.model, TEXTS[0]],
        capture_output=True, text=True, check=True, env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
    )  # fmt: skip
    assert float(shown.stdout.split()[-1]) == pytest.approx(scores[0], abs=1e-6)


@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (1, "linear"), (3, "softmax")])
def test_an_average_is_the_mean_of_the_logits(
    folder: Path,
    blind_texts: list[str],
    model_of: Callable[..., Any],
    units: int,
    activation: str,
) -> None:
    import keras

    model = model_of(units, activation)
    if activation == "linear":
        model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    options = {} if units == 1 else {"positive_class": 1}
    name = f"average-{activation}"
    baseline, result = _trained(model, folder, name, technique="average", **options)
    reading = ModelOptions(**options)
    seen, blind = (load_classifier(baseline, reading).score(t) for t in (TEXTS, blind_texts))
    made = load_classifier(result.model, reading)
    scores = made.score(TEXTS)
    if units == 1:
        logit = np.log(seen / (1 - seen)) + np.log(blind / (1 - blind))
        np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logit / 2)), atol=1e-6)
    else:
        outputs = [
            next(iter(load_classifier(baseline, reading).run(np.array(
                [text.encode() for text in texts], dtype=object)).values()))
            for texts in (TEXTS, blind_texts)
        ]  # fmt: skip
        mean = np.exp(np.log(outputs).mean(axis=0))
        np.testing.assert_allclose(scores, (mean / mean.sum(axis=1, keepdims=True))[:, 1],
                                   atol=1e-6)  # fmt: skip
    assert made.gives_logits is (activation == "linear")


def test_several_outputs_keep_their_names_and_only_the_read_one_is_averaged(
    folder: Path, model_of: Callable[..., Any]
) -> None:
    import keras

    one = model_of()
    heads = [keras.layers.Dense(1, activation="sigmoid", name=name) for name in ("toxic", "spam")]
    hidden = one.layers[-2].output
    model = keras.Model(one.inputs, [head(hidden) for head in heads])
    baseline, result = _trained(model, folder, "heads", technique="average", head="spam")
    for head in ("toxic", "spam"):
        before, after = (
            load_classifier(each, ModelOptions(head=head)).score(TEXTS)
            for each in (baseline, result.model)
        )
        assert np.array_equal(before, after) is (head == "toxic")


def test_the_baseline_stays_if_the_limits_break(folder: Path, model_of: Callable[..., Any]) -> None:
    _, result = _trained(
        model_of(seed=3), folder, "stays", technique="blind", terms=[str(_of_all_words(folder))],
        max_accuracy_drop=0.0, max_auc_drop=0.0, max_positive_rate_change=0.0,
    )  # fmt: skip
    assert (result.limits_kept, result.kept_epoch) == (False, 0)
    assert "the model" in result.reason and "so the baseline is kept" in result.reason
    scores = [load_classifier(each).score(TEXTS) for each in (
        folder / "stays-baseline.keras", result.model)]  # fmt: skip
    np.testing.assert_array_equal(*scores)


def _of_all_words(folder: Path) -> Path:
    path = folder / "all.txt"
    path.write_text("\n".join(["was", "rude", "kind", "fine", "awful", "good", "bad"]))
    return path


def test_wrong_use_is_one_error_before_anything_is_done(
    folder: Path, model_of: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    numbers = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1, "sigmoid")])
    numbers.save(tmp_path / "numbers.keras")
    (tmp_path / "blind_numbers.py").write_text(
        "import numpy as np\ndef encode(texts):\n    return np.zeros((len(texts), 8), 'float32')\n"
    )
    sys.path.insert(0, str(tmp_path))
    command = ["remediate", "train", "--baseline", str(tmp_path / "numbers.keras")]
    command += ["--data", str(folder / "rows"), "--output", str(tmp_path / "out")]
    command += ["--technique", "blind"]
    assert run([*command, "--preprocess", "blind_numbers:encode"]) == 3
    error = capsys.readouterr().err
    assert "the technique blind makes a model that takes strings" in error
    assert "put the preprocessing into the model" in error
    sys.path.remove(str(tmp_path))
    own = tmp_path / "own.txt"
    own.write_text("she\nhe\n")
    build_dataset([folder / "rows.csv"], tmp_path / "rows", label_column="label", terms=[own])
    model_of().save(tmp_path / "strings.keras")
    arguments = tmp_path / "strings.keras", tmp_path / "rows", tmp_path / "out"
    with pytest.raises(InputError, match=r"lexicon 'own' are not known(.|\n)*`terms`"):
        train(*arguments, technique="blind", **ANY)
    assert not (tmp_path / "out").exists()
    result = train(*arguments, technique="blind", terms=[own], **ANY)
    assert result.metrics["n_flips"] == 0
    with pytest.raises(ConfigurationError, match="Keras 2"):
        from evenhand.remediation.techniques.blinding import Blindness

        Blindness().settled(2)
