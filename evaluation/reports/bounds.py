"""What may be compared of a metric in a report: its value, or an end of its interval."""

from __future__ import annotations

from typing import Literal

Bound = Literal["value", "lower", "upper"]
