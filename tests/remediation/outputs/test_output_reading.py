"""What outputs mean: the same function gives the same scores, however a model spells it.

All models are made of one matrix of weights, so that the probabilities are known. Whatever the last
layers, the loss, the precision and the Keras, a classifier gives these, or says which option
settles what the model leaves open. It never gives other numbers.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError
from evenhand.remediation import ModelOptions, load_classifier
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.loading import classifier_of
from evenhand.remediation.outputs.compiled_losses import name_of, taken_for
from evenhand.remediation.outputs.meaning import read_outputs

TEXTS = ["she is kind", "he is rude", "", "a bad day", "nobody", "he was fine, and she was not"]
FEATURES = """
import numpy as np


def features(texts):
    counts = [[text.count(letter) for letter in "aehs "] for text in texts]
    return np.array(counts, dtype=np.float32).reshape(-1, 5) / 2
"""
WEIGHTS = np.array(
    [[2, -1, 3], [-3, 2, 0.5], [1, -2, 1], [2, 1, -4], [-1, 0.5, 1]], dtype=np.float32
)
BIAS = np.array([0.5, -1, 1], dtype=np.float32)
KERAS = ("keras", "tf_keras")
FORMS = ("functional", "sequential", "subclassed")
SAME_VALUES = (
    "nothing", "linear", "dropout", "reshape", "lambda", "cast", "nested", "identity"
)  # fmt: skip
PROBABILITY_LOSSES = {
    "none": lambda losses: None,
    "name": lambda losses: "binary_crossentropy",
    "short name": lambda losses: "bce",
    "function": lambda losses: losses.binary_crossentropy,
    "object": lambda losses: losses.BinaryCrossentropy(name="toxic"),
    "list": lambda losses: [losses.BinaryCrossentropy()],
    "focal": lambda losses: losses.BinaryFocalCrossentropy(),
    "mse": lambda losses: "mse",
    "hinge": lambda losses: losses.Hinge(),
}
LOGIT_LOSSES = {
    "object of logits": lambda losses: losses.BinaryCrossentropy(from_logits=True, name="toxic"),
    "focal of logits": lambda losses: losses.BinaryFocalCrossentropy(from_logits=True),
    "partial of logits": lambda losses: functools.partial(
        losses.binary_crossentropy, from_logits=True
    ),
}
LOSSES = {**PROBABILITY_LOSSES, **LOGIT_LOSSES}
POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


@pytest.fixture(scope="module", autouse=True)
def features(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], Any]:
    folder = tmp_path_factory.mktemp("module")
    (folder / "features_of_texts.py").write_text(FEATURES)
    sys.path.insert(0, str(folder))
    import features_of_texts

    made: Callable[[list[str]], Any] = features_of_texts.features
    return made


def options(**given_options: Any) -> ModelOptions:
    return ModelOptions(preprocess="features_of_texts:features", **given_options)


def layers_of(keras: Any, last: str, after: str, units: int) -> list[Any]:
    layers, own = keras.layers, list[Any]()
    activation = {"log_softmax": keras.ops.log_softmax} if keras.__name__ == "keras" else {}
    own.append(layers.Dense(units, name="logits"))
    if last != "linear":
        own.append(layers.Activation(activation.get(last, last)))
    match after:
        case "linear":
            own.append(layers.Activation("linear", dtype="float32"))
        case "dropout":
            own.append(layers.Dropout(0.5))
        case "reshape":
            own += [layers.Reshape((units, 1)), layers.Flatten()]
        case "lambda":
            own.append(layers.Lambda(lambda outputs: outputs))
        case "cast":
            own.append(layers.Lambda(lambda outputs: _cast(outputs), dtype="float32"))
        case "identity":
            own.append(layers.ActivityRegularization())
        case "nested":
            own = [keras.Sequential([keras.Input((5,)), *own]), layers.Dropout(0.1)]
    return own


def _cast(outputs: Any) -> Any:
    import tensorflow as tf

    return tf.cast(outputs, tf.float32)


def model_of(
    package: str,
    last: str = "sigmoid",
    after: str = "nothing",
    form: str = "functional",
    policy: str = "float32",
    loss: str = "none",
    units: int = 1,
) -> Any:
    keras = __import__(package)
    before = keras.mixed_precision.global_policy() if package == "tf_keras" else None
    before = before or keras.config.dtype_policy()
    set_policy = (
        keras.mixed_precision.set_global_policy
        if package == "tf_keras"
        else keras.config.set_dtype_policy
    )
    set_policy(policy)
    try:
        layers = layers_of(keras, last, after, units)
        if form == "sequential":
            model = keras.Sequential([keras.Input((5,)), *layers])
        elif form == "functional":
            inputs = keras.Input((5,))
            model = keras.Model(inputs, functools.reduce(lambda x, layer: layer(x), layers, inputs))
        else:

            class Own(keras.Model):  # type: ignore[misc]
                def __init__(self) -> None:
                    super().__init__()
                    self.parts = layers

                def call(self, inputs: Any, training: bool = False) -> Any:
                    for part in self.parts:
                        inputs = part(inputs)
                    return inputs

            model = Own()
        model(np.zeros((1, 5), np.float32))
    finally:
        set_policy(before)
    kernel, bias = model.weights
    kernel.assign(WEIGHTS[:, :units])
    bias.assign(BIAS[:units])
    compiled = LOSSES[loss](keras.losses)
    if compiled is not None:
        model.compile(loss=compiled)
    return model


def logits(units: int = 1) -> Any:
    import features_of_texts

    return features_of_texts.features(TEXTS) @ WEIGHTS[:, :units].astype(float) + BIAS[:units]


def test_the_logits_leave_0_to_1_on_both_sides() -> None:
    assert logits().min() < 0 and logits().max() > 1
    assert ((expit(logits()) > 0.5).mean() > 0) and ((expit(logits()) < 0.5).mean() > 0)


@settings(max_examples=70, derandomize=True, deadline=None)
@given(
    package=st.sampled_from(KERAS),
    last=st.sampled_from(("sigmoid", "linear")),
    after=st.sampled_from(SAME_VALUES),
    form=st.sampled_from(FORMS),
    policy=st.sampled_from(POLICIES),
    loss=st.sampled_from(sorted(LOSSES)),
)
def test_one_function_has_one_score(
    package: str, last: str, after: str, form: str, policy: str, loss: str
) -> None:
    model = model_of(package, last, after, form, policy, loss)
    try:
        scores = classifier_of(model, name="m", options=options()).score(TEXTS)
    except (InputError, ConfigurationError) as error:
        assert "`logits`" in str(error) or "`probabilities`" in str(error)
        assert last == "linear" or loss in LOGIT_LOSSES  # a sigmoid leaves no doubt else
        assert (last, loss in LOGIT_LOSSES) != ("linear", True)
        assert (last, loss) != ("linear", "none")
        return
    np.testing.assert_allclose(
        scores, expit(logits())[:, 0], atol=1e-5 if policy == "float32" else 0.02
    )


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("last", ["sigmoid", "linear"])
def test_options_settle_what_is_in_doubt(package: str, last: str) -> None:
    loss = "object of logits" if last == "sigmoid" else "name"
    model = model_of(package, last, "linear", loss=loss)
    flag = "probabilities" if last == "sigmoid" else "logits"
    with pytest.raises(InputError, match=f"`{flag}`"):
        classifier_of(model, name="m", options=options())
    classifier = classifier_of(model, name="m", options=options(**{flag: True}))
    np.testing.assert_allclose(classifier.score(TEXTS), expit(logits())[:, 0], rtol=1e-5)
    assert classifier.reading == f"{flag} as the option {flag} says"


def test_probabilities_are_never_squashed_twice_even_if_asked_for() -> None:
    """One of two models that are compared may need --logits, which is not for the other."""
    certain = classifier_of(
        model_of("keras", "sigmoid", "linear"), name="m", options=options(logits=True)
    )
    np.testing.assert_allclose(certain.score(TEXTS), expit(logits())[:, 0], rtol=1e-5)
    assert certain.reading == "probabilities of a sigmoid, whatever the option logits says"
    told = classifier_of(
        model_of("keras", "linear", loss="object of logits"),
        name="m",
        options=options(probabilities=True),
    )
    np.testing.assert_allclose(told.score(TEXTS), expit(logits())[:, 0], rtol=1e-5)
    contradicting = model_of("keras", "sigmoid", loss="object of logits")
    with pytest.raises(InputError, match="compiled loss takes them for logits"):
        classifier_of(contradicting, name="m", options=options(logits=True))
    with pytest.raises(ConfigurationError, match="both say what the outputs are"):
        ModelOptions(logits=True, probabilities=True)


@pytest.mark.filterwarnings("ignore:.*softmax over axis")
@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize(
    ("last", "refused"),
    [
        ("tanh", "lie between -1 and 1"),
        ("relu", "no numbers? between 0 and 1"),
        ("hard_sigmoid", None),
        ("softmax", "over one output"),
    ],
)
def test_other_last_layers(package: str, last: str, refused: str | None) -> None:
    model = model_of(package, last)
    if refused is None:
        classifier = classifier_of(model, name="m", options=options())
        assert classifier.reading.startswith("probabilities that the last operations keep between")
        wanted = np.asarray(model(_fed()))[:, 0]
        np.testing.assert_allclose(classifier.score(TEXTS), wanted, rtol=1e-6)
    else:
        with pytest.raises(InputError, match=refused):
            classifier = classifier_of(model, name="m", options=options())
            classifier.score(TEXTS)


def _fed() -> Any:
    import features_of_texts

    return features_of_texts.features(TEXTS)


def test_arithmetic_that_stays_between_0_and_1() -> None:
    import keras

    def read(make: Callable[[Any, Any], Any]) -> Classifier:
        inputs = keras.Input((5,))
        first, second = (keras.layers.Dense(1, activation="sigmoid")(inputs) for _ in range(2))
        model = keras.Model(inputs, make(first, second))
        model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
        with pytest.raises(InputError, match="between 0 and 1, but its compiled loss"):
            classifier_of(model, name="m", options=options())
        model.compile(loss="binary_crossentropy")
        return classifier_of(model, name="m", options=options())

    for make in (
        lambda a, b: 1 - a,
        lambda a, b: keras.layers.Average()([a, b]),
        lambda a, b: a * b,
        lambda a, b: (keras.ops.tanh(a) + 1) / 2,
        lambda a, b: keras.layers.Maximum()([a, b]),
        lambda a, b: keras.ops.clip(a + b, 0, 1),
    ):
        assert "between 0 and 1" in read(make).reading
    two = keras.Input((5,))
    shared = keras.layers.Dense(1)(two)
    scaled = keras.Model(two, shared / 2.0 + 1.0)  # logits at a temperature
    assert classifier_of(scaled, name="m", options=options()).gives_logits


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("policy", POLICIES)
def test_classes_sum_to_1_and_labels_do_not(package: str, form: str, policy: str) -> None:
    close = {"atol": 1e-5 if policy == "float32" else 0.02}
    classes = model_of(package, "softmax", "linear", form, policy, units=3)
    of_classes = classifier_of(classes, name="m", options=options())
    assert of_classes.classes_are_exclusive and of_classes.positive_class is None
    np.testing.assert_allclose(of_classes.predict(TEXTS), softmax(logits(3), axis=1), **close)
    labels = model_of(package, "sigmoid", "linear", form, policy, units=3)
    with pytest.raises(InputError, match="3 labels, of which a text may have several") as caught:
        classifier_of(labels, name="m", options=options())
    assert "`positive_class`" in str(caught.value)
    second = classifier_of(labels, name="m", options=options(positive_class=1))
    np.testing.assert_allclose(second.score(TEXTS), expit(logits(3))[:, 1], **close)
    assert second.reading == "probabilities of a sigmoid; 3 labels, each by itself"


@pytest.mark.parametrize("package", KERAS)
def test_two_outputs(package: str) -> None:
    labels = model_of(package, "sigmoid", units=2)
    with pytest.raises(InputError, match="2 labels"):
        classifier_of(labels, name="m", options=options())
    for last in ("softmax", "log_softmax", "linear"):
        if (package, last) == ("tf_keras", "log_softmax"):
            continue  # no activation of its
        two = classifier_of(model_of(package, last, units=2), name="m", options=options())
        np.testing.assert_allclose(
            two.score(TEXTS), softmax(logits(2), axis=1)[:, 1], rtol=1e-5, err_msg=last
        )
        assert "2 classes, of which a text has one" in two.reading


def test_one_class_of_a_softmax_is_a_score() -> None:
    import keras

    inputs = keras.Input((5,))
    shares = keras.layers.Dense(3, activation="softmax")(inputs)
    one = classifier_of(keras.Model(inputs, shares[:, 1:2]), name="m", options=options())
    assert (one.n_classes, one.gives_logits) == (1, False)
    some = keras.Model(inputs, shares[:, :2])
    with pytest.raises(InputError, match="2 labels"):
        classifier_of(some, name="m", options=options())


@pytest.mark.parametrize("package", KERAS)
def test_what_losses_take_outputs_for(package: str) -> None:
    losses = __import__(package).losses

    class Masked(losses.Loss):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            super().__init__(name="masked")
            self.inner = inner

    def mine(labels: Any, outputs: Any) -> Any:
        return labels - outputs

    for loss, name, takes in (
        (None, "", "unknown"),
        ("BinaryCrossentropy", "binary_crossentropy", "probabilities"),
        ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy", "probabilities"),
        (
            losses.SparseCategoricalCrossentropy(),
            "sparse_categorical_crossentropy",
            "probabilities",
        ),
        (
            losses.SparseCategoricalCrossentropy(from_logits=True, name="x"),
            "sparse_categorical_crossentropy",
            "logits",
        ),
        (losses.CategoricalCrossentropy(from_logits=True), "categorical_crossentropy", "logits"),
        (Masked(losses.BinaryCrossentropy(from_logits=True)), "binary_crossentropy", "logits"),
        (
            functools.partial(losses.binary_crossentropy, from_logits=True),
            "binary_crossentropy",
            "logits",
        ),
        (losses.MeanSquaredError(), "mean_squared_error", "distance"),
        ("mae", "mean_absolute_error", "distance"),
        (losses.LogCosh(), "log_cosh", "distance"),
        ("squared_hinge", "squared_hinge", "margin"),
        (losses.CategoricalHinge(), "categorical_hinge", "margin"),
        (losses.KLDivergence(), "kl_divergence", "probabilities"),
        (mine, "mine", "unknown"),
    ):
        assert (name_of(loss), taken_for(loss)) == (name, takes)


@pytest.mark.parametrize("package", KERAS)
def test_a_loss_of_ones_own_leaves_a_linear_layer_in_doubt(package: str) -> None:
    model = model_of(package, "linear")
    model.compile(loss=lambda labels, outputs: labels - outputs)
    with pytest.raises(InputError, match="does not say what for") as caught:
        classifier_of(model, name="m", options=options())
    assert "`logits` or `probabilities`" in str(caught.value)
    read = classifier_of(model, name="m", options=options(logits=True))
    np.testing.assert_allclose(read.score(TEXTS), expit(logits())[:, 0], rtol=1e-5)


@pytest.mark.parametrize("package", KERAS)
def test_a_score_trained_with_squared_errors_is_no_logit(package: str) -> None:
    model = model_of(package, "linear", loss="mse")
    with pytest.raises(InputError, match="trained with mean_squared_error"):
        classifier_of(model, name="m", options=options())
    kernel, bias = model.weights
    kernel.assign(kernel * 0.05)
    bias.assign(bias * 0 + 0.5)
    read = classifier_of(model, name="m", options=options())
    assert read.reading == "probabilities or scores, trained with mean_squared_error"
    np.testing.assert_allclose(read.score(TEXTS), np.asarray(model(_fed()))[:, 0], rtol=1e-6)


def test_what_is_read_as_probabilities_stays_so(features: Any) -> None:
    """Two texts decide; what comes later is an error, and never read in another way."""
    import keras

    inputs = keras.Input((5,))
    squared = keras.ops.square(keras.layers.Dense(1, name="logits")(inputs))
    model = keras.Model(inputs, squared)
    kernel, bias = model.weights
    kernel.assign(WEIGHTS[:, :1] * 0)
    bias.assign([0.5])
    classifier = classifier_of(model, name="m", options=options())
    assert classifier.reading == "probabilities because the values seen lie between 0 and 1"
    kernel.assign(WEIGHTS[:, :1])
    with pytest.raises(InputError, match="no numbers between 0 and 1") as caught:
        classifier.score(TEXTS)
    assert "`logits`" in str(caught.value)


@pytest.mark.parametrize("form", ["functional", "subclassed"])
def test_saved_models_tell_by_their_operations(tmp_path: Path, form: str) -> None:
    for last, after in (("sigmoid", "linear"), ("sigmoid", "dropout")):
        path = tmp_path / f"{last}-{after}"
        model_of("keras", last, after, form).export(str(path), verbose=False)
        classifier = load_classifier(path, options())
        np.testing.assert_allclose(classifier.score(TEXTS), expit(logits())[:, 0], rtol=1e-5)
        assert classifier.reading == "probabilities of a sigmoid"
        asked = load_classifier(path, options(logits=True)).score(TEXTS)
        np.testing.assert_array_equal(asked, classifier.score(TEXTS))
    model_of("keras", "linear", "nothing", form).export(str(tmp_path / "linear"), verbose=False)
    with pytest.raises(InputError, match="`logits` or `probabilities`"):
        load_classifier(tmp_path / "linear", options())
    read = load_classifier(tmp_path / "linear", options(logits=True))
    np.testing.assert_allclose(read.score(TEXTS), expit(logits())[:, 0], rtol=1e-5)


@pytest.mark.parametrize("last", ["sigmoid", "linear"])
def test_a_tflite_file_tells_by_its_operations(tmp_path: Path, last: str) -> None:
    import tensorflow as tf

    model = model_of("keras", last, "linear")
    path = tmp_path / "model.tflite"
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    if last == "linear":
        with pytest.raises(InputError, match="`logits` or `probabilities`"):
            load_classifier(path, options())
    read = load_classifier(path, options(logits=last == "linear"))
    np.testing.assert_allclose(read.score(TEXTS), expit(logits())[:, 0], rtol=1e-4)


def test_training_reads_outputs_as_scoring_does() -> None:
    from evenhand.remediation.batches.logits import gives_logits, last_activation

    for package, last, after in itertools.product(
        KERAS, ("sigmoid", "linear"), ("linear", "lambda")
    ):
        model = model_of(package, last, after)
        assert last_activation(model) == last
        assert gives_logits(model) == (last == "linear")
    contradicting = model_of("keras", "sigmoid", loss="object of logits")
    with pytest.raises(EvenhandError, match="`probabilities`"):
        gives_logits(contradicting)


def test_log_probabilities_are_not_taken_for_probabilities() -> None:
    assert (log_softmax(logits(2), axis=1) <= 0).all()
    model = model_of("keras", "log_softmax", units=2)
    model.compile(loss="categorical_crossentropy")
    with pytest.raises(InputError, match="`logits`"):
        classifier_of(model, name="m", options=options())


def test_values_alone() -> None:
    """What an endpoint or a Python function gives: nothing but numbers."""
    classes = read_outputs(np.array([[0.2, 0.795], [0.5, 0.5]], np.float16), where="m")
    assert classes.are_exclusive and not classes.are_logits
    assert not classes.wrong(np.array([[0.3, 0.7]])).any()
    assert classes.wrong(np.array([[0.3, 0.7], [0.9, 0.8]])).tolist() == [False, True]
    assert not classes.wrong(np.array([[0.9, 0.8]]), is_alone=True).any()
    assert "sum to 1.7 and not to 1 (1 of 1 texts)" in classes.complaint(
        np.array([[0.9, 0.8]]), np.array([True])
    )
    assert not read_outputs(np.array([[0.9, 0.8], [0.1, 0.1]]), where="m").are_exclusive
    one = read_outputs(np.array([0, 1, 1]), where="m")
    np.testing.assert_array_equal(one.probabilities(np.array([1 + 1e-7, 0])), [[1], [0]])
    assert one.wrong(one.probabilities(np.array([1.01]))).all()
    for values, message in (
        ([0.5, 1.2], r"1\.2, which is not between 0 and 1"),
        ([np.nan, 0.5], "gives nan"),
        (["a", "b"], "must be numbers"),
    ):
        with pytest.raises(InputError, match=message):
            read_outputs(np.array(values), where="m")
    several = read_outputs(np.array([[3.0, 1.0]]), logits=True, where="m")
    np.testing.assert_allclose(
        several.probabilities(np.array([[3.0, 1.0]])), softmax([[3.0, 1.0]], axis=1)
    )
    with pytest.raises(InputError, match=r"1\.2"):
        read_outputs(np.array([1.2]), probabilities=True, where="m")


MANY_LOGITS: dict[str, tuple[Callable[[Any], Any], str | None]] = {
    "none": (lambda losses: None, None),
    "own": (lambda losses: lambda labels, outputs: labels - outputs, None),
    "mse": (lambda losses: "mse", None),
    "hinge": (lambda losses: "hinge", None),
    "bce": (lambda losses: "binary_crossentropy", "sigmoid"),
    "binary": (lambda losses: losses.BinaryCrossentropy(from_logits=True), "sigmoid"),
    "focal": (lambda losses: losses.BinaryFocalCrossentropy(from_logits=True), "sigmoid"),
    "categorical": (lambda losses: losses.CategoricalCrossentropy(from_logits=True), "softmax"),
    "sparse": (lambda losses: losses.SparseCategoricalCrossentropy(from_logits=True), "softmax"),
}


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("loss", MANY_LOGITS)
def test_many_logits_are_of_labels_or_of_classes(package: str, loss: str) -> None:
    """A linear layer of three is neither by itself: its compiled loss tells, or the user."""
    make, told = MANY_LOGITS[loss]
    model = model_of(package, "linear", units=3)
    if (compiled := make(__import__(package).losses)) is not None:
        model.compile(loss=compiled)
    wanted = {"sigmoid": expit(logits(3)), "softmax": softmax(logits(3), axis=1)}
    given = {"logits": True, "positive_class": 1}
    if told is None:
        with pytest.raises(InputError, match="`activation` softmax") as caught:
            classifier_of(model, name="m", options=options(**given))
        assert "`activation` sigmoid" in str(caught.value)
    else:
        read = classifier_of(model, name="m", options=options(**given))
        np.testing.assert_allclose(read.score(TEXTS), wanted[told][:, 1], rtol=1e-5)
    for said in ("sigmoid", "softmax"):
        read = classifier_of(model, name="m", options=options(**given, activation=said))
        np.testing.assert_allclose(read.score(TEXTS), wanted[told or said][:, 1], rtol=1e-5)


def test_many_logits_of_a_kind_that_holds_no_loss(tmp_path: Path) -> None:
    model_of("keras", "linear", units=3).export(str(tmp_path / "three"), verbose=False)
    with pytest.raises(InputError, match="`activation`"):
        load_classifier(tmp_path / "three", options(logits=True))
    of_labels = options(logits=True, activation="sigmoid", positive_class=2)
    read = load_classifier(tmp_path / "three", of_labels)
    np.testing.assert_allclose(read.score(TEXTS), expit(logits(3))[:, 2], rtol=1e-5)
    assert read.reading == "logits as the option logits says; 3 labels, each by itself"
    of_classes = options(logits=True, activation="softmax")
    said = load_classifier(tmp_path / "three", of_classes).predict(TEXTS)
    np.testing.assert_allclose(said, softmax(logits(3), axis=1), rtol=1e-5)
    sigmoids = model_of("keras", "sigmoid", units=3)
    stands = options(activation="softmax", positive_class=2)  # for the other of two models
    read = classifier_of(sigmoids, name="m", options=stands)
    np.testing.assert_allclose(read.score(TEXTS), expit(logits(3))[:, 2], rtol=1e-5)
    with pytest.raises(ConfigurationError, match="activation must be sigmoid or softmax, got tanh"):
        ModelOptions(activation="tanh")  # type: ignore[arg-type]


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("form", ["tuple", "list", "dict"])
def test_every_head_is_read_by_its_own_operations(package: str, form: str) -> None:
    keras = __import__(package)
    inner = model_of(package, "linear")

    class Heads(keras.Model):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            values = inner(inputs)
            heads = values, keras.activations.sigmoid(values), values - 1
            return dict(zip("zya", heads, strict=True)) if form == "dict" else self.form(heads)

    Heads.form = {"list": list}.get(form, tuple)
    names = "zya" if form == "dict" else "012"
    wanted = [logits(), logits(), logits() - 1]
    for name, values in zip(names, wanted, strict=True):
        read = classifier_of(Heads(), name="m", options=options(head=name))
        np.testing.assert_allclose(read.score(TEXTS), expit(values)[:, 0], rtol=1e-5)
        assert ("sigmoid" in read.reading) == (name in "y1")


def test_whole_numbers_are_decisions() -> None:
    for dtype in (np.int32, np.uint8, bool):
        read = read_outputs(np.array([0, 1, 1], dtype), where="m")
        assert read.words == "decisions, as whole numbers are"
    with pytest.raises(InputError, match="the model gives 2"):  # the number of a class
        read_outputs(np.array([0, 2]), where="m")
    assert read_outputs(np.array([3, -2]), logits=True, where="m").are_logits


DECISIONS: dict[str, Callable[[Any, Any], Any]] = {
    "round": lambda tf, p: tf.round(p),
    "rint": lambda tf, p: tf.math.rint(p),
    "floor": lambda tf, p: tf.floor(p + 0.45),
    "ceil": lambda tf, p: tf.math.ceil(p - 0.5),
    "comparison": lambda tf, p: tf.cast(p > 0.5, tf.float32),
    "negated comparison": lambda tf, p: 1.0 - tf.cast(p <= 0.5, tf.float32),
    "two comparisons": lambda tf, p: tf.cast((p > 0.5) & (p < 2), tf.float32),
    "product": lambda tf, p: tf.cast(p > 0.5, tf.float32) * tf.cast(p < 2, tf.float32),
    "where": lambda tf, p: tf.where(p > 0.5, 1.0, 0.0),
    "where, twice": lambda tf, p: tf.where(p > 0.5, tf.where(p < 2, 1.0, 0.0), 0.0),
    "sign": lambda tf, p: (tf.sign(p - 0.55) + 1) / 2,
    "clipped sign": lambda tf, p: tf.clip_by_value(tf.sign(p - 0.5), 0, 1),
    "argmax": lambda tf, p: tf.cast(tf.argmax(tf.concat([1 - p, p], 1), axis=1), tf.float32),
    "whole numbers": lambda tf, p: tf.cast(p + 0.45, tf.int32),
    "whole numbers as floats": lambda tf, p: tf.cast(tf.cast(p + 0.45, tf.int32), tf.float32),
    "truth values": lambda tf, p: p > 0.5,
    "any vote": lambda tf, p: tf.reduce_max(tf.round(tf.concat([p, p / 2], 1)), axis=1),
}
SCORES: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]] = {
    "rounded to a digit": (lambda tf, p: tf.round(p * 10) / 10, lambda p: np.round(p * 10) / 10),
    "share of votes": (
        lambda tf, p: (tf.round(p) + tf.cast(p > 0.9, tf.float32)) / 2,
        lambda p: (np.round(p) + (p > 0.9)) / 2,
    ),
    "gated": (lambda tf, p: p * tf.cast(p > 0.2, tf.float32), lambda p: p * (p > 0.2)),
    "chosen": (lambda tf, p: tf.where(p > 0.2, p, 0.0), lambda p: np.where(p > 0.2, p, 0)),
}


def ending_in(package: str, last: Callable[[Any, Any], Any], of: str = "sigmoid") -> Any:
    """Return a model that ends in some operations on what another gives."""
    import tensorflow as tf

    keras = __import__(package)
    inner = model_of(package, of)

    class Own(keras.Model):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool = False) -> Any:
            return last(tf, inner(inputs))

    return Own()


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("name", DECISIONS)
def test_a_step_function_gives_decisions(package: str, name: str) -> None:
    model = ending_in(package, DECISIONS[name])
    read = classifier_of(model, name="m", options=options())
    np.testing.assert_array_equal(read.score(TEXTS), logits()[:, 0] > 0)
    assert read.reading.startswith("decisions")
    assert "whole numbers" in read.reading or "a CTF gap is a share of flips" in read.reading
    generation = 3 if package == "keras" else 2
    with pytest.raises(InputError, match="can be scored but not trained: it gives decisions"):
        read.trainable_model(generation)


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("name", SCORES)
def test_steps_that_leave_scores_are_no_decisions(package: str, name: str) -> None:
    last, wanted = SCORES[name]
    read = classifier_of(ending_in(package, last), name="m", options=options())
    np.testing.assert_allclose(read.score(TEXTS), wanted(expit(logits()))[:, 0], atol=1e-6)
    assert read.reading.startswith("probabilities")


@pytest.mark.parametrize("package", KERAS)
def test_decisions_that_are_no_scores_are_refused(package: str) -> None:
    cases: dict[str, Callable[[Any, Any], Any]] = {
        r"a step function \(sign\) and gives -1": lambda tf, z: tf.sign(z - 100),
        r"a step function \(argmax\) and gives 2": lambda tf, z: tf.argmax(
            tf.concat([z * 0, z * 0, z * 0 + 1], 1), axis=1
        ),
    }
    for problem, last in cases.items():
        with pytest.raises(InputError, match=problem) as raised:
            classifier_of(ending_in(package, last, "linear"), name="m", options=options())
        assert "`logits`" not in str(raised.value)


@pytest.mark.parametrize("package", KERAS)
@pytest.mark.parametrize("flag", [{}, {"logits": True}])
def test_outputs_of_one_sign_are_no_logits(package: str, flag: dict[str, bool]) -> None:
    """A logarithm of a probability, as a logit, is below 0.5 for every text."""
    cases: dict[str, Callable[[Any, Any], Any]] = {
        "above": lambda tf, z: tf.math.log_sigmoid(z),
        "below": lambda tf, z: tf.exp(z),
    }
    for side, last in cases.items():
        with pytest.raises(InputError, match=f"never {side} 0") as raised:
            classifier_of(ending_in(package, last, "linear"), name="m", options=options(**flag))
        assert "`logits`" not in str(raised.value)
    relu = ending_in(package, lambda tf, z: tf.nn.relu(z), "linear")
    read = classifier_of(relu, name="m", options=options(logits=True))
    np.testing.assert_array_equal(read.score(TEXTS) > 0.5, logits()[:, 0] > 0)


@pytest.mark.parametrize("package", KERAS)
def test_a_sigmoid_of_values_of_one_sign_decides_nothing(package: str) -> None:
    """A sigmoid of a probability is at least 0.5: texts that it decides for 0 are rounded."""
    cases: dict[str, Callable[[Any, Any], Any]] = {
        r"0\.5 and 0\.7311": lambda tf, p: tf.sigmoid(p),
        r"0\.5 and 1": lambda tf, p: tf.sigmoid(tf.exp(p)),
        r"0\.2689 and 0\.5": lambda tf, p: tf.sigmoid(-p),
    }
    for between, last in cases.items():
        model = ending_in(package, last)
        with pytest.raises(InputError, match=f"between {between}, and no text") as raised:
            classifier_of(model, name="m", options=options())
        assert "`probabilities`" in str(raised.value)
        read = classifier_of(model, name="m", options=options(probabilities=True))
        np.testing.assert_allclose(read.score(TEXTS), np.ravel(model(_fed())), rtol=1e-6)
    for last in (
        lambda tf, p: tf.sigmoid(4 * p - 2),
        lambda tf, p: tf.sigmoid(tf.nn.relu(p - 0.5)),  # its 0 is one of two decisions
        lambda tf, p: tf.sigmoid(tf.tanh(p - 0.5)),
    ):
        read = classifier_of(ending_in(package, last), name="m", options=options())
        assert read.reading == "probabilities of a sigmoid"


FUNCTIONS = """
from features_of_texts import features


