"""Models of strings made around another: one that takes terms out first, one that averages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evenhand.remediation.layers.string_layers import LogitMean, Scale, TermRemoval
from evenhand.remediation.outputs.compiled_losses import loss_of

import keras  # isort: skip  # after the layers, which settle on its generation


def without_terms(model: Any, heads: Sequence[str], terms: Sequence[str]) -> Any:
    """Return a Keras 3 model that removes terms from its strings, and gives a model's outputs.

    Args:
        model: Takes strings, shape (n,). Its layers and weights are those of the new model.
        heads: The names of its outputs, in Keras's order.
        terms: What to remove.
    """
    text = keras.Input((), dtype="string", name="text")
    outputs = model(TermRemoval(terms, name="without_terms")(text))
    return _model(model, heads, text, outputs, lambda number, output: output)


def averaged(
    model: Any, heads: Sequence[str], terms: Sequence[str], head: int, scale: Scale
) -> Any:
    """Return a Keras 3 model one of whose outputs is an average; the others are a model's own.

    Args:
        model, heads, terms: See `without_terms`.
        head: Number of the output that is the mean of the logits with and without terms.
        scale: What this output is.
    """
    text = keras.Input((), dtype="string", name="text")
    blind = _listed(model(TermRemoval(terms, name="without_terms")(text)))[head]

    def mean(number: int, output: Any) -> Any:
        return LogitMean(scale, name="mean_logit")(output, blind) if number == head else output

    return _model(model, heads, text, model(text), mean)


def _model(
    model: Any,
    heads: Sequence[str],
    text: Any,
    outputs: Any,
    changed: Callable[[int, Any], Any],
) -> Any:
    """Return a model of changed outputs under the names of a model's own, compiled as that is."""
    listed = [changed(number, output) for number, output in enumerate(_listed(outputs))]
    if isinstance(outputs, Mapping):
        made = keras.Model(text, dict(zip(sorted(outputs), listed, strict=True)))
    elif isinstance(outputs, list | tuple):
        # A model's outputs have the names of the layers that give them
        named = [
            keras.layers.Identity(name=name if name.isidentifier() else f"output_{name}")(output)
            for name, output in zip(heads, listed, strict=True)
        ]
        made = keras.Model(text, named)
    else:
        made = keras.Model(text, listed[0])
    if getattr(model, "compiled", False):
        # The loss says what the outputs are, logits or probabilities.
        made.compile(loss=[loss_of(model, number, name) for number, name in enumerate(heads)])
    return made


def _listed(outputs: Any) -> list[Any]:
    if isinstance(outputs, Mapping):
        return [outputs[name] for name in sorted(outputs)]
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
