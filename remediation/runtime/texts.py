"""Texts as TensorFlow takes them: UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.object_]  # UTF-8 bytes objects, shape (n,)


def encode_texts(texts: Iterable[str | bytes]) -> Texts:
    """Return texts, given as str or as UTF-8, as an array of UTF-8 bytes objects, shape (n,).

    A lone surrogate, which UTF-8 cannot hold, becomes a question mark. The dtype is object because
    NumPy's own bytes dtype drops NUL characters from the end of a text.
    """
    encoded = [
        text if isinstance(text, bytes) else text.encode("utf-8", errors="replace")
        for text in texts
    ]
    array = np.empty(len(encoded), dtype=object)
    array[:] = encoded
    return array
