"""The loss that a model of either Keras was compiled with, and what it takes the outputs for."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any, Literal

# What a loss takes outputs for. A "distance" takes them for numbers that should be near the labels,
# a "margin" for numbers of which only the sign decides.
Takes = Literal["logits", "probabilities", "distance", "margin", "unknown"]

_SHORT_NAMES = {
    "bce": "binary_crossentropy",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "kldivergence": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
}
_KEPT_SHORT = ("bce", "kld", "mae", "mape", "mse", "msle")
_DISTANCES = {
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "log_cosh",
    "huber",
}
_MARGINS = {"hinge", "squared_hinge", "categorical_hinge"}
_OF_PROBABILITIES = {"kl_divergence", "dice", "tversky", "categorical_generalized_cross_entropy"}
_CROSS_ENTROPY = re.compile("cross_?entropy")


class UnknownLoss:
    """A loss that a model file names and whose code is not here: it has a name, and no more."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


def loss_of(model: Any, number: int = 0, head: str | None = None) -> Any:
    """Return the loss that a model was compiled with for one of its outputs, or None.

    Args:
        model: Of either Keras generation.
        number: The output's index among the model's outputs.
        head: Its key, if the model gives a dict of outputs.
    """
    loss = getattr(model, "loss", None)
    if isinstance(loss, dict):
        names = getattr(model, "output_names", None) or ()
        for key in (*names[number : number + 1], head):
            if key in loss:
                return loss[key]
        outputs = getattr(model, "outputs", None) or ()
        # If a loss is given for one head only, another head does not have it.
        return loss[sorted(loss)[number]] if len(loss) == len(outputs) else None
    if isinstance(loss, (list, tuple)):
        return loss[number] if number < len(loss) else None
    return loss


def name_of(loss: Any) -> str:
    """Return Keras's name for the function that a loss computes: ``"binary_crossentropy"``.

    It is the same for a string, a function, an object of any name, and a loss that wraps another.
    """
    loss = _innermost(loss)
    if loss is None:
        return ""
    function = getattr(loss, "func", getattr(loss, "fn", loss))
    name = function if isinstance(function, str) else getattr(function, "__name__", "")
    name = name or type(loss).__name__
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return _SHORT_NAMES.get(name, name)


def short_named(keras: Any) -> dict[str, Any]:
    """Return the losses that have short names, such as ``"mse"`` and ``"MSE"``, by those names.

    Args:
        keras: The package of either generation.
    """
    functions = {name: getattr(keras.losses, _SHORT_NAMES[name]) for name in _KEPT_SHORT}
    return functions | {name.upper(): function for name, function in functions.items()}


def taken_for(loss: Any) -> Takes:
    """Return what a loss takes outputs for.

    For cross-entropies ``from_logits`` tells; it is False for a string or a function.
    """
    if isinstance(loss, UnknownLoss):
        return "unknown"  # whatever it is called
    name, inner = name_of(loss), _innermost(loss)
    from_logits = _takes_logits(inner)
    if from_logits is None and _CROSS_ENTROPY.search(name) and isinstance(inner, str):
        from_logits = False
    if from_logits is not None:
        return "logits" if from_logits else "probabilities"
    if name in _DISTANCES:
        return "distance"
    if name in _MARGINS:
        return "margin"
    return "probabilities" if name in _OF_PROBABILITIES else "unknown"


def _innermost(loss: Any) -> Any:
    """Return the innermost loss that others wrap; a partial keeps its arguments."""
    seen = set()
    while loss is not None and id(loss) not in seen:
        seen.add(id(loss))
        if isinstance(loss, (str, functools.partial)) or _takes_logits(loss) is not None:
            return loss
        wrapped = [part for part in getattr(loss, "__dict__", {}).values() if _is_loss(part)]
        if len(wrapped) != 1:
            return loss
        (loss,) = wrapped
    return loss


def _is_loss(part: Any) -> bool:
    return any(parent.__name__ == "Loss" for parent in type(part).__mro__)


def _takes_logits(loss: Any) -> bool | None:
    """Return a loss's own ``from_logits``, or None if it has none."""
    if isinstance(loss, functools.partial):
        given = loss.keywords.get("from_logits")
        return _takes_logits(loss.func) if given is None else bool(given)
    given = getattr(loss, "_fn_kwargs", {}).get("from_logits", getattr(loss, "from_logits", None))
    if given is None and inspect.isfunction(function := getattr(loss, "fn", loss)):
        parameter = inspect.signature(function).parameters.get("from_logits")
        given = parameter.default if parameter is not None else None
    return given if isinstance(given, bool) else None
