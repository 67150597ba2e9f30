"""What a model decides, and whether a pair flips: both are defined only here.

A score above the threshold is decided positive, a score at or below it negative. With several
classes, the most probable class is decided for; of equally probable ones, the first. A pair flips
if the decisions on its two texts differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import numpy.typing as npt

    from evenhand.data.support.arrays import Flags, Floats

DEFAULT_THRESHOLD = 0.5


@overload
def decisions(outputs: float, threshold: float = ...) -> bool: ...
@overload
def decisions(outputs: float, threshold: Floats) -> Flags: ...
@overload
def decisions(outputs: npt.NDArray[Any], threshold: float = ...) -> npt.NDArray[Any]: ...
def decisions(outputs: Any, threshold: Any = DEFAULT_THRESHOLD) -> Any:
    """Return what is decided: whether a score is positive, or which class is the most probable.

    Args:
        outputs: A score; scores, shape (n,); or probabilities of classes, shape (n, classes).
        threshold: The decision threshold, or several for a single score; not used for classes.

    Returns:
        Bools for scores, in the shape of the scores or the thresholds; for classes their numbers,
        shape (n,).
    """
    if getattr(outputs, "ndim", 0) == 2:
        return outputs.argmax(axis=1)
    return outputs > threshold


@overload
def flips(original: float, counterfactual: float, threshold: float = ...) -> bool: ...
@overload
def flips(
    original: npt.NDArray[Any] | float,
    counterfactual: npt.NDArray[Any],
    threshold: float = ...,
) -> Flags: ...
def flips(original: Any, counterfactual: Any, threshold: Any = DEFAULT_THRESHOLD) -> Any:
    """Return whether the decisions on the two texts of a pair differ, or of pairs, shape (n,).

    Args:
        original: A model's outputs for the originals, as `decisions` takes them.
        counterfactual: Its outputs for the counterfactuals.
        threshold: The decision threshold.
    """
    return decisions(original, threshold) != decisions(counterfactual, threshold)
