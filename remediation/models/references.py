"""MODEL references: what a reference means, and which kind of model it names.

Everything here works without TensorFlow, because the answer decides how TensorFlow is started.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.storage.files import is_there
from evenhand.data.support.suggest import did_you_mean
from evenhand.data.urls import shown_url
from evenhand.remediation.model_files.inspection import GRAPH, ModelFile
from evenhand.remediation.models.kinds import ACCEPTED, CODE, FOLDER, KINDS, MODEL_KINDS, ModelKind
from evenhand.remediation.runtime.tensorflow import LEGACY_SWITCH, KerasGeneration

_ATTRIBUTE = re.compile(r"(?:[^\W\d][\w.]*|.+\.py):[^\W\d][\w.]*", re.DOTALL | re.IGNORECASE)
_URL = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):/")


def is_attribute(reference: str) -> bool:
    """Return whether a MODEL is ``package.module:attribute`` or ``path/file.py:attribute``."""
    return (
        _ATTRIBUTE.fullmatch(reference) is not None
        and not is_url(reference)
        and not is_there(Path(reference))
    )


def is_url(reference: str) -> bool:
    """Return whether a MODEL reference is a URL."""
    return _URL.match(reference) is not None


def file_of(reference: str | Path) -> Path | None:
    """Return the file or folder that a MODEL reference names, None if it is code or a URL."""
    text = str(reference)
    return None if is_url(text) or is_attribute(text) else Path(reference)


def name_of(reference: str | Path) -> str:
    """Return what to call a MODEL in records: a URL without its secrets, a file by its name."""
    text = str(reference)
    return shown_url(text) if is_url(text) else Path(text).name


def kind_of(reference: str | Path) -> ModelKind:
    """Return the kind of model that a MODEL reference names, built-in or added.

    Raises:
        InputError: There is no such file, or no such kind.
        ConfigurationError: The package that adds the kind cannot be used.
    """
    path = file_of(reference)
    if path is not None and not is_there(path):
        raise InputError("there is no such model", where=str(path), expected=_accepted())
    mark = _mark_of(reference)
    if mark in MODEL_KINDS.names():
        kind = MODEL_KINDS.load(mark, where=name_of(reference))
        if not isinstance(kind, ModelKind):
            raise ConfigurationError(
                f"the kind of model {mark!r} is a {type(kind).__name__}",
                where=f"an entry point of {MODEL_KINDS.group}",
                expected="evenhand.remediation.ModelKind",
                remedy="mend the package that adds it, or uninstall it",
            )
    elif MODEL_KINDS.is_builtin(mark):
        kind = KINDS[mark]
    else:
        raise _unsupported(reference, mark)
    if path is not None and not _may_be_read(path, mark):
        raise _unsupported(reference, mark)
    return kind


def is_added(reference: str | Path) -> bool:
    """Return whether the kind of a MODEL is one that a package adds."""
    return _mark_of(reference) in MODEL_KINDS.names()


def inspect_model(path: Path) -> ModelFile:
    """Read what a model file says about itself.

    Raises:
        InputError: There is no such file, or it is no complete model of a known kind.
    """
    kind = kind_of(path)
    return ModelFile(path, path.suffix.lower()) if kind.inspect is None else kind.inspect(path)


def keras_to_train(reference: str | Path) -> KerasGeneration:
    """Return the generation of Keras that a MODEL has to be trained with.

    A file says which Keras wrote it. Python code needs TF_USE_LEGACY_KERAS=1 to say Keras 2.

    Raises:
        InputError: The file cannot be read, or the model can only be scored.
    """
    kind, path = kind_of(reference), file_of(reference)
    keras: KerasGeneration | None = 2 if os.environ.get(LEGACY_SWITCH) == "1" else 3
    if path is not None and kind.inspect is not None:
        keras = kind.inspect(path).keras
    if not kind.is_trainable or keras is None:
        raise not_trainable(name_of(reference))
    return keras


def not_trainable(name: str) -> InputError:
    """Return the error for a model of a kind that can only be scored."""
    return InputError(
        "the model can be scored but not trained: it holds no Keras model",
        where=name,
        expected="a .keras or .h5 file, or a SavedModel that Keras 2 saved",
        remedy="`evenhand data export` writes the pairs for a training in another framework",
    )


def _mark_of(reference: str | Path) -> str:
    """Return the key of a reference's kind in `KINDS`, or the name of an added kind."""
    text = str(reference)
    if url := _URL.match(text):
        return url[1].lower()
    if is_attribute(text):
        return CODE
    path = Path(reference)
    is_saved_model = is_there(path) and (path / GRAPH).is_file()
    return FOLDER if is_saved_model else path.suffix.lower()


def _may_be_read(path: Path, mark: str) -> bool:
    if mark == ".keras" and path.suffix != mark:
        return False  # Keras 2 would try to read it as HDF5
    # Reading a pipe would wait for ever
    return path.is_file() or (path.is_dir() and (mark == FOLDER or mark not in KINDS))


def _unsupported(reference: str | Path, mark: str) -> InputError:
    of_urls = is_url(str(reference))
    known = [each for each in (*KINDS, *MODEL_KINDS.names()) if each.startswith(".") != of_urls]
    return InputError(
        f"the URL is not that of a served model (no kind of model has the scheme {mark!r})"
        if of_urls
        else "this kind of model is not supported",
        where=shown_url(str(reference)) if of_urls else str(reference),
        expected=_accepted(),
        remedy=(None if mark in known else did_you_mean(mark, known))
        or (None if of_urls else "name a function of texts, which may use any framework"),
    )


def _accepted() -> str:
    """Return what a MODEL may be, in words."""
    added = [name if name.startswith(".") else f"{name}://" for name in MODEL_KINDS.names()]
    return ACCEPTED + (f"; or what packages add: {', '.join(added)}" if added else "")
