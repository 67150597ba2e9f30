"""Whether pairs can go through a model together with examples, in one pass in training mode.

They can if a text gets the same outputs in training every time, whatever else is in the batch.
Dropout and noise treat the two texts of a pair differently, and the pair loss would then work on a
difference that only making all outputs alike can remove. With batch normalisation pairs would
change the outputs for examples, and a loss on activations would count pairs as examples.

This is not decided by the names of layers, which may be custom ones. The graph of training mode is
searched for operations that draw at random, and a few texts are tried beside others.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from evenhand.data.errors import InputError
from evenhand.remediation.batches.logits import remembered
from evenhand.remediation.wrappers.rows import rows_of, together

# TensorFlow's operations that draw at random, and Python code, which may.
_DRAWS = re.compile(
    "Random|Rng|Shuffle|Multinomial|StandardNormal|TruncatedNormal|StatefulUniform|"
    "CandidateSampler|DistortedBoundingBox|PyFunc"
)
_ROWS = 16  # texts to try: enough for a mask to show, and little work
_RELATIVE, _ABSOLUTE = 1e-3, 1e-6  # what rounding may change if sums are in another order


def can_share_pass(model: Any, inputs: Any) -> bool:
    """Return whether a text's outputs in training mode depend on nothing but the text.

    The model's variables are left as they were.

    Args:
        model: Of Keras 3, built, in the scope of the strategy that it trains under.
        inputs: A batch of its input.

    Raises:
        InputError: Its outputs differ from time to time even in inference mode.
    """
    check_repeatable(model, inputs)
    half = min(rows_of(inputs) // 2, _ROWS)
    if not half or any(_mixes(layer) for layer in model._flatten_layers()):
        return False
    few, others = _taken(inputs, slice(half)), _taken(inputs, slice(-half, None))
    twice, beside = together(few, few), together(few, others)
    answers = _Answers(model, twice, training=True)
    if answers.draws:
        return False
    with answers.leaving_no_trace():
        (first, first_loss), (second, second_loss) = answers(twice), answers(beside)
    return _are_alike(first_loss, second_loss) and all(
        _are_alike(one[:half], one[half:]) and _are_alike(one[:half], other[:half])
        for one, other in zip(first, second, strict=True)
    )


def check_repeatable(model: Any, inputs: Any) -> None:
    """Check that a model, of either Keras, gives a text the same outputs twice in inference mode.

    Raises:
        InputError: It does not, so that the texts of a pair cannot be compared.
    """
    few = _taken(inputs, slice(_ROWS))
    answers = _Answers(model, few, training=False)
    if not answers.draws:
        return
    with answers.leaving_no_trace():
        (first, _), (second, _) = answers(few), answers(few)
    if not all(map(_are_alike, first, second)):
        raise InputError(
            "the model draws at random even in inference mode: the same texts got other scores",
            where=str(model.name),
            expected="one score for one text, so that the two texts of a pair can be compared",
            remedy="build it without training=True in the calls of its layers, such as "
            "Dropout(0.5)(x, training=True)",
        )


def _mixes(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.layers.BatchNormalization) and layer.trainable


class _Answers:
    """A model's outputs for batches of one shape, and the loss that its layers add.

    Attributes:
        draws: Whether the graph that computes them draws at random, or may.
    """

    def __init__(self, model: Any, inputs: Any, *, training: bool) -> None:
        import tensorflow as tf

        self._strategy = tf.distribute.get_strategy()

        def said(x: Any) -> Any:
            outputs = tf.nest.flatten(model(x, training=training))
            logits = [tf.cast(remembered(output), tf.float32) for output in outputs]
            losses = [tf.cast(tf.reduce_sum(loss), tf.float32) for loss in model.losses]
            return logits, tf.add_n([tf.constant(0.0), *losses])

        self._said = tf.function(lambda x: self._strategy.run(said, args=(x,)), autograph=False)
        graph = self._said.get_concrete_function(inputs).graph
        definition = graph.as_graph_def()
        inner = (function.node_def for function in definition.library.function)
        nodes = itertools.chain(definition.node, *inner)
        self.draws = any(_DRAWS.search(node.op) for node in nodes)
        # A layer may have variables that Keras does not know.
        variables = (*graph.variables, *_tensorflows(model.variables))
        self._variables = {variable.ref(): variable for variable in variables}.values()

    def __call__(self, inputs: Any) -> tuple[list[Any], Any]:
        """Return the outputs of the first replica, and the loss."""
        import tensorflow as tf

        local = self._strategy.experimental_local_results
        outputs, loss = tf.nest.map_structure(lambda said: local(said)[0], self._said(inputs))
        return outputs, loss

    @contextlib.contextmanager
    def leaving_no_trace(self) -> Iterator[None]:
        """Give the variables back the values that they had before the block."""
        before = [variable.numpy() for variable in self._variables]
        try:
            yield
        finally:
            for variable, value in zip(self._variables, before, strict=True):
                variable.assign(value)


def _tensorflows(variables: Iterable[Any]) -> Iterator[Any]:
    """Yield TensorFlow's own variables; Keras 2 lists a vocabulary among its variables, too."""
    import tensorflow as tf

    for variable in variables:
        own = variable if isinstance(variable, tf.Variable) else getattr(variable, "value", None)
        if isinstance(own, tf.Variable):
            yield own


def _taken(inputs: Any, rows: slice) -> Any:
    import tensorflow as tf

    return tf.nest.map_structure(lambda each: tf.convert_to_tensor(each)[rows], inputs)


def _are_alike(one: Any, other: Any) -> bool:
    return np.allclose(one, other, _RELATIVE, _ABSOLUTE, equal_nan=True)
