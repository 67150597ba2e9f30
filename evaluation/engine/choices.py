"""What counts in an evaluation."""

from __future__ import annotations

from typing import Literal

Engine = Literal["vectorised", "stock"]
"""evenhand's evaluator, or TFMA's own, which gives the same values slowly."""
