"""Keras models of either generation: `.keras` and `.h5` files, SavedModels, and Python code."""

from __future__ import annotations

import importlib
import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError
from evenhand.data.support.user_code import (
    import_attribute,
    is_file_of_code,
    working_folder_on_path,
)
from evenhand.remediation.model_files.inspection import KERAS_METADATA, ModelFile
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.code import custom_objects_of
from evenhand.remediation.models.function import as_function, takes_texts
from evenhand.remediation.models.predictor import Heads, Inputs, named_outputs
from evenhand.remediation.outputs.compiled_losses import (
    UnknownLoss,
    loss_of,
    name_of,
    short_named,
    taken_for,
)
from evenhand.remediation.outputs.last_operation import UNKNOWN, computed_by
from evenhand.remediation.outputs.meaning import Evidence
from evenhand.remediation.runtime.tensorflow import (
    KerasGeneration,
    keras_package,
    start_tensorflow,
)
from evenhand.remediation.safety.architectures import Known, built_in_names, check_safety, unsafe
from evenhand.remediation.safety.graphs import check_saved_model, read_saved_model

# What either Keras says where it does not know a class or a function that the file names
_MISSES_CLASS = re.compile(r"Could not locate|Unknown \w+|custom_object", re.IGNORECASE)
_OWN_LAYERS = "evenhand.remediation.layers.string_layers"
# How a file of each format says how the model was compiled
_TRAINING = {"keras": "compile_config", "h5": "training_config"}
_GENERATIONS: dict[str, KerasGeneration] = {"keras": 3, "tf_keras": 2}


class KerasPredictor:
    """A `keras.Model` or `tf_keras.Model` in inference mode."""

    def __init__(self, model: Any) -> None:
        import tensorflow as tf

        self.model = model
        # Preprocessed inputs may have any length, and should not be compiled for each one.
        self._forward = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
        self._names: tuple[str, ...] = tuple(getattr(model, "output_names", None) or ())
        self._order: list[str] = []  # names of the outputs, as Keras numbers them
        self._specs: Any = None  # of what it was fed last

    @property
    def takes_strings(self) -> bool | None:
        """Whether its input is one batch of strings; a subclassed model does not tell."""
        inputs = getattr(self.model, "inputs", None)
        if not inputs:
            return None
        return [_dtype(tensor) for tensor in inputs] == ["string"]

    def __call__(self, inputs: Inputs) -> Heads:
        """Return every output by its name."""
        import tensorflow as tf

        fed = (
            {name: tf.constant(part) for name, part in inputs.items()}
            if isinstance(inputs, Mapping)
            else tf.constant(inputs)
        )
        self._specs = tf.nest.map_structure(tf.TensorSpec.from_tensor, fed)
        outputs = self._forward(fed)
        heads = named_outputs(outputs, self._names)
        self._order = sorted(heads) if isinstance(outputs, Mapping) else list(heads)
        return heads

    def evidence(self, head: str) -> Evidence:
        """Return how the model computes an output, and the compiled loss of that output."""
        number = self.number_of(head)
        outputs = computed_by(self._forward.get_concrete_function(self._specs))
        computed = outputs[number] if number < len(outputs) else UNKNOWN
        loss = loss_of(self.model, number, head)
        return Evidence(computed, name_of(loss), taken_for(loss), can_hold_loss=True)

    @property
    def input_description(self) -> str:
        """The model's inputs in words, for an error."""
        return ", ".join(f"{_dtype(tensor)} {tuple(tensor.shape)}" for tensor in self.model.inputs)

    def number_of(self, head: str) -> int:
        """Return the place of a head among the model's outputs, which have been computed once."""
        return self._order.index(head)


