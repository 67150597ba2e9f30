"""A dataset of what a Python iterator gives: its elements, in order, for every iterator of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from evenhand.remediation.batches.python_dataset import endless_dataset


class _Inputs(NamedTuple):
    text: Any
    rows: Any


SIGNATURE = (
    _Inputs(tf.TensorSpec([None], tf.string), tf.TensorSpec([None, 2], tf.int64)),
    {"weight": tf.TensorSpec([None], tf.float32)},
)


def elements() -> Iterator[Any]:
    for number in itertools.count():
        rows = np.full([number % 3, 2], number)
        texts = np.array([f"text {number} ä".encode()] * (number % 3), object)
        yield _Inputs(texts, rows), {"weight": np.full(number % 3, number / 2)}


def numbers(starts: list[int]) -> Any:
    def start() -> Iterator[int]:
        starts.append(1)
        return itertools.count()

    return endless_dataset(start, tf.TensorSpec([], tf.int64))


def values(dataset: Any) -> list[int]:
    return [int(value) for value in dataset.as_numpy_iterator()]


def test_elements_have_the_structure_shapes_and_dtypes_of_the_signature() -> None:
    dataset = endless_dataset(elements, SIGNATURE)
    assert dataset.element_spec == SIGNATURE
    given = dataset.take(7).as_numpy_iterator()
    for (inputs, rest), (right_inputs, right_rest) in zip(given, elements(), strict=False):
        assert inputs.text.tolist() == right_inputs.text.tolist()
        np.testing.assert_array_equal(inputs.rows, right_inputs.rows)
        np.testing.assert_array_equal(rest["weight"], right_rest["weight"])


def test_it_has_no_end() -> None:
    assert endless_dataset(elements, SIGNATURE).cardinality() == tf.data.INFINITE_CARDINALITY


def test_every_iterator_begins_with_the_first_element() -> None:
    starts: list[int] = []
    dataset = numbers(starts)
    assert values(dataset.take(5)) == [0, 1, 2, 3, 4]
    assert values(dataset.prefetch(3).take(2)) == [0, 1]
    assert values(dataset.take(4)) == [0, 1, 2, 3]
    assert len(starts) == 3


def test_iterators_at_work_at_once_do_not_disturb_each_other() -> None:
    dataset = numbers([])
    one, other = dataset.as_numpy_iterator(), dataset.as_numpy_iterator()
    given = [int(next(it)) for it in (one, one, other, one, other, other, other, one)]
    assert given == [0, 1, 0, 2, 1, 2, 3, 3]


def test_elements_asked_for_in_order_are_made_once() -> None:
    starts: list[int] = []
    values(numbers(starts).prefetch(2).take(100))
    assert len(starts) == 1


def test_an_error_in_the_iterator_is_told() -> None:
    def start() -> Iterator[int]:
        yield 1
        raise ValueError("the third row is empty")

    dataset = endless_dataset(start, tf.TensorSpec([], tf.int64))
    iterator = iter(dataset)
    assert int(next(iterator)) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="the third row is empty"):
        next(iterator)


def test_an_iterator_that_failed_is_begun_anew() -> None:
    starts: list[int] = []

    def start() -> Iterator[int]:
        starts.append(1)
        if len(starts) == 1:
            raise ValueError("not now")
        return itertools.count()

    dataset = endless_dataset(start, tf.TensorSpec([], tf.int64))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not now"):
        next(iter(dataset))
    assert values(dataset.take(2)) == [0, 1]
