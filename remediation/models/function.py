"""A function of a list of texts that gives their scores: a model of any framework."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Floats
from evenhand.remediation.models.predictor import Heads, Inputs, named_outputs
from evenhand.remediation.outputs.meaning import NO_EVIDENCE, Evidence

_PIPELINE = "TextClassificationPipeline"  # of transformers, also for "sentiment-analysis"


class FunctionPredictor:
    """A function that maps a list of n str to scores, (n,) or (n, classes), or a dict of such.

    Args:
        function: It gets plain str, and may return anything that NumPy can turn into an array, or
            a PyTorch tensor on any device, with or without gradients.
        name: What errors call it.

    Attributes:
        labels: What its classes are called, in their order; empty if that is not known.
    """

    takes_strings = True

    def __init__(self, function: Callable[[list[str]], Any], name: str = "the function") -> None:
        self._function = function
        self.labels = function.labels if isinstance(function, TextPipeline) else ()
        self._name = name

    def __call__(self, inputs: Inputs) -> Heads:
        """Return the scores, or every one of several outputs by its name.

        Raises:
            InputError: What the function returns is no array of numbers.
        """
        assert not isinstance(inputs, Mapping)  # other models only take those
        outputs = self._function([text.decode() for text in inputs.ravel()])
        if not isinstance(outputs, Mapping):
            return named_outputs(self._array(outputs))
        return named_outputs({name: self._array(values) for name, values in outputs.items()})

    def _array(self, outputs: Any) -> npt.NDArray[Any]:
        given = outputs
        if isinstance(outputs, Iterator):
            outputs = list(outputs)
        if callable(getattr(outputs, "detach", None)):  # a tensor of PyTorch
            outputs = outputs.detach().cpu()
            if str(outputs.dtype) == "torch.bfloat16":  # NumPy has no such type
                outputs = outputs.float()
        try:
            array = np.asarray(outputs)
            if array.dtype == object:  # None would become NaN
                array = array.astype(np.float64) if None not in array.ravel() else array
        except (TypeError, ValueError) as error:
            raise self._wrong(given) from error
        if array.dtype.kind not in "biuf":
            raise self._wrong(given)
        return array

    def _wrong(self, given: Any) -> InputError:
        first: Any = given
        while isinstance(first, list | tuple) and first:
            first = first[0]
        of = "" if first is given else f" of {type(first).__name__}"
        what = "None" if given is None else f"a {type(given).__name__}{of}"
        return InputError(
            f"the function returns {what}, and not one number or more for each text",
            where=self._name,
            expected="scores, shape (n,) or (n, 1), or those of all classes, shape (n, classes)",
            remedy="take the score of the positive class out of each dict; or name the pipeline "
            "itself, if that is what gives them"
            if isinstance(first, Mapping)
            else None,
        )

    def evidence(self, head: str) -> Evidence:
        """Return no evidence: a function gives only values."""
        return NO_EVIDENCE


class TextPipeline:
    """A text classification pipeline of Hugging Face's transformers, as a function of texts.

    Attributes:
        labels: What the model's classes are called, in the order of their numbers.
        name: What to call it.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        config = pipeline.model.config
        self.labels = tuple(str(label) for _, label in sorted(config.id2label.items()))
        of_model = Path(getattr(config, "name_or_path", "")).name
        self.name = f"the pipeline {of_model}" if of_model else "the pipeline"

    def __call__(self, texts: list[str]) -> Floats:
        """Return the scores of all labels, shape (n, labels); long texts are cut as it cuts them.

        Without `top_k` it would give the most probable label alone.
        """
        scores = [
            {each["label"]: each["score"] for each in found}
            for found in self._pipeline(texts, top_k=None, truncation=True)
        ]
        return np.array([[of_text[label] for label in self.labels] for of_text in scores])


def as_function(found: Any) -> Any:
    """Return what can be called with texts of what cannot, or gives no numbers.

    That is the ``predict_proba`` of what has one, as scikit-learn's models, and the scores of a
    text classification pipeline of transformers. Anything else is returned as it is.
    """
    if any(each.__name__ == _PIPELINE for each in type(found).__mro__):
        return TextPipeline(found)
    method = getattr(found, "predict_proba", None)
    return method if callable(method) and not callable(found) else found


def takes_texts(found: Any) -> bool | None:
    """Return whether something is a function of texts: it needs one argument, and is not a class.

    Keras models are not, though they can be called. None means that only calling it tells: its
    signature says nothing, as with some decorated functions, and it may also make a model.
    """
    if inspect.isclass(found) or not callable(found) or hasattr(found, "trainable_weights"):
        return False
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # a function in C that does not tell
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [each for each in parameters if each.kind in positional]
    if not named and any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters):
        return None
    return len([each for each in named if each.default is inspect.Parameter.empty]) == 1
