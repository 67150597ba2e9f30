"""Architectures made to do harm: one for each place of a model file that can name something.

They reach for what `Sandbox` puts beside them: a file to read, a file to destroy, a module that
leaves a mark when it is imported, and Python code that leaves one when it runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import marshal
import os
import select
import shutil
import struct
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

# Texts that stand for paths in a sandbox until a file is written.
SECRET, VICTIM, COPY, ELSEWHERE = "@SECRET@", "@VICTIM@", "@COPY@", "@ELSEWHERE@"
MARK = "EVENHAND_HOSTILE_MARK"  # where code that runs leaves its mark
MODULE = "evenhand_hostile_module"

_OPENED, _MODIFIED, _CREATED, _DELETED, _MOVED = 0x20, 0x2, 0x100, 0x200, 0xC0


def leave_a_mark(inputs: Any) -> Any:
    """Leave a mark, as code that runs from a file would; it knows no module's names."""
    import os
    import pathlib

    pathlib.Path(os.environ["EVENHAND_HOSTILE_MARK"]).touch()
    return inputs


def code() -> str:
    """Return Python code as Keras keeps a Lambda's in a file."""
    return b64encode(marshal.dumps(leave_a_mark.__code__)).decode()


class Sandbox:
    """A folder whose files no model has to do with.

    Attributes:
        folder: The folder; models lie in `models`, everything else is watched.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models = folder / "models"
        self.watched = folder / "watched"
        for each in (self.models, self.watched):
            each.mkdir()
        (self.watched / "secret.txt").write_text("she\nhe\n")
        (self.watched / "victim.txt").write_text("keep me\n")
        (self.watched / f"{MODULE}.py").write_text("import os, pathlib\n"
            f"pathlib.Path(os.environ[{MARK!r}]).touch()\n"
        )  # fmt: skip
        self.mark = self.watched / "mark"
        self._before = self._contents()

    def fill(self, document: Any) -> Any:
        """Return a document with this sandbox's paths in it."""
        text = json.dumps(document)
        for name, path in (
            (SECRET, "secret.txt"), (VICTIM, "victim.txt"), (COPY, "copy.txt"),
            (ELSEWHERE, "elsewhere"),
        ):  # fmt: skip
            text = text.replace(name, str(self.watched / path))
        return json.loads(text)

    @contextlib.contextmanager
    def watch(self) -> Iterator[list[str]]:
        """Yield a list that in the end holds what was done to the watched files."""
        done: list[str] = []
        libc = ctypes.CDLL(None, use_errno=True)
        notices = libc.inotify_init1(os.O_NONBLOCK)
        of_interest = _OPENED | _MODIFIED | _CREATED | _DELETED | _MOVED
        assert libc.inotify_add_watch(notices, str(self.watched).encode(), of_interest) >= 0
        os.environ[MARK] = str(self.mark)
        try:
            yield done
            done += _read_notices(notices)
        finally:
            os.close(notices)
            del os.environ[MARK]
        done += [] if self._contents() == self._before else ["the files are not as they were"]

    def restore(self) -> None:
        """Put the files back that were done harm to."""
        shutil.rmtree(self.watched)
        self.watched.mkdir()
        for name, content in self._before.items():
            (self.watched / name).write_bytes(content)

    def _contents(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.watched)): path.read_bytes() if path.is_file() else b""
            for path in sorted(self.watched.rglob("*"))
        }


def _read_notices(notices: int) -> list[str]:
    found: set[str] = set()
    while select.select([notices], [], [], 0)[0]:
        content = os.read(notices, 65_536)
        while content:
            _, mask, _, length = struct.unpack_from("iIII", content)
            name = content[16 : 16 + length].rstrip(b"\0").decode()
            if name and name != "__pycache__":
                found.add(f"{name}: {mask:#x}")
            content = content[16 + length :]
    return sorted(found)


# --- pieces of architectures

CALLING_LAYERS = (
    "TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceProperty", "InstanceMethod",
)  # fmt: skip


