"""What is loaded around TensorFlow."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evenhand.remediation.runtime.imports import importing

LLVM = "triton._C.libtriton"


@pytest.mark.parametrize(
    ("tensorflow_is_there", "code", "is_loaded"),
    [(False, "", True), (True, "", False), (False, "raise RuntimeError('no driver')", False)],
)
def test_triton_is_loaded_before_tensorflow_or_not_at_all(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tensorflow_is_there: bool,
    code: str,
    is_loaded: bool,
) -> None:
    """Its LLVM aborts a process that has TensorFlow's."""
    (tmp_path / "triton" / "_C").mkdir(parents=True)
    for place in ("__init__.py", "_C/__init__.py"):
        (tmp_path / "triton" / place).touch()
    (tmp_path / "triton" / "_C" / "libtriton.py").write_text(code)
    for name in [each for each in sys.modules if each.partition(".")[0] == "triton"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    if tensorflow_is_there:
        monkeypatch.setitem(sys.modules, "tensorflow", sys)
    else:
        monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    try:
        with importing():
            assert (LLVM in sys.modules) == is_loaded
    finally:
        for name in [each for each in sys.modules if each.partition(".")[0] == "triton"]:
            del sys.modules[name]
