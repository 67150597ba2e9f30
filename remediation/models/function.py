"""A function of a list of texts that gives their scores: a model of any framework."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from evenhand.remediation.models.predictor import Heads, Inputs, named_outputs
from evenhand.remediation.outputs.meaning import NO_EVIDENCE, Evidence


class FunctionPredictor:
    """A function that maps a list of n str to scores, (n,) or (n, classes), or a dict of such.

    Args:
        function: It gets plain str, and may return anything that NumPy can turn into an array.
    """

    takes_strings = True

    def __init__(self, function: Callable[[list[str]], Any]) -> None:
        self._function = function

    def __call__(self, inputs: Inputs) -> Heads:
        """Return the scores, or every one of several outputs by its name."""
        assert not isinstance(inputs, Mapping)  # other models only take those
        outputs = self._function([text.decode() for text in inputs.ravel()])
        return named_outputs(outputs if isinstance(outputs, Mapping) else np.asarray(outputs))

    def evidence(self, head: str) -> Evidence:
        """Return no evidence: a function gives only values."""
        return NO_EVIDENCE


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
