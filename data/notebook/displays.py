"""Which function shows objects of a class in notebooks, where the class cannot know it itself.

A class in one of the first rooms of a package cannot import what puts it into words, which stands
in a later one. The package names that function, as it names what is public.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FUNCTIONS: dict[str, str] = {}


def display_by(class_name: str, function: str) -> None:
    """Have a class shown by a function.

    Args:
        class_name: The class.
        function: ``module:function``, imported on first use; it gets the object and returns HTML.
    """
    _FUNCTIONS[class_name] = function


def html_of(thing: Any) -> str:
    """Return an object as HTML, by the function that its class was given."""
    module, _, function = _FUNCTIONS[type(thing).__name__].partition(":")
    shown: str = getattr(import_module(module), function)(thing)
    return shown
