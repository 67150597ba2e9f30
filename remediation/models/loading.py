"""Loading a text classifier: from a MODEL reference, or from a model in memory."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import digest_of
from evenhand.data.support.user_code import import_attribute
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import Classifier, inputs_of, reason_of
from evenhand.remediation.models.code import source_digest
from evenhand.remediation.models.function import FunctionPredictor, TextPipeline, as_function
from evenhand.remediation.models.keras_model import KerasPredictor, generation_of
from evenhand.remediation.models.predictor import (
    Heads,
    Predictor,
    Preprocess,
    choose_class,
    choose_head,
    choose_label,
)
from evenhand.remediation.models.references import (
    file_of,
    inspect_model,
    is_added,
    is_url,
    kind_of,
    name_of,
)
from evenhand.remediation.outputs.meaning import Reading, read_outputs
from evenhand.remediation.runtime.tensorflow import KerasGeneration, settle_keras
from evenhand.remediation.runtime.texts import encode_texts

_PLAIN = ModelOptions()
_PROBE = ("one text", "another")
_NO_VOCABULARY = "Table not initialized"  # TensorFlow's words, of a TextVectorization without words


@takes_urls()
def load_classifier(
    model: str | Path | Any, options: ModelOptions = _PLAIN, *, two_texts: Sequence[str] = _PROBE
) -> Classifier:
    """Load the classifier that a MODEL reference names, or take a model in memory.

    Args:
        model: A `.keras` or `.h5` file or a SavedModel folder of either Keras generation; a
            SavedModel with a serving signature; a `.tflite` file; ``package.module:attribute`` or
            ``path/file.py:attribute``, a Keras model, a function that returns one, or a function of
            a list of str that gives their scores, whose code runs; the URL of a model that
            TensorFlow Serving serves; or what a kind of model that a package adds knows, see
            `evenhand.remediation.models.kinds`. Or a Keras model or such a function itself, or an
            object with a method ``predict_proba``, as scikit-learn's models have.
        options: How to load it, and how to read its outputs.
        two_texts: Texts to try it on; a function may know only the texts that it is meant for.

    Raises:
        ConfigurationError: The options are not for a model in memory.
        InputError: There is no such model, it cannot be read or would run code on loading, it does
            not take texts, or it gives neither a score of a text nor classes.
    """
    if not isinstance(model, str | Path):
        return _in_memory(model, options, two_texts)
    text, name, path = str(model), name_of(model), file_of(model)
    loaded = _loaded(text, name, options)
    sha256 = None if path is None else digest_of(path)
    source = None
    if not is_added(text):  # what a package loads may change when the package does
        source = text if is_url(text) else sha256
    return classifier_of(
        loaded, name=name, sha256=sha256, options=options, source=source, two_texts=two_texts
    )


def _loaded(reference: str, name: str, options: ModelOptions) -> Any:
    """Return what a kind of model loads; see `ModelKind.load`."""
    kind = kind_of(reference)
    if not is_added(reference):
        return kind.load(reference, options)
    settle_keras()  # before its code imports TensorFlow
    try:
        return kind.load(reference, options)
    except EvenhandError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"the model cannot be loaded ({reason_of(error)})", where=name) from error


def _in_memory(model: Any, options: ModelOptions, two_texts: Sequence[str]) -> Classifier:
    model = as_function(model)
    if generation_of(model) is None and (
        options.preprocess or options.custom_objects or options.allow_unsafe
    ):
        raise ConfigurationError(
            "for a function, options can only say how its outputs are read", where="options"
        )
    return classifier_of(model, name=_name_in_memory(model), options=options, two_texts=two_texts)


def _name_in_memory(model: Any) -> str:
    """Return what to call a model that no reference names."""
    if generation_of(model) is not None:
        return str(getattr(model, "name", "the model"))
    if isinstance(model, TextPipeline):
        return model.name
    if not callable(model):
        return "the model"
    name = getattr(model, "__name__", type(model).__name__)
    owner = getattr(model, "__self__", None)
    is_method = inspect.ismethod(model) and not inspect.isclass(owner)
    return f"the method {type(owner).__name__}.{name}" if is_method else f"the function {name}"


def settle_keras_for(references: Iterable[str | Path]) -> None:
    """Settle on the Keras that these models' own code expects as `tf.keras`.

    It is Keras 2 if every model whose file says so was written by it, and otherwise Keras 3. A
    process that has already loaded TensorFlow is left as it is.

    Raises:
        InputError: One of the files cannot be read.
    """
    generations: set[KerasGeneration] = set()
    for path in filter(None, map(file_of, references)):
        generation = inspect_model(path).keras
        generations |= {generation} if generation else set()
    if generations:
        settle_keras(2 if generations == {2} else 3)


def classifier_of(
    model: Any,
    *,
    name: str,
    sha256: str | None = None,
    options: ModelOptions = _PLAIN,
    source: str | None = None,
    two_texts: Sequence[str] = _PROBE,
) -> Classifier:
    """Return a loaded model as a classifier, after checking that it is one.

    A Keras model with a ``preprocessor`` of its own, as KerasHub's have, is fed through that.

    Args:
        model: A Keras model, a function of a list of str that gives their scores, or a `Predictor`.
        name: What to call it.
        sha256: Digest of its file or folder, if it has one.
        options: How to read its outputs.
        source: What identifies it among all models, so that its scores may be kept; or None.
        two_texts: Texts to try it on.

    Raises:
        InputError: The model does not take texts, or has no single score for a text.
    """
    predictor, own = _predictor_of(model, name)
    labels = predictor.labels if isinstance(predictor, FunctionPredictor) else ()
    if labels and options.head is not None and options.positive_class is None:
        label = choose_label(labels, options.head, where=name)
        options = replace(options, head=None, positive_class=label)
    preprocess = _preprocess(predictor, name, options, own)
    heads = _outputs_for(two_texts, predictor, preprocess, name)
    head = choose_head(heads, options.head, where=name)
    shape = heads[head].shape
    if shape[:1] != (len(two_texts),) or len(shape) > 2:
        raise InputError(
            f"the model gives outputs of shape {shape} for two texts",
            where=name,
            expected="one score a text, shape (n,) or (n, 1), or classes, shape (n, classes)",
        )
    n_classes = shape[1] if len(shape) == 2 else 1
    reading = read_outputs(
        heads[head],
        predictor.evidence(head),
        logits=options.logits,
        probabilities=options.probabilities,
        activation=options.activation,
        where=name,
    )
    positive_class = choose_class(
        n_classes,
        options.positive_class,
        are_exclusive=reading.are_exclusive,
        where=name,
        labels=labels,
    )
    if labels and positive_class is not None:
        words = f"{reading.words}; the score is that of {labels[positive_class]}"
        reading = replace(reading, words=words)
    return Classifier(
        name,
        sha256,
        predictor,
        preprocess,
        {name: values.shape[1:] for name, values in heads.items()},
        head,
        n_classes,
        positive_class,
        reading,
        identity=_identity(source, options, heads, reading),
        class_is_named=options.positive_class is not None,
    )


def _predictor_of(model: Any, name: str) -> tuple[Predictor, Preprocess | None]:
    """Return a loaded model as a predictor, with the preprocessing that it has itself."""
    if generation_of(model) is not None:
        own = getattr(model, "preprocessor", None)
        return KerasPredictor(model), own if callable(own) else None
    if not callable(model):
        raise InputError(
            f"a value of type {type(model).__name__} is not a model",
            where=name,
            expected="a function of a list of texts, a Keras model or a MODEL reference",
        )
    is_predictor = callable(getattr(model, "evidence", None))
    return model if is_predictor else FunctionPredictor(model, name), None


def _outputs_for(
    two_texts: Sequence[str], predictor: Predictor, preprocess: Preprocess | None, name: str
) -> Heads:
    """Return a model's outputs for two texts: only trying tells whether it takes texts."""
    try:
        heads = predictor(inputs_of(preprocess, encode_texts(two_texts)))
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        if _NO_VOCABULARY in str(error):
            raise InputError(
                "the model has no vocabulary: its file does not hold that of its lookup table",
                where=name,
                expected="a model that takes strings as it was saved",
                remedy="save it as a .keras file; Keras 3 leaves vocabularies out of .h5 files",
            ) from error
        if isinstance(predictor, FunctionPredictor):
            raise InputError(
                f"the function fails on a list of {len(two_texts)} texts ({reason_of(error)})",
                where=name,
                expected="a function of a list of str that gives their scores",
                remedy="call the function by itself on a few texts",
            ) from error
        raise InputError(
            "the model does not take "
            + ("what its preprocessing gives" if preprocess else "a batch of strings")
            + f" ({reason_of(error)})",
            where=name,
            remedy="have the function give what the model takes"
            if preprocess
            else "map texts to its input with `preprocess` package.module:function",
        ) from error
    if not (isinstance(heads, Mapping) and heads) or not all(
        isinstance(values, np.ndarray) for values in heads.values()
    ):
        raise InputError("the model gives no output", where=name, expected="arrays by their names")
    return heads


