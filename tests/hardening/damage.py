"""Hypothesis strategies that damage valid files: bytes at random, and documents by structure."""

from __future__ import annotations

import copy
import datetime
import json
import math
from typing import Any

from hypothesis import strategies as st

HOSTILE_TEXTS = (
    "",
    "\x00",
    "a\nb\nc\nd\ne\nf",
    "\x1b[31mred\x1b]0;title\x07",
    "\ud800",
    "\u202ereversed",
    "\ufeff",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "=1+1",
    "1" * 5_000,
    "x" * 100_000,
    "NaN",
)
_TOKENS = (
    *(text.encode("utf-8", "surrogatepass") for text in HOSTILE_TEXTS),
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b"'" * 3,
    b"{" * 2_000,
    b"[" * 20_000,
    b"[[a]]\n",
    b"a=" + b"[" * 2_000,
    b".a" * 2_000,
    b"1e999",
    b"-0",
    b"0x" + b"f" * 5_000,
    b"9999-99-99",
    b"\\ud800",
    b"\r",
    b"\n",
    b",",
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**31, 2**63, 2**64, -(2**63) - 1, 10**400])
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(HOSTILE_TEXTS)
)
documents = st.recursive(
    scalars,
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=8), parts, max_size=4)
    ),
    max_leaves=8,
)


def places_in(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value in a document."""
    found = [path]
    parts: Any = ()
    if isinstance(document, dict):
        parts = document.items()
    elif isinstance(document, list):
        parts = enumerate(document)
    for key, value in parts:
        found += places_in(value, (*path, key))
    return found


@st.composite
def damaged_documents(draw: st.DrawFn, valid: Any) -> Any:
    """Draw a valid document with up to four of its values replaced, removed, doubled or renamed."""
    document = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, 4))):
        places = [place for place in places_in(document) if place]
        if not places:
            break
        *path, key = draw(st.sampled_from(places))
        parent = document
        for part in path:
            parent = parent[part]
        match draw(st.sampled_from(["replace", "remove", "double", "rename", "nest"])):
            case "replace":
                parent[key] = draw(documents)
            case "remove":
                del parent[key]
            case "double" if isinstance(parent, list):
                parent.insert(key, copy.deepcopy(parent[key]))
            case "rename" if isinstance(parent, dict):
                parent[draw(st.text(max_size=8) | st.sampled_from(HOSTILE_TEXTS))] = parent.pop(key)
            case "nest":
                parent[key] = [parent[key]]
    return document


@st.composite
def damaged_bytes(draw: st.DrawFn, valid: bytes) -> bytes:
    """Draw a valid file's bytes with up to four pieces replaced, repeated or cut away."""
    content = valid
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 40)))
        piece = draw(
            st.binary(max_size=8)
            | st.sampled_from(_TOKENS)
            | st.just(content[start:end] * 3)
            | st.just(b"")
        )
        content = content[:start] + piece + content[end:]
    return content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content


def json_bytes(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")


def toml_bytes(document: Any) -> bytes:
    """Write a document as TOML, as far as TOML has such values."""
    if not isinstance(document, dict):
        return _toml_value(document).encode("utf-8", "surrogatepass")
    lines = [f"{_toml_string(key)} = {_toml_value(value)}\n" for key, value in document.items()]
    return "".join(lines).encode("utf-8", "surrogatepass")


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        items = (f"{_toml_string(key)} = {_toml_value(part)}" for key, part in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, int | datetime.date):
        return str(value)
    return _toml_string("null" if value is None else value)


def _toml_string(text: str) -> str:
    return json.dumps(text).replace("\x7f", "\\u007f")
