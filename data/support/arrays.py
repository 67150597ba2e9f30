"""What the arrays of the library hold, for type annotations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
"""Row numbers."""
Flags = npt.NDArray[np.bool_]