def _preprocess(
    predictor: Predictor, name: str, options: ModelOptions, own: Preprocess | None
) -> Preprocess | None:
    if options.preprocess is None:
        if predictor.takes_strings is False and own is None:
            raise InputError(
                "the model does not take strings: its input is "
                f"{getattr(predictor, 'input_description', 'not one of strings')}",
                where=name,
                expected="one input of dtype string",
                remedy="map texts to its input with `preprocess` package.module:function",
            )
        return None if predictor.takes_strings else own
    settle_keras()
    given: Preprocess = import_attribute(options.preprocess, where="`preprocess`")
    if not callable(given):
        raise InputError(f"{options.preprocess} is not a function", where="`preprocess`")
    made = inputs_of(given, encode_texts(_PROBE))
    if predictor.takes_strings and (isinstance(made, Mapping) or made.dtype.kind not in "OSU"):
        return None  # numbers are for the other model of a comparison: this one takes texts
    return given


def _identity(
    model: str | None, options: ModelOptions, heads: Heads, reading: Reading
) -> str | None:
    """Return a digest of all that decides a model's scores, or None if that cannot be known.

    A served model may be replaced behind its URL: its answers to two texts are part of the digest.
    """
    from importlib.metadata import version

    if model is None:
        return None
    code = [
        source_digest(module) for module in (options.preprocess, options.custom_objects) if module
    ]
    if None in code:
        return None
    answers = {head: np.asarray(values, np.float64).tolist() for head, values in heads.items()}
    parts = [model, asdict(options), asdict(reading), code, version("tensorflow")]
    return hashlib.sha256(json.dumps([*parts, answers]).encode()).hexdigest()
