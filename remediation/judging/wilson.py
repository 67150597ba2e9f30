"""Wilson's interval of a rate, at the level of every interval in reports and comparisons."""

from __future__ import annotations

from typing import Final

import numpy as np

from evenhand.data.support.arrays import Floats

LEVEL: Final = 0.95
QUANTILE: Final = 1.959963984540054  # of the standard normal distribution at (1 + LEVEL) / 2


def wilson_uppers(rate: Floats, size: Floats, quantile: float = QUANTILE) -> Floats:
    """Return the upper ends of Wilson's score intervals (Wilson 1927) of rates.

    Args:
        rate: Rates in [0, 1], shape (n,).
        size: The number of rows of each, above 0, not necessarily whole; shape (n,).
        quantile: Of the standard normal distribution, for an interval of another level.
    """
    share = quantile**2 / size
    reach = np.sqrt(np.maximum(share * rate * (1 - rate), 0) + share**2 / 4)
    return np.asarray((rate + share / 2 + reach) / (1 + share))
