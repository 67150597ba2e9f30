"""The Keras model's architecture in a SavedModel that TensorFlow before 2.5 wrote.

Later versions write it to a file of its own, ``keras_metadata.pb``. These have it in the graph's
objects in ``saved_model.pb``. That is read here without TensorFlow, because it decides how
TensorFlow is started. Field numbers are those of ``saved_model.proto``, ``meta_graph.proto`` and
``saved_object_graph.proto``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_META_GRAPHS, _OBJECT_GRAPH, _NODES, _USER_OBJECT = 2, 7, 1, 4
_IDENTIFIER, _METADATA = 1, 3  # of a user object
_MODELS = ("_tf_keras_model", "_tf_keras_network", "_tf_keras_sequential")


def legacy_keras_configs(graph: Path) -> list[Any] | None:
    """Return the architectures in a ``saved_model.pb``, or None if it holds no Keras model.

    None also if it cannot be read: TensorFlow will say what is wrong with it.
    """
    try:
        return _configs(graph.read_bytes())
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _configs(content: bytes) -> list[Any] | None:
    configs = []
    meta_graph = next(_fields(memoryview(content), _META_GRAPHS))
    object_graph = next(_fields(meta_graph, _OBJECT_GRAPH))
    for number, node in enumerate(_fields(object_graph, _NODES)):
        user_object = next(_fields(node, _USER_OBJECT), None)
        identifier = _text(user_object, _IDENTIFIER)
        metadata = _text(user_object, _METADATA)
        if number == 0 and (identifier not in _MODELS or not metadata):
            return None  # the first is the model itself
        if metadata:
            configs.append(json.loads(metadata))
    return configs or None


def _text(message: memoryview | None, number: int) -> str:
    found = None if message is None else next(_fields(message, number), None)
    return "" if found is None else bytes(found).decode()


def _fields(message: memoryview, number: int) -> Iterator[memoryview]:
    """Yield the fields of a message with this number that are messages or strings."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        match tag & 7:  # the kind of the field on the wire
            case 0:
                _, place = _varint(message, place)
            case 1:
                place += 8
            case 2:
                length, place = _varint(message, place)
                if tag >> 3 == number:
                    yield message[place : place + length]
                place += length
            case 5:
                place += 4
            case _:
                raise ValueError("not a protocol buffer")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place
