"""Counterfactual data: lexicons of identity terms, pairs made from text, and the folder they fill.

The names below load on first use, so that importing `evenhand.data.errors` alone costs nothing.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
