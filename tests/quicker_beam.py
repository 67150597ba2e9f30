"""Spares Beam what it does thousands of times in each of the hundreds of small reports of tests."""

from __future__ import annotations

import bz2
import functools
import types
from typing import Any


@functools.cache
def make_beam_quicker() -> None:
    """Keep the signatures of methods, and compress but little what is packed, in this process.

    A small report then takes a third less. In the commands that tests start, Beam is as for users.
    """
    from apache_beam.internal import cloudpickle_pickler
    from apache_beam.transforms import core

    look_at = core.get_function_args_defaults
    of_methods: dict[Any, tuple[list[str], list[Any]]] = {}

    def get_function_args_defaults(function: Any) -> tuple[list[str], list[Any]]:
        if not isinstance(function, types.MethodType):
            return look_at(function)
        if function.__func__ not in of_methods:
            of_methods[function.__func__] = look_at(function)
        names, defaults = of_methods[function.__func__]
        return list(names), list(defaults)

    def compress(packed: bytes, compresslevel: int) -> bytes:
        return bz2.compress(packed, compresslevel=1)

    core.get_function_args_defaults = get_function_args_defaults
    cloudpickle_pickler.bz2 = types.SimpleNamespace(compress=compress, decompress=bz2.decompress)
