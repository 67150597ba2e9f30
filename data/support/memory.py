"""Tell that memory ran out, however a library says so."""

from __future__ import annotations

import errno

from evenhand.data.errors import UnavailableError

# TensorFlow's error and XLA's, which cannot be named without loading them
_NAMES = ("ResourceExhaustedError", "OutOfMemoryError")
_WORDS = ("std::bad_alloc", "RESOURCE_EXHAUSTED", "OOM when allocating")


class OutOfMemoryError(UnavailableError):
    """Batches of a model do not fit into memory, the machine's or a GPU's: exit code 4.

    Args:
        where: The work, and the size of its batches.
    """

    def __init__(self, where: str) -> None:
        super().__init__("memory ran out", where=where, remedy="give a smaller `batch_size`")


def tells_of_no_memory(error: BaseException) -> bool:
    """Tell whether an error, or one that it was raised from, says that memory ran out.

    NumPy's and Arrow's own errors are a `MemoryError` each.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or getattr(cause, "errno", None) == errno.ENOMEM:
            return True
        if any(kind.__name__ in _NAMES for kind in type(cause).__mro__):
            return True
        if isinstance(cause, RuntimeError) and any(word in str(cause) for word in _WORDS):
            return True
        cause = cause.__cause__
    return False
