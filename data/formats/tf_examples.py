"""Read and write TFRecord files of `tf.train.Example`, without TensorFlow.

Loading TensorFlow takes 10 s; the format takes a page. A TFRecord file is a sequence of: the
record's length (8 bytes, little-endian), a masked CRC-32C of these 8 bytes, the record, and a
masked CRC-32C of the record. A `tf.train.Example` is a map from names to lists of byte strings,
float32 or int64 numbers; its message type is declared below with TensorFlow's field numbers.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.records import Record, head_of
from evenhand.data.support.limits import MOST_BYTES, SHOWN_LIMIT

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")

Value = str | int | float | Sequence[str] | None


def example_records(
    file: BinaryIO,
    names: Sequence[str],
    *,
    slices: Sequence[str] = (),
    path: Path,
    bad_rows: BadRows,
) -> Iterator[Record]:
    """Read the features `names` of every record, each of which must have at most one value.

    Its other features are null. Those of `slices` may have several: if one has in the file's
    beginning, see `head_of`, its values are lists in all records.

    Byte strings are read as UTF-8. A feature without a value is null. A record that is no Example,
    a feature with several values and bytes that are not UTF-8 are bad rows.

    Raises:
        InputError: The file ends within a record, or a checksum is wrong.
    """
    records = _parsed(file, frozenset(names), path, bad_rows)
    head = head_of(records)
    several = {
        name for name in slices if any(len(each.values.get(name) or ()) > 1 for each in head)
    }
    for record in itertools.chain(head, records):
        values = dict(record.values)
        try:
            values.update(
                (name, _only(name, found))
                for name, found in values.items()
                if found is not None and name not in several
            )
        except ValueError as error:
            _add_bad(error, record.number, path, bad_rows)
            continue
        yield record._replace(values=values)


def _parsed(
    file: BinaryIO, wanted: frozenset[str], path: Path, bad_rows: BadRows
) -> Iterator[Record]:
    """Read records with lists of the wanted features' values; the other features are null."""
    parse = _example_class().FromString
    for number, content in enumerate(_records(file, path), start=1):
        try:
            features = parse(content).features.feature
            values: dict[str, Any] = dict.fromkeys(features)
            values.update((name, _values(features[name])) for name in wanted & values.keys())
        except (DecodeError, ValueError) as error:
            _add_bad(error, number, path, bad_rows)
            continue
        yield Record(number, values, len(content))


def _add_bad(error: Exception, number: int, path: Path, bad_rows: BadRows) -> None:
    reason = "the record is not a tf.Example with one value a feature"
    bad_rows.add(f"{reason} ({error})", where=f"{path}, record {number}", reason=reason)


def encoder() -> Callable[[Mapping[str, Value]], bytes]:
    """Return a function that makes a TFRecord, checksums included, of a row's values.

    Strings become byte strings, whole numbers and true and false int64, other numbers float32,
    null a feature without a value.
    """
    new_example = _example_class()

    def encode(row: Mapping[str, Value]) -> bytes:
        example = new_example()
        features = example.features.feature
        for name, value in row.items():
            feature = features[name]
            if isinstance(value, str):
                feature.bytes_list.value.append(value.encode())
            elif isinstance(value, int):  # true and false, too, which protobuf warns of
                feature.int64_list.value.append(int(value))
            elif isinstance(value, float):
                feature.float_list.value.append(value)
            elif value is not None:
                feature.bytes_list.value.extend(item.encode() for item in value)
        content = example.SerializeToString(deterministic=True)
        length = struct.pack("<Q", len(content))
        return b"".join(
            (
                length,
                _CHECKSUM.pack(_masked_crc(length)),
                content,
                _CHECKSUM.pack(_masked_crc(content)),
            )
        )

    return encode


def _records(file: BinaryIO, path: Path) -> Iterator[bytes]:
    number = 0
    while header := file.read(_LENGTH.size):
        number += 1
        where = f"{path}, record {number}"
        if len(header) < _LENGTH.size:
            raise InputError("the file ends within a record", where=where)
        length, checksum = _LENGTH.unpack(header)
        if checksum != _masked_crc(header[:8]):
            raise InputError(
                "a record's length has a wrong checksum",
                where=where,
                expected="a TFRecord file; compressed ones are called .tfrecord.gz",
            )
        if length > MOST_BYTES:
            raise InputError(
                f"a record is longer than {SHOWN_LIMIT}: it declares {length:,} bytes",
                where=where,
                expected="a tf.Example of a text and what belongs to it",
                remedy="leave such records out of the file",
            )
        content, tail = file.read(length), file.read(_CHECKSUM.size)
        if len(content) < length or len(tail) < _CHECKSUM.size:
            raise InputError("the file ends within a record", where=where)
        if _CHECKSUM.unpack(tail)[0] != _masked_crc(content):
            raise InputError("a record has a wrong checksum: the file is damaged", where=where)
        yield content


def _masked_crc(content: bytes) -> int:
    crc: int = google_crc32c.value(content)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _values(feature: Any) -> list[Any] | None:
    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else ()
    if not values:
        return None
    return [each.decode() for each in values] if kind == "bytes_list" else list(values)


def _only(name: str, values: list[Any]) -> Any:
    if len(values) > 1:
        raise ValueError(f"the feature {name!r} has {len(values)} values")
    return values[0]


def _example_class() -> Any:
    """Return the message class of `tf.train.Example`, in a pool apart from TensorFlow's own."""
    proto = descriptor_pb2.FileDescriptorProto(
        name="evenhand/example.proto", package="tensorflow", syntax="proto3"
    )
    types = descriptor_pb2.FieldDescriptorProto
    for name, kind in (
        ("BytesList", types.TYPE_BYTES),
        ("FloatList", types.TYPE_FLOAT),
        ("Int64List", types.TYPE_INT64),
    ):
        proto.message_type.add(name=name).field.add(
            name="value", number=1, type=kind, label=types.LABEL_REPEATED
        )
    feature = proto.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, name in enumerate(("bytes_list", "float_list", "int64_list"), start=1):
        feature.field.add(
            name=name,
            number=number,
            type=types.TYPE_MESSAGE,
            type_name=f".tensorflow.{name.title().replace('_', '')}",
            label=types.LABEL_OPTIONAL,
            oneof_index=0,
        )
    features = proto.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=types.TYPE_STRING, label=types.LABEL_OPTIONAL)
    entry.field.add(
        name="value",
        number=2,
        type=types.TYPE_MESSAGE,
        type_name=".tensorflow.Feature",
        label=types.LABEL_OPTIONAL,
    )
    features.field.add(
        name="feature",
        number=1,
        type=types.TYPE_MESSAGE,
        type_name=".tensorflow.Features.FeatureEntry",
        label=types.LABEL_REPEATED,
    )
    example = proto.message_type.add(name="Example")
    example.field.add(
        name="features",
        number=1,
        type=types.TYPE_MESSAGE,
        type_name=".tensorflow.Features",
        label=types.LABEL_OPTIONAL,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))
