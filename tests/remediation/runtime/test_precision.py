"""What precision is chosen for which devices; GPUs are told by their compute capability."""

from __future__ import annotations

import pytest

from evenhand.remediation.runtime.precision import fastest_precision, settled_precision


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ([], "float32"),
        ([(6, 1)], "float32"),
        ([(7, 0)], "mixed_float16"),
        ([(7, 5), (9, 0)], "mixed_float16"),
        ([(8, 0), (8, 6)], "mixed_bfloat16"),
        ([(10, 0)], "mixed_bfloat16"),
        ([(9, 0), (0, 0)], "float32"),
    ],
)
def test_the_oldest_gpu_decides(capabilities: list[tuple[int, int]], precision: str) -> None:
    assert fastest_precision(capabilities) == precision


def test_a_wish_is_kept_and_a_cpu_computes_in_float32() -> None:
    assert settled_precision("mixed_float16", "cpu", workers=2) == "mixed_float16"
    assert settled_precision("auto", "cpu") == "float32"
    assert settled_precision("auto", "gpu", workers=2) == "float32"
