"""MODEL references: what a reference means and what a model file says about itself.

Everything here works without TensorFlow, because the answer decides how TensorFlow is started.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError

ACCEPTED = "a .keras file written by Keras 3, or package.module:attribute"

_ATTRIBUTE = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")
_METADATA = "metadata.json"
_CONFIG = "config.json"


def is_attribute(reference: str) -> bool:
    """Return whether a MODEL reference is ``package.module:attribute``."""
    return _ATTRIBUTE.fullmatch(reference) is not None and not Path(reference).exists()


def check_keras_file(path: Path) -> None:
    """Check that `path` is a `.keras` file that Keras 3 wrote and that is safe to load.

    Raises:
        InputError: There is no such file, it is no complete `.keras` file, it was written by Keras
            2, or it holds a Lambda layer, whose Python code would run on loading.
    """
    if not path.exists():
        raise InputError("there is no such model", where=str(path), expected=ACCEPTED)
    if path.is_dir() or path.suffix.lower() != ".keras":
        raise InputError("this kind of model is not supported", where=str(path), expected=ACCEPTED)
    metadata, config = _read_documents(path)
    written_by = str(metadata.get("keras_version", ""))
    if written_by.startswith("2."):
        raise InputError(
            f"the model was written by Keras {written_by}",
            where=str(path),
            expected="a .keras file written by Keras 3",
            remedy="load it with Keras 3 and save it again: "
            "keras.saving.load_model(path).save(new_path)",
        )
    if any(item.get("class_name") == "Lambda" for item in _objects_in(config)):
        raise InputError(
            "the model holds a Lambda layer, which would run its own Python code on loading",
            where=str(path),
            expected="a model without Lambda layers",
            remedy="replace the Lambda by a registered layer, and save the model again",
        )


def _read_documents(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            if damaged is not None:
                raise zipfile.BadZipFile(f"bad checksum in {damaged}")
            metadata, config = (json.loads(archive.read(name)) for name in (_METADATA, _CONFIG))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise InputError(
            f"the model cannot be read ({error})",
            where=str(path),
            expected="a .keras file as Model.save writes it",
            remedy="check that the file is complete",
        ) from error
    if not isinstance(metadata, dict) or not isinstance(config, dict):
        raise InputError(
            f"the model cannot be read ({_METADATA} or {_CONFIG} holds no object)",
            where=str(path),
            expected="a .keras file as Model.save writes it",
        )
    return metadata, config


def _objects_in(document: Any) -> Iterator[dict[str, Any]]:
    waiting = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
