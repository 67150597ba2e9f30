"""Whether loading a Keras model's architecture runs code or touches files besides the model's own.

An architecture is JSON that names classes, functions, TensorFlow's functions by their public name,
and single operations. Keras creates or calls whatever it names. So it may name only what is known
to be harmless, and what the user named. Anything else is refused.
"""

from __future__ import annotations

import builtins
import importlib
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError
from evenhand.remediation.runtime.tensorflow import KerasGeneration
from evenhand.remediation.safety.harmless_functions import (
    CLASS_METHODS,
    METHODS,
    PROPERTIES,
    only_computes,
)
from evenhand.remediation.safety.harmless_keras import CLASSES, FUNCTIONS, STRINGS

# Values in their JSON form. Names within them are checked as objects of their own.
_VALUES = {
    "__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__",
    "__tuple__", "CompositeTensor", "TensorShape",
}  # fmt: skip
_TYPE_SPECS = {"IndexedSlicesSpec", "RaggedTensorSpec", "SparseTensorSpec", "TensorSpec"}
_TYPE_SPEC_MODULE = re.compile(r"tensorflow\.python\.(framework|ops\.ragged)\.\w+")

# Keras imports the modules that a Keras 2 file names. These hold only what Keras saves.
_KERAS_MODULE = re.compile(
    r"(tf_)?keras(\.src)?(\.(activations|applications|constraints|dtype_policies|engine"
    r"|initializers|layers|legacy|losses|metrics|mixed_precision|models|ops|optimizers"
    r"|premade_models|quantizers|random|regularizers|trainers)(\.(?!\w*test)\w+)*)?"
)
_FROM_NOWHERE = {"__main__", "builtins"}  # modules that need no import
_HUBS = {"keras_hub", "keras_nlp", "keras_cv"}  # names of one library

# Arguments of built-in classes that may be a function or class by its name alone.
_TAKES_A_NAME = re.compile(
    r"(\w+_)?(activation|initializer|regularizer|constraint)|fn|standardize|split"
)
_COMPILED = {"compile_config", "training_config"}
_COMPILED_NAMES = ("loss", "metrics", "optimizer", "weighted_metrics")
_FILE_NAMES = {"merges", "proto", "vocabulary", "vocabulary_file"}  # may be a path, which is read
_WRAPPED_FUNCTIONS = {"dropout_state_filter_visitor", "residual_fn"}  # of Keras 2, may hold code

_REPLACE = "replace the code by a registered layer and name its module with `custom_objects`"
_NAME = "name the module that it comes from with `custom_objects`"


@dataclass(frozen=True)
class Known:
    """What a file may name in addition to what is known to be harmless.

    Attributes:
        module: The module that the user named, whose package the file may name, too.
        objects: Names of classes and functions that the user gave or registered.
        built_in: Whether Keras itself has a class or function of this name.
        others_are_unused: Whether Keras does not use names that it does not know, as for a
            SavedModel, which holds the graph of whatever it names.
    """

    module: str | None = None
    objects: Collection[str] = ()
    built_in: Callable[[str], bool] = lambda name: True
    others_are_unused: bool = False


def check_safety(where: Path, config: Any, known: Known | None = None) -> None:
    """Check that loading a model of this architecture runs no code and reads no file but its own.

    Args:
        where: The model's path, for the error.
        config: The architecture, and how it is compiled, as Keras writes it in JSON.
        known: What the file may name in addition; nothing by default.

    Raises:
        InputError: It names something that is not known to be harmless.
    """
    _Check(where, known or Known()).document(config)


