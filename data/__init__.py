"""Counterfactual data: lexicons of identity terms, pairs made from text, and the folder they fill.

The names below load on first use, so that importing `evenhand.data.errors` alone costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.data.dataset import CounterfactualDataset
    from evenhand.data.errors import (
        ConfigurationError,
        EvenhandError,
        InputError,
        UnavailableError,
    )
    from evenhand.data.manifest import Manifest
    from evenhand.data.progress import Progress, ignore_progress

_MODULES = {
    "ConfigurationError": "errors",
    "CounterfactualDataset": "dataset",
    "EvenhandError": "errors",
    "InputError": "errors",
    "Manifest": "manifest",
    "Progress": "progress",
    "UnavailableError": "errors",
    "ignore_progress": "progress",
}

__all__ = [
    "ConfigurationError",
    "CounterfactualDataset",
    "EvenhandError",
    "InputError",
    "Manifest",
    "Progress",
    "UnavailableError",
    "ignore_progress",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
