"""Loading a text classifier from a MODEL reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.data.errors import InputError
from evenhand.data.storage.files import digest_of
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import Classifier, inputs_of, reason_of
from evenhand.remediation.models.code import import_attribute, source_digest
from evenhand.remediation.models.function import FunctionPredictor
from evenhand.remediation.models.predictor import (
    Heads,
    Predictor,
    Preprocess,
    choose_class,
    choose_head,
)
from evenhand.remediation.models.references import (
    inspect_model,
    is_attribute,
    is_endpoint,
    pickle_refusal,
)
from evenhand.remediation.outputs.meaning import Reading, read_outputs
from evenhand.remediation.runtime.tensorflow import KerasGeneration, settle_keras
from evenhand.remediation.runtime.texts import encode_texts

_PLAIN = ModelOptions()
_PROBE = ("one text", "another")


def load_classifier(reference: str | Path, options: ModelOptions = _PLAIN) -> Classifier:
    """Load the classifier that a MODEL reference names.

    Args:
        reference: A `.keras` or `.h5` file or a SavedModel folder of either Keras generation; a
            SavedModel with a serving signature; a `.tflite` file; ``package.module:attribute``, a
            Keras model, a function that returns one, or a function of a list of str that gives
            their scores, whose code runs; or the URL of a model that TensorFlow Serving serves.
        options: How to load it, and how to read its outputs.

    Raises:
        InputError: There is no such model, it cannot be read or would run code on loading, it does
            not take texts, or it gives neither a score of a text nor classes.
    """
    text = str(reference)
    if is_endpoint(text):
        from evenhand.remediation.models.endpoint import EndpointPredictor

        endpoint = EndpointPredictor(text)
        return _classifier(endpoint, endpoint.shown, None, options, source=text)
    from evenhand.remediation.models import keras_model

    if is_attribute(text):
        model = keras_model.import_model(text)
        if keras_model.generation_of(model) is None:
            return _classifier(FunctionPredictor(model), text, None, options)
        return classifier_of(model, name=text, options=options)
    path = Path(reference)
    file = inspect_model(path)
    if file.kind == "pickle":
        if not options.allow_unsafe:
            raise pickle_refusal(path)
        model = keras_model.load_pickle(path)
        return classifier_of(model, name=path.name, sha256=digest_of(path), options=options)
    if file.keras is not None:
        model = keras_model.load_keras_file(file, options)
        return classifier_of(model, name=path.name, sha256=digest_of(path), options=options)
    predictor: Predictor
    if file.kind == "tflite":
        from evenhand.remediation.models.tflite import TFLitePredictor

        predictor = TFLitePredictor(path, options.allow_unsafe)
    else:
        from evenhand.remediation.models.saved_model import SignaturePredictor

        predictor = SignaturePredictor(path, options.allow_unsafe)
    return _classifier(predictor, path.name, digest_of(path), options)


def settle_keras_for(references: Iterable[str | Path]) -> None:
    """Settle on the Keras that these models' own code expects as `tf.keras`.

    Keras 2 if every one that tells was written by it, and otherwise Keras 3. A process that has
    loaded TensorFlow already is left as it is.

    Raises:
        InputError: One of the files cannot be read.
    """
    generations: set[KerasGeneration] = set()
    for reference in references:
        if not is_endpoint(str(reference)) and not is_attribute(str(reference)):
            generation = inspect_model(Path(reference)).keras
            generations |= {generation} if generation else set()
    if generations:
        settle_keras(2 if generations == {2} else 3)


def classifier_of(
    model: Any, *, name: str, sha256: str | None = None, options: ModelOptions = _PLAIN
) -> Classifier:
    """Return a Keras model as a classifier, after checking that it is one.

    A model that brings a ``preprocessor`` of its own, as KerasHub's do, is fed through that.

    Raises:
        InputError: The model does not take texts, or has no single score for a text.
    """
    from evenhand.remediation.models.keras_model import KerasPredictor

    own = getattr(model, "preprocessor", None)
    return _classifier(KerasPredictor(model), name, sha256, options, own if callable(own) else None)


def classifier_of_function(
    function: Callable[[list[str]], Any],
    *,
    name: str,
    options: ModelOptions = _PLAIN,
    two_texts: Sequence[str],
) -> Classifier:
    """Return a function of a list of str, such as a `FunctionPredictor` takes, as a classifier.

    Args:
        function: What gives the scores.
        name: What to call it.
        options: How to read what it gives.
        two_texts: What it is tried on: it may be a table of the texts that it is meant for.

    Raises:
        InputError: It fails, or has no single score for a text.
    """
    return _classifier(FunctionPredictor(function), name, None, options, probe=two_texts)


def _classifier(
    predictor: Predictor,
    name: str,
    sha256: str | None,
    options: ModelOptions,
    own_preprocess: Preprocess | None = None,
    source: str | None = None,
    probe: Sequence[str] = _PROBE,
) -> Classifier:
    """Return a predictor as a classifier; `source` tells it apart where there is no `sha256`."""
    preprocess = _preprocess(predictor, name, options, own_preprocess)
    try:
        heads = predictor(inputs_of(preprocess, encode_texts(probe)))
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            "the model does not take "
            + ("what its preprocessing gives" if preprocess else "a batch of strings")
            + f" ({reason_of(error)})",
            where=name,
            remedy="have the function give what the model takes"
            if preprocess
            else "map texts to its input with --preprocess package.module:function",
        ) from error
    head = choose_head(heads, options.head, where=name)
    shape = heads[head].shape
    if shape[:1] != (len(probe),) or len(shape) > 2:
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
    return Classifier(
        name,
        sha256,
        predictor,
        preprocess,
        {name: values.shape[1:] for name, values in heads.items()},
        head,
        n_classes,
        choose_class(
            n_classes,
            options.positive_class,
            exclusive=reading.exclusive,
            where=name,
        ),
        reading,
        identity=_identity(sha256 or source, options, heads, reading),
        class_is_named=options.positive_class is not None,
    )


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
                remedy="map texts to its input with --preprocess package.module:function",
            )
        return None if predictor.takes_strings else own
    settle_keras()
    given: Preprocess = import_attribute(options.preprocess, where="--preprocess")
    if not callable(given):
        raise InputError(f"{options.preprocess} is not a function", where="--preprocess")
    made = inputs_of(given, encode_texts(_PROBE))
    if predictor.takes_strings and (isinstance(made, Mapping) or made.dtype.kind not in "OSU"):
        return None  # numbers are for the other model of a comparison: this one takes texts
    return given


def _identity(
    model: str | None, options: ModelOptions, heads: Heads, reading: Reading
) -> str | None:
    """Return a digest of all that decides a model's scores, or None if that cannot be told.

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