def load_keras_file(file: ModelFile, options: ModelOptions) -> Any:
    """Load a model that Keras saved, with the Keras that saved it.

    What a `.keras` or `.h5` file names for training alone, and nobody here knows, is left out: see
    `_compiled_as_known`.

    Raises:
        InputError: It would run code of its own, or it cannot be loaded.
    """
    assert file.keras is not None
    keras = keras_package(file.keras)
    if file.keras == 3:
        importlib.import_module(_OWN_LAYERS)  # which registers them
    custom_objects = custom_objects_of(options.custom_objects)

    def check(each: ModelFile) -> None:
        if not options.allow_unsafe:
            _check_safety(each, options, {*custom_objects, *keras.saving.get_custom_objects()})

    if file.keras == 3 and file.kind == "h5":
        # Keras 3 writes the short names of losses in such files, and cannot read them
        custom_objects = {**short_named(keras), **custom_objects}
    try:
        check(file)
        return _loaded(file, options, custom_objects)
    except InputError as error:
        training = _TRAINING.get(file.kind)
        if training is None or not isinstance(compiled := file.config.get(training), dict):
            raise
        try:
            check(replace(file, config={**file.config, training: None}))
            model = _loaded(file, options, custom_objects, compile=False)
        except InputError:
            raise error from None
        refused = error

    def usable(part: Any) -> bool:
        try:
            check(replace(file, config={training: {"loss": part}}))
        except InputError:
            return False
        return True

    try:
        with keras.saving.custom_object_scope(custom_objects):
            _compiled_as_known(model, compiled, keras, usable)
    except Exception:  # losses that do not fit the model, or hold each other without end
        raise refused from None
    return model


def _loaded(
    file: ModelFile, options: ModelOptions, custom_objects: dict[str, Any], **how: Any
) -> Any:
    assert file.keras is not None
    keras = keras_package(file.keras)
    load = keras.saving.load_model if file.keras == 3 else keras.models.load_model
    try:
        with warnings.catch_warnings():
            # Keras's, about how the model was compiled; warnings of custom code are shown
            warnings.filterwarnings("ignore", module=r"(tf_)?keras\.")
            return load(
                str(file.path),
                custom_objects=custom_objects,
                safe_mode=not options.allow_unsafe,
                **how,
            )
    except (Exception, SystemExit) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"the model cannot be loaded ({type(error).__name__}: {reason})",
            where=str(file.path),
            expected=f"a complete model that Keras {file.keras} wrote",
            remedy=_remedy(str(error), options, file),
        ) from error


def _compiled_as_known(
    model: Any, config: dict[str, Any], keras: Any, usable: Callable[[Any], bool]
) -> None:
    """Compile a loaded model with those parts of how it was compiled that are known here.

    Metrics are left out, and so is an optimizer that is not known: the model is scored without
    them. A loss that is not known becomes an `UnknownLoss`, with which it cannot be trained.

    Args:
        model: The model, not compiled.
        config: How it was compiled, as its file says.
        keras: The package of its Keras.
        usable: Whether it is safe to make what a part of that names.
    """

    def made(part: Any, get: Callable[[Any], Any]) -> Any:
        try:
            return get(part) if part is not None and usable(part) else None
        except Exception:  # what Keras raises for what it does not know has many types
            return None

    losses, are_known = config.get("loss"), True

    def loss_in(part: Any) -> Any:
        nonlocal are_known
        if isinstance(part, list):
            return [loss_in(each) for each in part]
        if isinstance(part, dict) and "class_name" not in part:
            return {head: loss_in(each) for head, each in part.items()}
        loss = made(part, keras.losses.get)
        if loss is None and part is not None:
            are_known = False
            return UnknownLoss(_name_in(part))
        return loss

    losses = loss_in(losses)
    optimizer = made(config.get("optimizer", config.get("optimizer_config")), keras.optimizers.get)
    if are_known:
        model.compile(optimizer or "rmsprop", losses, loss_weights=config.get("loss_weights"))
    else:
        model.loss = losses


def _name_in(part: Any) -> str:
    """Return the name of a loss in a model file: a string, a class or a function of its own."""
    if isinstance(part, dict):
        part = part.get("config") if part.get("class_name") == "function" else part["class_name"]
    return str(part)[:80]


def _remedy(reason: str, options: ModelOptions, file: ModelFile) -> str:
    # Of a SavedModel that lacks a function Keras 2 says nothing of the kind
    if file.kind != "saved_model" and not _MISSES_CLASS.search(reason):
        return f"see whether Keras {file.keras} itself loads it, or save the model again"
    if options.custom_objects is None:
        return "name the module of its own layers, losses and functions with `custom_objects`"
    return f"check that {options.custom_objects} holds all of its own layers, losses and functions"


def _check_safety(file: ModelFile, options: ModelOptions, objects: set[str]) -> None:
    assert file.keras is not None
    configs = [file.config]
    if file.kind == "saved_model":
        graph = read_saved_model(file.path)
        check_saved_model(file.path, graph)
        configs = _saved_model_configs(file.path, graph)
    module = options.custom_objects
    known = Known(
        None if module is None or is_file_of_code(module) else module,
        objects,
        built_in_names(file.keras).__contains__,
        others_are_unused=file.kind == "saved_model",
    )
    for config in configs:
        check_safety(file.path, config, known)


