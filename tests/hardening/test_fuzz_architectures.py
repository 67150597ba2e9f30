"""No architecture, whatever names are in it, does harm when it is loaded.

Some are put together by a grammar, so that every name meets every place. Others are as Keras saved
them but for a few places, so that what is hostile is reached beside much that can be loaded.
`EVENHAND_FUZZ_EXAMPLES=100000` makes a long run.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from architecture_grammar import files, harmless_model
from changed_architectures import ChangedModel, changed_models, places_in
from hostile_architectures import MODULE, Sandbox, write_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_architectures import real_models

from evenhand.data.errors import InputError
from evenhand.remediation import load_classifier
from evenhand.remediation.safety.architectures import check_safety

EXAMPLES = int(os.environ.get("EVENHAND_FUZZ_EXAMPLES", "30"))

NO_MATTER_HOW_SLOW = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.function_scoped_fixture],
)  # fmt: skip


@contextlib.contextmanager
def processes_forbidden() -> Iterator[list[str]]:
    """Note every process that is started: a command is harm, whatever it does."""
    started: list[str] = []
    _listeners.append(started)
    try:
        yield started
    finally:
        _listeners.remove(started)


_listeners: list[list[str]] = []
_HARM = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect"}


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _listeners and event in _HARM:
        _listeners[-1].append(f"{event}: {arguments}"[:200])


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    # What libraries do on their first import is no file's harm: numpy.testing runs lscpu.
    for kind, version in ((".h5", "2.15.0"), (".keras", "3.15.1")):
        load_in(sandbox, (kind, version, harmless_model(), None))
    real_models()  # draws random weights, which no example may
    sys.addaudithook(_listen)  # stays, and listens only while a file is loaded
    sys.path.insert(0, str(sandbox.watched))
    yield sandbox
    sys.path.remove(str(sandbox.watched))


def load_in(sandbox: Sandbox, file: tuple[str, str, Any, Any]) -> tuple[bool, list[str]]:
    """Write and load a file of the grammar."""
    kind, version, architecture, compiled = file
    filled = sandbox.fill(architecture), sandbox.fill(compiled)
    return load_watched(sandbox, write_model(sandbox.models, kind, version, *filled))


def load_watched(sandbox: Sandbox, path: Path) -> tuple[bool, list[str]]:
    """Load a file; return whether a classifier came of it, and what harm was done."""
    loaded = False
    with sandbox.watch() as done, processes_forbidden() as started, contextlib.suppress(InputError):
        load_classifier(path)
        loaded = True
    sys.modules.pop(MODULE, None)
    return loaded, done + started


@settings(NO_MATTER_HOW_SLOW, max_examples=20 * EXAMPLES)
@given(files)
def test_no_architecture_does_harm(sandbox: Sandbox, file: tuple[str, str, Any, Any]) -> None:
    _, harm = load_in(sandbox, file)
    assert harm == []


def test_harmless_architectures_are_loaded(sandbox: Sandbox) -> None:
    loaded, harm = load_in(sandbox, (".h5", "2.15.0", harmless_model(), None))
    assert loaded and harm == []


@settings(NO_MATTER_HOW_SLOW, max_examples=4 * EXAMPLES)
@given(st.deferred(changed_models))
def test_no_change_to_a_real_model_does_harm(sandbox: Sandbox, changed: ChangedModel) -> None:
    path = changed.model.write(sandbox.models, sandbox.fill(changed.document))
    _, harm = load_watched(sandbox, path)
    assert harm == []


def test_the_models_that_are_changed_are_loaded(sandbox: Sandbox) -> None:
    for model in real_models():
        loaded, harm = load_watched(sandbox, model.write(sandbox.models, model.document))
        assert loaded and harm == [], model.name


@pytest.mark.parametrize("wrong", [None, 1, "", [], [[1]], {}, {"class_name": {}}])
def test_a_value_of_a_wrong_kind_is_no_defect(wrong: Any) -> None:
    for model in real_models():
        for parent, key in places_in(model.document):
            right, parent[key] = parent[key], wrong
            with contextlib.suppress(InputError):
                check_safety(Path(model.name), model.document)
            parent[key] = right
