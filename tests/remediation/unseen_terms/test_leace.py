"""LEACE does what its paper proves: arXiv 2306.03819."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.remediation.unseen_terms.leace import Eraser


def _sample(seed: int, concepts: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Vectors with correlated and unequal directions, in which a concept or two can be read."""
    rng = np.random.default_rng(seed)
    concept = (rng.random((400, concepts)) < 0.3).astype(float)
    mixing = rng.normal(size=(8, 8)) * np.geomspace(0.1, 3, 8)
    signal = concept @ rng.normal(size=(concepts, 8))
    return (rng.normal(size=(400, 8)) + signal) @ mixing + 5, concept


def _covariance(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    return (x - x.mean(axis=0)).T @ (z - z.mean(axis=0)) / len(x)


@pytest.mark.parametrize("concepts", [1, 3])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_nothing_linear_is_left_of_the_concept(seed: int, concepts: int) -> None:
    x, z = _sample(seed, concepts)
    eraser = Eraser.fitted(x, z)
    erased = eraser(x)
    assert np.abs(_covariance(x, z)).max() > 0.05
    np.testing.assert_allclose(_covariance(erased, z), 0, atol=1e-10)
    assert np.linalg.matrix_rank(eraser.projection, tol=1e-8) == concepts
    design = np.column_stack([erased, np.ones(len(erased))])
    probe = np.linalg.lstsq(design, z, rcond=None)[0]
    constant = np.broadcast_to(z.mean(axis=0), z.shape)  # what one says who knows nothing
    np.testing.assert_allclose(design @ probe, constant, atol=1e-8)
    np.testing.assert_allclose(eraser(erased), erased, atol=1e-8)
    np.testing.assert_allclose(erased.mean(axis=0), x.mean(axis=0), atol=1e-10)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_other_map_that_erases_changes_less(seed: int) -> None:
    x, z = _sample(seed)
    direction = _covariance(x, z)[:, 0]
    changed = np.square(Eraser.fitted(x, z)(x) - x).sum(axis=1).mean()
    centred = x - x.mean(axis=0)
    for along in (direction, *np.random.default_rng(seed).normal(size=(20, 8))):
        # x - (along . x) direction / (along . direction) has no covariance with the concept either
        other = np.outer(centred @ along, direction) / (along @ direction)
        np.testing.assert_allclose(_covariance(centred - other, z), 0, atol=1e-8)
        assert changed <= np.square(other).sum(axis=1).mean() + 1e-9


def test_of_whitened_vectors_an_orthogonal_projection_is_taken_away() -> None:
    x, z = _sample(0, 2)
    values, directions = np.linalg.eigh(np.cov(x.T, bias=True))
    white = (x - x.mean(axis=0)) @ directions / np.sqrt(values)
    projection = Eraser.fitted(white, z).projection
    np.testing.assert_allclose(projection, projection.T, atol=1e-8)
    np.testing.assert_allclose(projection @ projection, projection, atol=1e-8)


def test_a_concept_that_nothing_shows_and_fewer_vectors_than_numbers() -> None:
    x, _ = _sample(0)
    constant = Eraser.fitted(x, np.ones(len(x)))
    np.testing.assert_array_equal(constant(x), x)
    few, concept = x[:5], np.array([1, 1, 0, 0, 0])
    np.testing.assert_allclose(_covariance(Eraser.fitted(few, concept)(few), concept[:, None]), 0,
                               atol=1e-8)  # fmt: skip