def share(texts):
    assert all(type(text) is str for text in texts)
    return [min(text.count("a") / 4, 1) for text in texts]


def logit(texts):
    return features(texts)[:, :1] - 1


def two_labels(texts):
    return {"heads": features(texts)[:, :2] / 100, "other": share(texts)}


class Scorer:
    def __call__(self, texts):
        return share(texts)


scorer = Scorer()


def made():
    return Scorer()


def halves(texts):
    return [0.5]


def fails(texts):
    raise RuntimeError("no weights")
"""


def test_a_function_of_texts_is_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand.evaluation import assert_no_flips

    (tmp_path / "functions_of_texts.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(str(tmp_path))
    wanted = np.array([min(text.count("a") / 4, 1) for text in TEXTS])
    for name in ("share", "Scorer", "scorer", "made"):
        read = load_classifier(f"functions_of_texts:{name}")
        np.testing.assert_allclose(read.score(TEXTS), wanted)
        assert read.reading == "probabilities because the values seen lie between 0 and 1"
        assert read.keras_model is None
    with pytest.raises(InputError, match="can be scored but not trained"):
        read.trainable_model(3)
    both = load_classifier("functions_of_texts:share", options())  # numbers are for another model
    np.testing.assert_allclose(both.score(TEXTS), wanted)
    told = load_classifier("functions_of_texts:logit", ModelOptions(logits=True))
    np.testing.assert_allclose(told.score(TEXTS), expit(_fed()[:, 0] - 1), rtol=1e-5)
    with pytest.raises(InputError, match="`logits`"):
        load_classifier("functions_of_texts:logit").score(TEXTS)
    with pytest.raises(InputError, match="2 labels"):
        load_classifier("functions_of_texts:two_labels", ModelOptions(head="heads"))
    with pytest.raises(InputError, match=r"shape \(1,\) for two texts"):
        load_classifier("functions_of_texts:halves")
    with pytest.raises(InputError, match="no weights"):
        load_classifier("functions_of_texts:fails")
    assert_no_flips("functions_of_texts:share", ["she is kind", "aaaa"], ["gender"])


@pytest.mark.parametrize("package", KERAS)
def test_labels_whose_logits_are_forgotten_have_log_odds(package: str) -> None:
    import tensorflow as tf

    from evenhand.remediation.batches.logits import logits_of

    model = model_of(package, "sigmoid", units=3)
    forgotten = tf.identity(model(_fed()))
    np.testing.assert_allclose(logits_of(forgotten, of_labels=True), logits(3), atol=1e-3)
    shares = tf.nn.softmax(logits(3))
    np.testing.assert_allclose(logits_of(shares), log_softmax(logits(3), axis=1), atol=1e-3)


def test_long_arithmetic_is_followed_once() -> None:
    """Each sum takes the one before it twice: a million ways lead through twenty."""
    import tensorflow as tf

    from evenhand.remediation.outputs.last_operation import computed_by

    @tf.function
    def sums(inputs: Any) -> Any:
        values = tf.matmul(inputs, WEIGHTS)
        for _ in range(20):
            values = values + values * 0.5
        shares = tf.sigmoid(values)
        for _ in range(15):
            shares = (shares + shares) / 2.0
        return values, shares

    linear, shares = computed_by(sums.get_concrete_function(tf.TensorSpec((None, 5))))
    assert linear.function == "linear"
    assert (shares.low, shares.high) == (0, 1)
