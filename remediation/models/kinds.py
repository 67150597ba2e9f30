"""The kinds of models: how a MODEL reference of each looks, and what loads it.

Another package adds a kind with an entry point of the group ``evenhand.models``, which names a
`ModelKind`. The entry point's own name tells such references from all others: it is the suffix of a
file, with its full stop, or the scheme of a URL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.data.support.plugins import Plugins
from evenhand.remediation.model_files.inspection import (
    GRAPH,
    ModelFile,
    inspect_archive,
    inspect_h5,
    inspect_saved_model,
)

if TYPE_CHECKING:
    from evenhand.remediation.model_options import ModelOptions

CODE = "package.module:attribute"  # the mark of what is imported
FOLDER = GRAPH  # the mark of a SavedModel: the file in its folder


@dataclass(frozen=True)
class ModelKind:
    """A kind of model.

    Attributes:
        load: Loads what a MODEL reference names. It gets the reference, a path or a URL, and how to
            load it, and returns a function of a list of n str that gives their scores, (n,) or
            (n, classes), or several such outputs by name; or a Keras model, of Keras 3 or 2; or a
            `evenhand.remediation.models.predictor.Predictor`. It may raise any exception. If such a
            model could run code of its own, it has to respect ``options.allow_unsafe``.
        is_trainable: Whether that is a Keras model, which can be trained.
        inspect: Reads, without TensorFlow, which Keras wrote a file; None if files do not say.
    """

    load: Callable[[str, ModelOptions], Any]
    is_trainable: bool = False
    inspect: Callable[[Path], ModelFile] | None = None


def _saved_by_keras(inspect: Callable[[Path], ModelFile]) -> ModelKind:
    """Return the kind of what Keras saves, of which a SavedModel may hold no Keras model."""

    def load(reference: str, options: ModelOptions) -> Any:
        from evenhand.remediation.models.keras_model import load_keras_file
        from evenhand.remediation.models.saved_model import SignaturePredictor

        file = inspect(Path(reference))
        if file.keras is None:
            return SignaturePredictor(file.path, options.allow_unsafe)
        return load_keras_file(file, options)

    return ModelKind(load, is_trainable=True, inspect=inspect)


def _load_pickle(reference: str, options: ModelOptions) -> Any:
    from evenhand.remediation.models.keras_model import load_pickle

    return load_pickle(Path(reference), options.allow_unsafe)


def _load_tflite(reference: str, options: ModelOptions) -> Any:
    from evenhand.remediation.models.tflite import TFLitePredictor

    return TFLitePredictor(Path(reference), options.allow_unsafe)


def _load_endpoint(reference: str, options: ModelOptions) -> Any:
    from evenhand.remediation.models.endpoint import EndpointPredictor

    return EndpointPredictor(reference)


def _load_code(reference: str, options: ModelOptions) -> Any:
    from evenhand.remediation.models.keras_model import import_model

    return import_model(reference)


_H5 = _saved_by_keras(inspect_h5)
_PICKLE = ModelKind(_load_pickle, is_trainable=True)
_ENDPOINT = ModelKind(_load_endpoint)

KINDS = {
    ".keras": _saved_by_keras(inspect_archive),
    ".h5": _H5,
    ".hdf5": _H5,
    FOLDER: _saved_by_keras(inspect_saved_model),
    ".tflite": ModelKind(_load_tflite),
    ".pkl": _PICKLE,
    ".pickle": _PICKLE,
    "http": _ENDPOINT,
    "https": _ENDPOINT,
    CODE: ModelKind(_load_code, is_trainable=True),
}
# The table in words, for errors
ACCEPTED = (
    "a .keras or .h5 file, a SavedModel folder, a .tflite file, package.module:attribute or "
    "file.py:attribute, or the URL of a TensorFlow Serving model"
)
MODEL_KINDS = Plugins("kind of model", "evenhand.models", builtin=KINDS)