def import_model(reference: str) -> Any:
    """Return the Keras model, or the function of texts, that ``package.module:attribute`` names.

    If it is neither, it is called without arguments, and has to return one.

    Raises:
        InputError: It cannot be imported or made, or is neither.
    """
    start_tensorflow()
    with working_folder_on_path():  # also while a function makes the model
        found = as_function(import_attribute(reference, where=reference))
        return _made(found, reference, allows_functions=True)


def load_pickle(path: Path, allow_unsafe: bool) -> Any:
    """Return the Keras model in a pickle, whose code runs.

    Raises:
        InputError: That is not allowed; or it cannot be read, or holds no Keras model.
    """
    import pickle

    if not allow_unsafe:
        raise unsafe(path, "is a pickle, which may run any code on loading")
    start_tensorflow()
    try:
        with path.open("rb") as file:
            found = pickle.load(file)  # noqa: S301, asked for with --allow-unsafe
    except (Exception, SystemExit) as error:
        raise InputError(
            f"the pickle cannot be read ({type(error).__name__}: {error})", where=str(path)
        ) from error
    return _made(found, str(path))


def generation_of(model: Any) -> KerasGeneration | None:
    """Return the Keras that an object is a model of, or None."""
    for parent in type(model).__mro__:
        generation = _GENERATIONS.get(parent.__module__.partition(".")[0])
        if generation and parent.__name__ == "Model":
            return generation
    return None


def taking_strings(model: Any) -> Any:
    """Return a Keras 3 model with its own preprocessor before it, which takes a batch of strings.

    Raises:
        InputError: The preprocessor cannot be part of a model.
    """
    keras = keras_package(3)
    text = keras.Input((), dtype="string")
    try:
        return keras.Model(text, model(model.preprocessor(text)))
    except Exception as error:
        raise InputError(
            f"the model cannot be joined to its preprocessor ({type(error).__name__}: {error})",
            where=str(getattr(model, "name", "")),
            remedy="wrap both in a model that takes strings",
        ) from error


def _made(found: Any, where: str, *, allows_functions: bool = False) -> Any:
    """Return what was found if it is a model or will do as one, or else what calling it makes."""

    def will_do(model: Any) -> bool:
        return generation_of(model) is not None or (allows_functions and bool(takes_texts(model)))

    if will_do(found):
        return found
    expected = "a keras.Model, of Keras 3 or 2, or a function that returns one"
    if allows_functions:
        expected += ", or a function of a list of texts, its one argument, that gives scores"
    may_be_function = allows_functions and takes_texts(found) is None
    try:
        made = as_function(found()) if callable(found) else found
    except (Exception, SystemExit) as error:
        if may_be_function:
            return found
        raise InputError(
            f"the model cannot be made ({type(error).__name__}: {error})",
            where=where,
            expected=expected,
        ) from error
    if not will_do(made):
        if may_be_function:
            return found
        raise InputError(f"{where} is a {type(made).__name__}", where=where, expected=expected)
    return made


def _saved_model_configs(path: Path, graph: Any) -> list[Any]:
    """Return the architectures in a SavedModel of Keras 2, as Keras 2 looks for them."""
    from google.protobuf.message import DecodeError
    from tf_keras.protobuf import saved_metadata_pb2

    metadata = saved_metadata_pb2.SavedMetadata()
    try:
        if (path / KERAS_METADATA).is_file():
            metadata.ParseFromString((path / KERAS_METADATA).read_bytes())
            return [json.loads(node.metadata) for node in metadata.nodes]
        # TensorFlow before 2.5 has them in the graph's objects.
        objects = [node.user_object for node in graph.meta_graphs[0].object_graph_def.nodes]
        return [
            json.loads(each.metadata)
            for each in objects
            if each.identifier.startswith("_tf_keras") and each.metadata
        ]
    except (DecodeError, ValueError, OSError) as error:
        raise InputError(
            f"the model's {KERAS_METADATA} cannot be read ({error})",
            where=str(path),
            remedy="check that the folder is complete",
        ) from error


def _dtype(tensor: Any) -> str:
    return str(getattr(tensor.dtype, "name", tensor.dtype))
