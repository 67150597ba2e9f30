"""LEACE: the smallest change to vectors after which no linear model finds a concept in them.

Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff and Biderman, *LEACE: Perfect linear concept
erasure in closed form*, NeurIPS 2023, arXiv 2306.03819. With the vectors X, the concept Z as
numbers, their covariances S_XX and S_XZ, a whitening W = S_XX^(-1/2) and the orthogonal projection
P onto the columns of W S_XZ (Theorem 4.3):

    r(x) = x - W^+ P W (x - mean)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_RANK = 1e-6  # share of the largest singular value, or eigenvalue, that still counts as above 0

Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Eraser:
    """Erases a concept from vectors: r(x) = x - (x - mean) @ projection.

    Attributes:
        mean: Mean of the vectors that it was fitted on, shape (d,).
        projection: What is taken away, shape (d, d); its rank is at most that of the concept.
    """

    mean: Vectors
    projection: Vectors

    @classmethod
    def fitted(cls, vectors: npt.NDArray[Any], concept: npt.NDArray[Any]) -> Eraser:
        """Return what erases a concept from vectors.

        On the vectors given, the covariance of what it returns and the concept is 0, so that no
        linear classifier does better than a constant (Theorem 3.1); and of all affine maps for
        which that holds, this one changes the vectors least, in the mean square (Theorem 4.3).

        Args:
            vectors: Shape (n, d).
            concept: Shape (n,) or (n, k): 1 where the concept holds, else 0, or any numbers.
        """
        x = np.asarray(vectors, np.float64)
        z = np.asarray(concept, np.float64).reshape(len(x), -1)
        mean = x.mean(axis=0)
        centred = x - mean
        covariance = centred.T @ centred / len(x)
        with_concept = centred.T @ (z - z.mean(axis=0)) / len(x)
        values, directions = np.linalg.eigh(covariance)
        kept = values > _RANK * max(values[-1], 0.0)
        values, directions = values[kept], directions[:, kept]
        whiten = directions / np.sqrt(values) @ directions.T
        unwhiten = directions * np.sqrt(values) @ directions.T
        left, singular, _ = np.linalg.svd(whiten @ with_concept, full_matrices=False)
        basis = left[:, singular > _RANK * max(singular.max(initial=0.0), np.finfo(float).tiny)]
        # Applied to rows, so transposed.
        return cls(mean, (unwhiten @ basis @ basis.T @ whiten).T)

    def __call__(self, vectors: npt.NDArray[Any]) -> Vectors:
        """Return vectors, shape (n, d), without the concept."""
        x = np.asarray(vectors, np.float64)
        return x - (x - self.mean) @ self.projection
