"""Text classifiers: loading one from a MODEL reference, and scoring texts with it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.data.files import sha256_of
from evenhand.data.progress import Progress, ignore_progress
from evenhand.remediation.model_files import ACCEPTED, check_keras_file, is_attribute
from evenhand.remediation.outputs import gives_logits
from evenhand.remediation.tensorflow_runtime import import_keras
from evenhand.remediation.texts import encode_texts

SCORING_BATCH = 1024  # texts; past this a CPU scores no faster


@dataclass(frozen=True)
class Classifier:
    """A Keras text classifier with a positive class.

    Attributes:
        name: What to call the model in reports: its file's or attribute's name.
        sha256: Digest of the model file; None for a model that came from Python code.
        keras_model: The `keras.Model`. It takes a batch of strings.
        gives_logits: Whether its outputs are logits, to which `score` applies the sigmoid (or the
            softmax of two), or probabilities already.
    """

    name: str
    sha256: str | None
    keras_model: Any = field(repr=False)
    gives_logits: bool = False

    def score(
        self,
        texts: Sequence[str | bytes] | npt.NDArray[np.object_],
        *,
        batch_size: int = SCORING_BATCH,
        progress: Progress = ignore_progress,
    ) -> npt.NDArray[np.float64]:
        """Return the probability of the positive class for each text.

        Args:
            texts: Any number of them, as str or as UTF-8; a lone surrogate counts as a question
                mark.
            batch_size: Texts that the model sees at once.
            progress: Told how many texts are scored, as stage ``"scoring"``.

        Returns:
            Scores in [0, 1], shape (n,): a single output as it is, the second of two classes.

        Raises:
            InputError: The model fails on a text, or a score is not a number in [0, 1].
        """
        scores = np.empty(len(texts), dtype=np.float64)
        for start in range(0, len(texts), batch_size):
            batch = encode_texts(texts[start : start + batch_size])
            try:
                outputs = np.asarray(self._forward(batch))
            except Exception as error:
                raise _refused(self.name, "the model fails on a text", error) from error
            scores[start : start + len(batch)] = self._probabilities(outputs)
            progress("scoring", start + len(batch), len(texts))
        self._check(scores)
        return scores

    @cached_property
    def _forward(self) -> Any:
        import tensorflow as tf

        model = self.keras_model
        return tf.function(
            lambda batch: model(batch, training=False),
            input_signature=[tf.TensorSpec([None], tf.string)],
        )

    def _probabilities(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        from scipy.special import expit, softmax

        values = outputs.astype(np.float64).reshape(len(outputs), -1)
        if values.shape[1] == 1:
            return np.asarray(expit(values[:, 0]) if self.gives_logits else values[:, 0])
        return np.asarray(softmax(values, axis=1)[:, 1] if self.gives_logits else values[:, 1])

    def _check(self, scores: npt.NDArray[np.float64]) -> None:
        wrong = np.flatnonzero(~((scores >= 0) & (scores <= 1)))  # true for NaN, too
        if wrong.size:
            raise InputError(
                f"the model gives the score {scores[wrong[0]]:g} "
                f"({wrong.size} of {scores.size} scores are no numbers between 0 and 1)",
                where=f"{self.name}, text {wrong[0]}",
                expected="probabilities of the positive class, or logits from a linear last layer",
            )


def load_classifier(reference: str | Path) -> Classifier:
    """Load the classifier that a MODEL reference names.

    Args:
        reference: A `.keras` file that Keras 3 wrote, or ``package.module:attribute``: a
            `keras.Model` or a function that returns one. The module is looked for in the working
            directory, too, and its code runs.

    Raises:
        InputError: There is no such model, it cannot be read or would run code on loading, it does
            not take strings, or it has no single score for a text.
    """
    text = str(reference)
    if is_attribute(text):
        return classifier_of(_import_model(text), name=text)
    path = Path(reference)
    check_keras_file(path)
    keras = import_keras()
    try:
        model = keras.saving.load_model(path, safe_mode=True)
    except Exception as error:
        raise _refused(str(path), "the model cannot be loaded", error) from error
    return classifier_of(model, name=path.name, sha256=sha256_of(path))


def classifier_of(model: Any, *, name: str, sha256: str | None = None) -> Classifier:
    """Return a `keras.Model` as a classifier, after checking that it is one.

    Raises:
        InputError: The model does not take strings, or has no single score for a text.
    """
    _check_input(model, name)
    import tensorflow as tf

    try:
        outputs = model(tf.constant(["one text", "another"]), training=False)
    except Exception as error:
        raise _refused(name, "the model does not take a batch of strings", error) from error
    shape = tuple(outputs.shape) if hasattr(outputs, "shape") else None
    if shape not in ((2,), (2, 1), (2, 2)):
        found = "several outputs" if shape is None else f"outputs of shape {shape} for two texts"
        raise InputError(
            f"the model gives {found}",
            where=name,
            expected="one score a text, shape (n,) or (n, 1), or two classes, shape (n, 2)",
        )
    return Classifier(name, sha256, model, gives_logits=gives_logits(model))


def _check_input(model: Any, name: str) -> None:
    inputs = getattr(model, "inputs", None)
    if not inputs:
        return  # a subclassed model tells nothing before it is called
    found = ", ".join(f"{tensor.dtype} {tuple(tensor.shape)}" for tensor in inputs)
    if [tensor.dtype for tensor in inputs] != ["string"]:
        raise InputError(
            f"the model does not take strings: its input is {found}",
            where=name,
            expected="one input of dtype string",
            remedy="put its text preprocessing, such as TextVectorization, into the model",
        )


def _import_model(reference: str) -> Any:
    keras = import_keras()
    module_name, _, attribute = reference.partition(":")
    folder = str(Path.cwd())
    try:
        if folder not in sys.path:
            sys.path.append(folder)
        model: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            model = getattr(model, part)
        if not isinstance(model, keras.Model) and callable(model):
            model = model()
    except Exception as error:
        raise _refused(reference, "the model cannot be imported", error) from error
    if not isinstance(model, keras.Model):
        raise InputError(
            f"{reference} is a {type(model).__name__}",
            where=reference,
            expected="a keras.Model of Keras 3, or a function that returns one",
        )
    return model


def _refused(where: str, what: str, error: Exception) -> InputError:
    reason = str(error).strip().partition("\n")[0]
    return InputError(f"{what} ({type(error).__name__}: {reason})", where=where, expected=ACCEPTED)