def built_in_names(generation: KerasGeneration) -> frozenset[str]:
    """Return the names of classes and functions that this Keras finds without custom objects."""
    package = {2: "tf_keras", 3: "keras"}[generation]
    names: set[str] = set()
    for part in ("activations", "constraints", "initializers", "layers", "losses", "metrics",
                 "models", "optimizers", "optimizers.schedules.learning_rate_schedule",
                 "regularizers"):  # fmt: skip
        names |= set(vars(importlib.import_module(f"{package}.src.{part}")))
    if generation == 2:
        for part in ("layers.serialization", "initializers"):
            module = importlib.import_module(f"tf_keras.src.{part}")
            module.populate_deserializable_objects()
            names |= set(module.LOCAL.ALL_OBJECTS)
    return frozenset(names)


def unsafe(where: Path, what: str, remedy: str = _REPLACE) -> InputError:
    """Return the error for a model that is not loaded because it does more than compute."""
    return InputError(
        f"the model {what}",
        where=str(where),
        expected="a model that is whole in itself and holds no code",
        remedy=f"{remedy}; or, if you trust the file's origin, give `allow_unsafe`",
    )


class _Check:
    def __init__(self, where: Path, known: Known) -> None:
        self._where = where
        self._known = known
        root = _root(known.module)
        self._roots = _HUBS if root in _HUBS else {root} - {None, "", "keras", "tf_keras"}

    def document(self, document: Any) -> None:
        for item in _objects_in(document):
            for key in _FILE_NAMES & item.keys():
                path = _text_of(item[key])
                if path is not None:
                    raise self._unsafe(
                        f"would read its {key} from the file {_shown(path)} on loading",
                        "save the model with its vocabulary in it",
                    )
            for key in _WRAPPED_FUNCTIONS & item.keys():
                if item[key] is not None:
                    raise self._unsafe(f"holds a function in {key!r}, which may run any code")
            for key in _COMPILED & item.keys():
                if isinstance(item[key], dict):
                    self._compiled(item[key])
            if "class_name" in item:
                self._object(item)

    def _object(self, item: dict[str, Any]) -> None:
        name, config = item["class_name"], item.get("config")
        if not isinstance(name, str):
            raise self._unsafe(f"names a class by {_shown(name)}")
        if name in ("Lambda", "__lambda__"):
            raise self._unsafe("holds a Lambda layer, which runs its own Python code on loading")
        if name in _VALUES:
            return
        if name in ("TypeSpec", "__typespec__"):
            self._type_spec(item)
        elif name in _OPERATION_LAYERS:
            self._modules(item)
            if not isinstance(config, dict) or not _OPERATION_LAYERS[name](config):
                raise self._unsafe(
                    f"calls {_shown(config)} of TensorFlow in a layer {name}, and that is none of "
                    "those that only compute"
                )
        else:
            self._modules(item)
            self._named(item, config if name == "function" else name)
            if name in CLASSES and isinstance(config, dict):
                self._names_in(config)

    def _named(self, item: dict[str, Any], name: Any) -> None:
        """Check the name of a class or function, and the name that it is registered under."""
        harmless = FUNCTIONS if item["class_name"] == "function" else CLASSES
        registered = item.get("registered_name")
        if not isinstance(name, str) or not isinstance(registered, str | None):
            raise self._unsafe(f"names a function by {_shown(name)}")
        if name not in harmless and not self._is_own(name, item):
            raise self._unknown(name)
        if registered in (None, "function", name) or registered in harmless:
            return
        if ">" not in registered and not self._is_own(registered, item):
            raise self._unknown(registered)

    def _is_own(self, name: str, item: dict[str, Any]) -> bool:
        """Return whether a name stands for an object that the user gave, or for none at all."""
        if name in self._known.objects or ">" in name:  # only registered names have a ">"
            return True
        own = (
            self._known.others_are_unused
            or item.get("registered_name") in self._known.objects
            or _root(item.get("module")) in self._roots
        )
        return own and not self._known.built_in(name)

    def _modules(self, item: dict[str, Any]) -> None:
        """Check that Keras would import no module but its own and the user's."""
        module = item.get("module")
        resolved = item.get("registered_name", item["class_name"])
        if item["class_name"] == "function":
            resolved = item.get("config")
        if module is None or (isinstance(resolved, str) and resolved in self._known.objects):
            return
        if module == "builtins" and item["class_name"] == "function":
            # Keras also writes "builtins" for functions of no module.
            harmless = not hasattr(builtins, str(item.get("config")))
        else:
            harmless = isinstance(module, str) and (
                module in _FROM_NOWHERE
                or _KERAS_MODULE.fullmatch(module) is not None
                or _root(module) in self._roots
            )
        if not harmless:
            raise self._unsafe(f"would import {_shown(module)} on loading, which may run any code")

    def _type_spec(self, item: dict[str, Any]) -> None:
        spec = str(item.get("type_spec", item.get("spec_name"))).removeprefix("tf.")
        module = item.get("module", "tensorflow.python.framework.tensor")
        if (
            spec not in _TYPE_SPECS
            or item.get("registered_name") is not None
            or _TYPE_SPEC_MODULE.fullmatch(str(module)) is None
        ):
            raise self._unsafe(
                f"names a kind of tensor, {_shown(spec)} of {_shown(module)}, that is not known"
            )

    def _names_in(self, config: dict[str, Any]) -> None:
        for key, value in config.items():
            if _TAKES_A_NAME.fullmatch(key) and isinstance(value, str):
                self._string(value)

    def _compiled(self, config: dict[str, Any]) -> None:
        waiting = [config.get(key) for key in _COMPILED_NAMES]
        while waiting:
            value = waiting.pop()
            if isinstance(value, str):
                self._string(value)
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, dict) and "class_name" not in value:
                waiting.extend(value.values())

    def _string(self, name: str) -> None:
        if name and name not in STRINGS and not self._is_own(name, {}):
            raise self._unknown(name)

    def _unknown(self, name: str) -> InputError:
        return self._unsafe(
            f"names {_shown(name)}, which is not known as a layer or function that only computes",
            _NAME,
        )

    def _unsafe(self, what: str, remedy: str = _REPLACE) -> InputError:
        return unsafe(self._where, what, remedy)


