"""Exported models score as the models they are made of, and are complete or absent."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data import build_dataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import evaluate_flip_rate
from evenhand.remediation import ModelOptions, export_model, load_classifier
from evenhand.remediation.exporting import model_export
from evenhand.remediation.exporting.serving_function import ServingFunction

WORDS = ["she", "he", "they", "is", "was", "kind", "rude", "good", "bad", "nobody"]
TEXTS = ["She is kind!", "he was RUDE", "", "nobody, unseen", "they was a good bad kind day"]
NUMBERS = """
import numpy as np


def lengths(texts):
    return np.array([[len(text), text.count("e")] for text in texts], dtype=np.float64)


def named(texts):
    return {"length": lengths(texts)[:, :1], "letters": lengths(texts)[:, 1:]}


def lower(texts):
    return [text.lower() for text in texts]
"""


def text_model(
    generation: int = 3,
    *,
    before: Callable[[Any], Any] = lambda keras: (),
    inner: Callable[[Any], Any] | None = None,
    units: int = 1,
    activation: str | None = "sigmoid",
    **settings: Any,
) -> Any:
    from evenhand.remediation.runtime.tensorflow import keras_package

    keras = keras_package(generation)  # type: ignore[arg-type]
    keras.utils.set_random_seed(3)
    layers = keras.layers
    of_numbers = settings.get("output_mode", "int") != "int"
    middle = [] if of_numbers else [layers.Embedding(len(WORDS) + 2, 4)]
    middle += inner(keras) if inner else [] if of_numbers else [layers.GlobalMaxPooling1D()]
    return keras.Sequential(
        [
            layers.Input(shape=(), dtype="string"),
            *before(keras),
            layers.TextVectorization(vocabulary=WORDS, **settings),
            *middle,
            layers.Dense(units, activation=activation),
        ]
    )


def saved(model: Any, folder: Path, name: str = "model.keras") -> Path:
    model.save(folder / name)
    return folder / name


@pytest.fixture
def numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "export_numbers.py").write_text(NUMBERS)
    monkeypatch.syspath_prepend(tmp_path)
    return "export_numbers"


def test_tensorflow_loads_the_saved_model_and_its_signature_gives_the_models_scores(
    tmp_path: Path,
) -> None:
    import tensorflow as tf

    model = saved(text_model(output_sequence_length=6), tmp_path)
    result = export_model(model, tmp_path / "served")
    assert result.path == tmp_path / "served" / "1" and result.version == 1
    assert (result.path / "saved_model.pb").is_file()
    assert result.inputs == {"text": "string [None]"} and result.takes_texts
    signature = tf.saved_model.load(str(result.path)).signatures["serving_default"]
    [output] = result.outputs
    served = signature(text=tf.constant(TEXTS))[output].numpy()[:, 0]
    np.testing.assert_allclose(served, load_classifier(model).score(TEXTS), atol=1e-6)
    np.testing.assert_allclose(load_classifier(result.path).score(TEXTS), served, atol=1e-6)


def test_versions_are_numbered_and_replaced_only_when_asked(tmp_path: Path) -> None:
    model, served = saved(text_model(output_sequence_length=6), tmp_path), tmp_path / "served"
    (served / "7").mkdir(parents=True)
    (served / "7" / "saved_model.pb").write_text("somebody's own")
    (served / "notes").mkdir()
    assert export_model(model, served, dry_run=True).path == served / "8"
    assert export_model(model, served).version == 8
    assert export_model(model, served, version=3).path == served / "3"
    with pytest.raises(ConfigurationError, match="exists"):
        export_model(model, served, version=3)
    assert export_model(model, served, version=3, overwrite=True).version == 3
    with pytest.raises(ConfigurationError, match="left alone"):
        export_model(model, served, version=7, overwrite=True)
    assert sorted(each.name for each in served.iterdir()) == ["3", "7", "8", "notes"]


TEXT_MODELS: dict[str, dict[str, Any]] = {
    "any length, several labels": {"units": 3},
    "runs of characters": {"split": "character", "ngrams": (1, 3), "output_sequence_length": 9},
    "no standardisation, pairs": {"standardize": None, "ngrams": 2, "output_sequence_length": 9},
    "counts, padded": {"output_mode": "count", "max_tokens": 20, "pad_to_max_tokens": True},
    "a loop, one text at a time": {
        "inner": lambda keras: [keras.layers.SimpleRNN(2)],
        "output_sequence_length": 6,
    },
    "a loaded model of Keras 2": {"generation": 2, "output_sequence_length": 6},
}


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_a_tflite_file_scores_texts_as_the_model_does(name: str, tmp_path: Path) -> None:
    settings = TEXT_MODELS[name]
    model = saved(text_model(**settings), tmp_path)
    options = ModelOptions(positive_class=1 if "units" in settings else None)
    result = export_model(model, tmp_path / "model.tflite", format="tflite")
    assert list(result.inputs) == ["tokens"] and result.takes_texts
    made = load_classifier(tmp_path / "model.tflite", options).score(TEXTS)
    wanted = load_classifier(model, options).score(TEXTS)
    np.testing.assert_allclose(made, wanted, atol=1e-5)
    assert np.ptp(wanted) > 1e-3, "these texts tell models apart"


def test_a_saved_model_of_keras_2(tmp_path: Path) -> None:
    model = saved(text_model(2, output_sequence_length=6), tmp_path, "model.h5")
    result = export_model(model, tmp_path / "served")
    made = load_classifier(result.path).score(TEXTS)
    np.testing.assert_allclose(made, load_classifier(model).score(TEXTS), atol=1e-6)


def functional(keras: Any) -> Any:
    text = keras.Input((), dtype="string")
    words = keras.layers.TextVectorization(vocabulary=WORDS, output_sequence_length=6)(text)
    pooled = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(12, 4)(words))
    return keras.Model(
        text,
        {
            "toxic": keras.layers.Dense(1, activation="sigmoid", name="toxic")(pooled),
            "kind": keras.layers.Dense(1, activation="sigmoid", name="kind")(pooled),
        },
    )


@pytest.mark.parametrize("format", ["saved-model", "tflite"])
def test_all_heads_keep_their_names(format: Any, tmp_path: Path) -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras

    model = saved(functional(import_keras()), tmp_path)
    result = export_model(model, tmp_path / "out.tflite", format=format)
    assert set(result.outputs) == {"toxic", "kind"}
    for head in result.outputs:
        options = ModelOptions(head=head)
        made = load_classifier(result.path, options).score(TEXTS)
        np.testing.assert_allclose(made, load_classifier(model, options).score(TEXTS), atol=1e-5)


@pytest.mark.parametrize("format", ["saved-model", "tflite"])
@pytest.mark.parametrize("function", ["lengths", "named"])
def test_a_model_of_numbers_takes_what_its_preprocessing_gives(
    format: Any, function: str, numbers: str, tmp_path: Path
) -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras

    layers = import_keras().layers
    if function == "lengths":
        inputs = taken = layers.Input((2,))
    else:
        inputs = {each: layers.Input((1,), name=each) for each in ("length", "letters")}
        taken = layers.Concatenate()(list(inputs.values()))
    outputs = layers.Dense(1, activation="sigmoid")(taken)
    model = saved(import_keras().Model(inputs, outputs), tmp_path)
    preprocess = f"{numbers}:{function}"
    result = export_model(model, tmp_path / "o.tflite", format=format, preprocess=preprocess)
    assert not result.takes_texts
    assert set(result.inputs) == ({"inputs"} if function == "lengths" else {"length", "letters"})
    options = ModelOptions(preprocess=preprocess)
    made = load_classifier(result.path, options).score(TEXTS)
    np.testing.assert_allclose(made, load_classifier(model, options).score(TEXTS), atol=1e-6)
    with pytest.raises(InputError, match="does not take strings"):
        load_classifier(result.path)


def test_texts_that_are_preprocessed_and_then_cut_into_words(numbers: str, tmp_path: Path) -> None:
    model = saved(text_model(standardize=None, output_sequence_length=6), tmp_path)
    options = ModelOptions(preprocess=f"{numbers}:lower")
    export_model(model, tmp_path / "o.tflite", format="tflite", preprocess=options.preprocess)
    made = load_classifier(tmp_path / "o.tflite", options).score(TEXTS)
    np.testing.assert_allclose(made, load_classifier(model, options).score(TEXTS), atol=1e-5)


def test_a_report_shows_whether_quantising_brings_flips(tmp_path: Path) -> None:
    lines = [f"{who} is {what}" for who in ("she", "he", "they") for what in WORDS[5:]]
    (tmp_path / "texts.csv").write_text("\n".join(["text", *lines]) + "\n")
    data = build_dataset([tmp_path / "texts.csv"], tmp_path / "cf", terms=["gender"])
    model = saved(text_model(output_sequence_length=6), tmp_path)
    reports = {}
    for quantise in (None, "int8"):
        file = tmp_path / f"{quantise}.tflite"
        calibration = [tmp_path / "cf", tmp_path / "texts.csv"] if quantise else ()
        result = export_model(
            model, file, format="tflite", quantise=quantise, calibration=calibration
        )
        assert result.calibration_texts == (len(lines) if quantise else 0)
        reports[quantise] = evaluate_flip_rate(data, file, compare_to=model)
    of_float, of_int8 = reports[None], reports["int8"]
    rates = [
        each.overall.metrics["flip_rate"].value
        for report in (of_float, of_int8)
        for each in report.models
    ]
    assert rates[0] == rates[1] == rates[3], "32 bits decide as the model does"
    moved = [
        abs(np.subtract(*(each.overall.metrics["ctf_gap"].value for each in report.models)))
        for report in (of_float, of_int8)
    ]
    assert moved[0] < 1e-6 < moved[1] < 0.02


@pytest.mark.parametrize(("quantise", "share"), [("float16", 0.6), ("dynamic", 0.4)])
def test_fewer_bits_make_smaller_files_of_nearly_the_same_scores(
    quantise: Any, share: float, tmp_path: Path
) -> None:
    def wide(keras: Any) -> list[Any]:
        return [keras.layers.Flatten(), *(keras.layers.Dense(128) for _ in range(2))]

    model = text_model(inner=wide, output_sequence_length=6)
    plain = export_model(model, tmp_path / "plain.tflite", format="tflite")
    small = export_model(model, tmp_path / "small.tflite", format="tflite", quantise=quantise)
    assert small.n_bytes < share * plain.n_bytes
    made = load_classifier(small.path).score(TEXTS)
    np.testing.assert_allclose(made, load_classifier(model).score(TEXTS), atol=0.01)


def test_texts_of_the_calibration_are_drawn_from_all_whatever_their_order(tmp_path: Path) -> None:
    from evenhand.remediation.exporting.calibration import read_calibration
    from evenhand.remediation.exporting.export_options import ExportOptions

    lines = [f"text {number}" for number in range(100)]
    (tmp_path / "one.csv").write_text("\n".join(["comment", *lines, "", "text 1"]))
    (tmp_path / "two.csv").write_text("\n".join(["comment", *reversed(lines)]))
    options = ExportOptions(calibration_texts=10, text_column="comment", on_error="skip")
    one, two = (read_calibration([tmp_path / name], options) for name in ("one.csv", "two.csv"))
    assert one == two and len(set(one)) == 10
    assert {int(text.split()[1]) // 50 for text in one} == {0, 1}


@pytest.mark.parametrize("format", ["saved-model", "tflite"])
def test_an_interrupted_export_leaves_nothing(
    format: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, save = saved(text_model(output_sequence_length=6), tmp_path), ServingFunction.save

    def interrupted(self: ServingFunction, folder: Path, rows: int | None = None) -> None:
        save(self, folder, rows)
        raise KeyboardInterrupt

    monkeypatch.setattr(ServingFunction, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_model(model, tmp_path / "out" / "a.tflite", format=format)
    assert not [each for each in (tmp_path / "out").rglob("*") if each.is_file()]


def test_what_gives_other_outputs_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = saved(text_model(output_sequence_length=6), tmp_path)
    other = load_classifier(saved(text_model(output_sequence_length=2), tmp_path, "b.keras"))
    load = model_export._SavedModel.load
    monkeypatch.setattr(
        model_export._SavedModel, "load", lambda self, path: load(self, path) and other.predictor
    )
    with pytest.raises(InputError, match="gives other outputs than the model"):
        export_model(model, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("out", {"quantise": "int8"}, "a SavedModel is not quantised"),
        ("a.tflite", {"format": "tflite", "version": 2}, "a TFLite file has no version"),
        ("a.tflite", {"format": "tflite", "quantise": "int8"}, "needs texts to calibrate with"),
        ("out", {"calibration": ["t.csv"]}, "for int8 alone"),
        ("a.bin", {"format": "tflite"}, "is a .tflite file"),
        ("out", {"format": "onnx"}, "format"),
        ("out", {"version": 0}, "version"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    output: str, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        export_model("no.keras", tmp_path / output, **options)
    assert not list(tmp_path.iterdir())


def own_standardisation(text: Any) -> Any:
    return text


def two_texts(keras: Any) -> Any:
    text = keras.Input((), dtype="string")
    parts = [
        keras.layers.TextVectorization(vocabulary=WORDS, output_mode="multi_hot", name=name)(text)
        for name in ("one", "two")
    ]
    joined = keras.layers.Concatenate()(parts)
    return keras.Model(text, keras.layers.Dense(1, activation="sigmoid")(joined))


def lower_first(keras: Any) -> list[Any]:
    from evenhand.remediation import TermRemoval

    return [TermRemoval(["she"])]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda keras: text_model(standardize=own_standardisation), "as standardize"),
        (two_texts, "has 2 TextVectorization layers"),
        (lambda keras: text_model(before=lower_first), "does not take its texts as they are"),
    ],
)
def test_models_whose_words_cannot_be_kept_are_refused_for_tflite(
    made: Any, message: str, tmp_path: Path
) -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras

    model = made(import_keras())
    with pytest.raises(InputError, match=message):
        export_model(model, tmp_path / "a.tflite", format="tflite")
    assert not list(tmp_path.iterdir())
    result = export_model(model, tmp_path / "out")
    scores = load_classifier(model).score(TEXTS)
    np.testing.assert_allclose(load_classifier(result.path).score(TEXTS), scores, atol=1e-6)


def test_what_has_no_score_for_a_text_without_words_says_so(tmp_path: Path) -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras

    layers = import_keras().layers
    model = import_keras().Sequential(
        [
            layers.Input((), dtype="string"),
            layers.TextVectorization(vocabulary=WORDS, output_sequence_length=6),
            layers.Embedding(12, 4, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(4, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    assert np.isfinite(load_classifier(model).score([""])).all()
    assert not export_model(model, tmp_path / "served").warnings
    [warning] = export_model(model, tmp_path / "a.tflite", format="tflite").warnings
    assert "no score for a text without words" in warning


def test_loops_are_not_calibrated(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text\nshe is kind\n")
    model = text_model(inner=lambda keras: [keras.layers.SimpleRNN(2)], output_sequence_length=6)
    with pytest.raises(InputError, match="cannot calibrate a model with loops"):
        export_model(
            model,
            tmp_path / "a.tflite",
            format="tflite",
            quantise="int8",
            calibration=tmp_path / "t.csv",
        )
    assert not (tmp_path / "a.tflite").exists()


def test_only_keras_models_are_exported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no Keras model"):
        export_model(lambda texts: [0.5 for _ in texts], tmp_path / "out")


def test_logits_stay_logits(tmp_path: Path) -> None:
    model = saved(text_model(activation=None, output_sequence_length=6), tmp_path)
    result = export_model(model, tmp_path / "a.tflite", format="tflite")
    assert result.gives_logits
    made = load_classifier(result.path, ModelOptions(logits=True)).score(TEXTS)
    np.testing.assert_allclose(made, load_classifier(model).score(TEXTS), atol=1e-5)


@pytest.mark.parametrize("damage", ["compressed", "other words", "a function"])
def test_damaged_words_of_a_stranger_are_refused(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "a.tflite"
    export_model(text_model(output_sequence_length=6), file, format="tflite")
    with zipfile.ZipFile(file) as archive:
        record = archive.read("evenhand.json").decode()
        start = archive.start_dir - len(record) - len("evenhand.json") - 30
    graph = file.read_bytes()[:start]
    if damage == "other words":
        record = record.replace('"vocabulary":[', '"vocabulary":[1,')
    if damage == "a function":
        record = record.replace('"lower_and_strip_punctuation"', '"os.system"')
    file.write_bytes(graph)
    kind = zipfile.ZIP_DEFLATED if damage == "compressed" else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "a", kind) as archive:
        archive.writestr("evenhand.json", record)
    with pytest.raises(InputError, match=r"evenhand\.json cannot be read"):
        load_classifier(file)


def test_versions_in_a_store(tmp_path: Path) -> None:
    memory = pytest.importorskip("fsspec").filesystem("memory")
    memory.pipe_file("/exported/4/saved_model.pb", b"somebody's own")
    export_model(text_model(output_sequence_length=6), "memory://exported")
    assert memory.isfile("/exported/5/saved_model.pb")
    assert memory.cat_file("/exported/4/saved_model.pb") == b"somebody's own"
    memory.rm("/exported", recursive=True)
