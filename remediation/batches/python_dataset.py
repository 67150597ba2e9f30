"""A `tf.data.Dataset` of the elements of an endless Python iterator.

`tf.data.Dataset.from_generator` does the same, but makes malloc return memory to the system as soon
as it is free (it sets M_TRIM_THRESHOLD permanently for the whole process). With arrays as large as
a step's, a training then waits for memory at every step. Measured with TensorFlow 2.21: 720,000
page faults in an epoch instead of 20,000, which took a third of its time.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt


def endless_dataset(start: Callable[[], Iterator[Any]], signature: Any) -> Any:
    """Return the elements of an endless iterator as a `tf.data.Dataset`.

    Args:
        start: Returns a new iterator, with the same elements each time.
        signature: Nested `tf.TensorSpec`; an element nests arrays in the same way.
    """
    import tensorflow as tf

    specs = tf.nest.flatten(signature)
    dtypes = [spec.dtype for spec in specs]

    def flat() -> Iterator[list[npt.NDArray[Any]]]:
        for element in start():
            arrays = zip(tf.nest.flatten(element), dtypes, strict=True)
            yield [np.asarray(array, dtype.as_numpy_dtype) for array, dtype in arrays]

    element_at = _Elements(flat)

    def tensors_at(number: Any) -> Any:
        tensors = tf.numpy_function(element_at, [number], dtypes)
        for tensor, spec in zip(tensors, specs, strict=True):
            tensor.set_shape(spec.shape)
        return tf.nest.pack_sequence_as(signature, tensors)

    return tf.data.Dataset.counter().map(tensors_at)


class _Elements:
    """Looks up an iterator's elements by number; quick if they are asked for in order.

    A dataset's iterator asks in order. When a new one begins, the Python iterator starts again, so
    there is only one at a time, even if dataset iterators were dropped half way.
    """

    def __init__(self, start: Callable[[], Iterator[Any]]) -> None:
        self._start = start
        self._rest: Iterator[Any] = iter(())
        self._next: int | None = None  # number of the element that the iterator gives next
        self._lock = threading.Lock()

    def __call__(self, number: int) -> Any:
        with self._lock:
            if number != self._next:
                self._rest = itertools.islice(self._start(), int(number), None)
            self._next = None  # an iterator that fails has ended
            element = next(self._rest)
            self._next = int(number) + 1
            return element