def _is_harmless_operation(config: dict[str, Any]) -> bool:
    """Return whether a TensorFlowOpLayer's operation only computes, if TensorFlow has it."""
    from evenhand.remediation.safety.graphs import is_pure_node

    return is_pure_node(config.get("node_def"))


# Layers of Keras 2 that call what their configuration names, and whether that only computes.
_OPERATION_LAYERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "TFOpLambda": lambda config: only_computes(config.get("function")),
    "SlicingOpLambda": lambda config: only_computes(config.get("function")),
    "ClassMethod": lambda config: (
        f"{config.get('cls_symbol')}.{config.get('method_name')}" in CLASS_METHODS
    ),
    "InstanceProperty": lambda config: str(config.get("attr_name")) in PROPERTIES,
    "InstanceMethod": lambda config: str(config.get("attr_name")) in METHODS,
    "TensorFlowOpLayer": _is_harmless_operation,
}
_CALLED = ("function", "cls_symbol", "method_name", "attr_name", "node_def")


def _objects_in(document: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON document, also in its strings that are JSON themselves."""
    waiting = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        elif isinstance(item, str) and ("class_name" in item or "\\u" in item):  # or escaped
            try:
                waiting.append(json.loads(item))
            except (ValueError, RecursionError):
                continue


def _text_of(value: Any) -> str | None:
    """Return the text that Keras turns a value into, or None."""
    if isinstance(value, dict) and value.get("class_name") == "__bytes__":
        value = value.get("value", value.get("config"))
        value = value.get("value") if isinstance(value, dict) else value
    return value if isinstance(value, str) else None


def _root(module: Any) -> str | None:
    return module.partition(".")[0] if isinstance(module, str) and module else None


def _shown(value: Any) -> str:
    """Return a value of a file, or what an operation layer calls, short enough for an error."""
    if isinstance(value, dict):
        value = " ".join(str(value[key]) for key in _CALLED if key in value)
    return repr(str(value)[:80])