def layer(class_name: str, config: dict[str, Any], *inbound: Any, **keys: Any) -> dict[str, Any]:
    """Return a layer of a functional model, called on what `inbound` gives."""
    name = config.setdefault("name", f"layer_{class_name.lower()}")
    nodes: list[Any] = [list(inbound)] if inbound else []
    if class_name in CALLING_LAYERS:  # which take one argument as it is, not a list of one
        nodes = list(inbound)
    return {
        "class_name": class_name,
        "name": name,
        "config": config,
        "inbound_nodes": nodes,
        **keys,
    }


def model(*layers: dict[str, Any], output: str | None = None) -> dict[str, Any]:
    """Return a functional model of Keras 2 that takes a text, and ends with the last layer."""
    text = layer(
        "InputLayer", {"batch_input_shape": [None], "dtype": "string", "name": "text"}
    )  # fmt: skip
    parts = [text, *layers]
    config = {
        "name": "model",
        "layers": parts,
        "input_layers": [["text", 0, 0]],
        "output_layers": [[output or parts[-1]["name"], 0, 0]],
    }
    return named("Functional", "keras.src.engine.functional", config)


def calling(function: str, *arguments: Any, layer_class: str = "TFOpLambda") -> dict[str, Any]:
    """Return a model in which TensorFlow's function is called with constants."""
    first, *others = arguments or ("x",)
    kwargs = {f"_{number}": other for number, other in enumerate(others)}
    if function in ARGUMENTS:
        kwargs = dict(zip(ARGUMENTS[function], others, strict=False))
    return model(
        layer(layer_class, {"function": function}, ["_CONSTANT_VALUE", -1, first, kwargs]),
        output="text",
    )


# The names of the arguments after the first, of functions that need such.
ARGUMENTS = {
    "io.gfile.copy": ("dst", "overwrite"),
    "io.gfile.rename": ("dst", "overwrite"),
    "io.write_file": ("contents",),
    "io.write_graph": ("logdir", "name"),
    "keras.utils.get_file": ("origin",),
    "print": ("output_stream",),
    "debugging.experimental.enable_dump_debug_info": ("tensor_debug_mode",),
}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    """Return a sequential model of either Keras, of these layers as they stand in its file."""
    return named("Sequential", "keras", {"name": "model", "layers": list(layers)})


def lambda_layer() -> dict[str, Any]:
    return {
        "class_name": "Lambda",
        "config": {
            "name": "code",
            "batch_input_shape": [None, 1],
            "function": [code(), None, None],
            "function_type": "lambda",
            "module": "os",
            "output_shape": None,
            "output_shape_type": "raw",
            "output_shape_module": None,
            "arguments": {},
        },
    }


def named(class_name: Any, module: Any, config: Any, registered: Any = None) -> dict[str, Any]:
    """Return an object as both Keras's newer formats write it."""
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered,
    }


def dense(**config: Any) -> dict[str, Any]:
    return {
        "class_name": "Dense",
        "module": "keras.layers",
        "registered_name": None,
        "config": {"name": "dense", "units": 1, "batch_input_shape": [None, 3], **config},
    }


# --- files


def write_h5(
    path: Path, architecture: Any, training: Any = None, *, version: str = "2.15.0"
) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(architecture)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = []
        weights.attrs["backend"] = "tensorflow"
        weights.attrs["keras_version"] = version
    return path


def write_keras(
    path: Path, architecture: Any, *, version: str = "3.15.1", weights: bytes | None = None
) -> Path:
    if weights is None:
        empty = io.BytesIO()
        h5py.File(empty, "w").close()
        weights = empty.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
        archive.writestr("config.json", json.dumps(architecture))
        archive.writestr("model.weights.h5", weights)
    return path


def write_model(
    folder: Path, suffix: str, version: str, architecture: Any, compiled: Any = None
) -> Path:
    """Write a file of that suffix, which says how it is compiled where its kind says that."""
    path = folder / f"model{suffix}"
    if suffix == ".h5":
        return write_h5(path, architecture, compiled, version=version)
    if compiled is not None:
        architecture = dict(architecture, compile_config=compiled)
    return write_keras(path, architecture, version=version)
