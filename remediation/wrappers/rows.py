"""Rows of a model's input: nested tensors that have a row for each text."""

from __future__ import annotations

from typing import Any

from evenhand.remediation.batches.pairs import AlignedPairs, Pairs


def rows_of(inputs: Any) -> Any:
    """Return how many rows a batch has: a number, or a tensor if it is not known in advance."""
    import tensorflow as tf

    first = tf.nest.flatten(inputs)[0]
    return first.shape[0] if first.shape[0] is not None else tf.shape(first)[0]


def together(*parts: Any) -> Any:
    """Return several batches as one."""
    import tensorflow as tf

    return tf.nest.map_structure(lambda *tensors: _concatenated(tensors), *parts)


def with_counterfactuals(inputs: Any, pairs: Pairs) -> tuple[Any, Any]:
    """Return examples and pairs as one batch, and the rows of the originals in it, shape (pairs,).

    The examples are its first rows, the counterfactuals its last ones.
    """
    import tensorflow as tf

    if isinstance(pairs, AlignedPairs):
        return together(inputs, pairs.counterfactual), tf.maximum(pairs.example, 0)
    batch = together(inputs, pairs.original, pairs.counterfactual)
    return batch, rows_of(inputs) + tf.range(rows_of(pairs.weight))


def no_padding(pairs: Pairs) -> Any:
    """Return 1 for each pair and 0 for what fills a batch up, float32, shape (pairs,)."""
    import tensorflow as tf

    if isinstance(pairs, AlignedPairs):
        return tf.cast(pairs.example >= 0, tf.float32)
    return tf.ones_like(pairs.weight)


def sum_over_replicas(number: Any) -> Any:
    """Return the sum of a scalar over all replicas that share a step."""
    import tensorflow as tf

    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return number
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, number)


def same_rows(one: Any, other: Any) -> Any:
    """Return where two batches have the same text in the same place, bool, shape (rows,)."""
    import tensorflow as tf

    def same(first: Any, second: Any) -> Any:
        equal = tf.equal(first, second)
        return tf.reduce_all(equal, axis=[*range(1, equal.shape.rank)])

    parts = tf.nest.flatten(tf.nest.map_structure(same, one, other))
    return tf.reduce_all(tf.stack(parts), axis=0)


def _concatenated(tensors: tuple[Any, ...]) -> Any:
    """Concatenate; rows of token numbers are padded with zeros to the longest."""
    import tensorflow as tf

    if tensors[0].shape.rank == 2 and not all(t.shape[1:].is_fully_defined() for t in tensors):
        widest = tf.reduce_max([tf.shape(tensor)[1] for tensor in tensors])
        tensors = tuple(tf.pad(t, [[0, 0], [0, widest - tf.shape(t)[1]]]) for t in tensors)
    return tf.concat(tensors, axis=0)
