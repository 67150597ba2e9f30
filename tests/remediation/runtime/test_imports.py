"""What is loaded around TensorFlow."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from evenhand.remediation.runtime import imports
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


@pytest.mark.parametrize("is_command", [True, False])
@pytest.mark.parametrize("was_on", [True, False], ids=["on", "off"])
def test_only_a_command_holds_back_garbage_collections_and_until_an_import_ends_or_fails(
    monkeypatch: pytest.MonkeyPatch, is_command: bool, was_on: bool
) -> None:
    """A caller's own process collects as the caller wants it."""
    monkeypatch.setattr(imports, "_is_command", is_command)
    if not was_on:
        gc.disable()
    try:
        with pytest.raises(ImportError), importing():
            assert gc.isenabled() == (was_on and not is_command)
            with importing():
                pass
            assert gc.isenabled() == (was_on and not is_command)
            raise ImportError
        assert gc.isenabled() == was_on
    finally:
        gc.enable()


def test_a_command_looks_for_garbage_less_often_until_it_has_imported_tensorflow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, usual = gc.get_threshold(), (700, 10, 10)
    monkeypatch.setattr(imports, "_is_command", False)
    monkeypatch.setattr(imports, "_USUAL_THRESHOLDS", usual)
    try:
        imports.begin_command()
        assert gc.get_threshold()[0] > 10 * usual[0]
        with importing():
            pass
        assert gc.get_threshold() == usual
    finally:
        gc.set_threshold(*before)


def test_what_an_import_leaves_is_not_looked_through_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module_of_lists.py").write_text("lists = [[] for _ in range(1_000)]")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(imports, "_is_command", True)
    frozen = gc.get_freeze_count()
    try:
        with importing():
            pass
        assert gc.get_freeze_count() == frozen
        with importing():
            __import__("module_of_lists")
        assert gc.get_freeze_count() >= frozen + 1_000
    finally:
        gc.unfreeze()
        sys.modules.pop("module_of_lists", None)
