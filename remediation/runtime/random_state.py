"""The random numbers of Python and NumPy, which everything in a process shares."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def random_state_kept() -> Iterator[None]:
    """Restore the state of Python's and NumPy's random numbers after the block.

    Also a decorator. TensorFlow's own random numbers have no state that can be restored.
    """
    state, numpy_state = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)
