"""A lexicon: the path of its file. An `evenhand.data.Lexicon` that code has made would do, too."""

from __future__ import annotations

from pathlib import Path

RELATIVES = Path(__file__).with_name("relatives.toml")
