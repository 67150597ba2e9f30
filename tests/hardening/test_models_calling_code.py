"""A model file that names what runs code or touches files is refused, wherever it names it."""

from __future__ import annotations

import contextlib
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from hostile_architectures import (
    COPY,
    ELSEWHERE,
    MODULE,
    SECRET,
    VICTIM,
    Sandbox,
    calling,
    code,
    dense,
    lambda_layer,
    layer,
    model,
    named,
    sequential,
    write_model,
)

from evenhand.data.errors import InputError
from evenhand.remediation import load_classifier
from evenhand.remediation.models import keras_model
from evenhand.remediation.safety.harmless_keras import CLASSES

H5, KERAS_2, KERAS_3, H5_3 = "Keras 2, .h5", "Keras 2, .keras", "Keras 3, .keras", "Keras 3, .h5"
FORMATS = {
    H5: (".h5", "2.15.0"),
    KERAS_2: (".keras", "2.15.0"),
    KERAS_3: (".keras", "3.15.1"),
    H5_3: (".h5", "3.15.1"),
}
BOTH_NEW = (KERAS_2, KERAS_3)
OLD = (H5, KERAS_2)
ALL = (H5, KERAS_2, KERAS_3, H5_3)

CODE_IN_JSON = json.dumps(sequential(lambda_layer()))
IMPORTS = named("Thing", MODULE, {})
FUNCTION = named("function", MODULE, "thing", "thing")


def in_layers(class_name: str, config: dict[str, Any]) -> Any:
    return model(layer(class_name, config, ["text", 0, 0, {}]))


def compiled(**config: Any) -> Any:
    return sequential(dense()) | {"compile_config": {"optimizer": "sgd", "loss": "mse"} | config}


def trained(**config: Any) -> Any:
    optimizer = {"class_name": "SGD", "config": {"name": "SGD", "learning_rate": 0.1}}
    standard = {"loss": "mse", "metrics": [], "weighted_metrics": None, "loss_weights": None}
    return {"optimizer_config": optimizer} | standard | config


NODE = {"name": "node", "op": "ReadFile", "input": ["x"]}

# What: the kinds of file it is put into, the architecture, and how it is compiled.
CASES: dict[str, tuple[tuple[str, ...], Any, Any]] = {
    # TensorFlow's functions by name
    "a model in a text": (OLD, calling("keras.models.model_from_json", CODE_IN_JSON), None),
    "a model in a text of v1": (OLD, calling("compat.v1.keras.models.model_from_json", "{}"), None),
    "another model file": (OLD, calling("keras.models.load_model", ELSEWHERE), None),
    "a file copied": (OLD, calling("io.gfile.copy", SECRET, COPY), None),
    "a file removed": (OLD, calling("io.gfile.remove", VICTIM), None),
    "a tree removed": (OLD, calling("io.gfile.rmtree", VICTIM), None),
    "a file renamed": (OLD, calling("io.gfile.rename", VICTIM, COPY), None),
    "a file written": (OLD, calling("io.write_file", COPY, "text"), None),
    "a file of v1 written": (OLD, calling("compat.v1.write_file", COPY, "text"), None),
    "a file read": (OLD, calling("io.read_file", SECRET), None),
    "files listed": (OLD, calling("io.matching_files", ELSEWHERE), None),
    "an operation by its raw name": (OLD, calling("raw_ops.ReadFile", SECRET), None),
    "a text printed into a file": (OLD, calling("print", "x", "file://" + COPY), None),
    "a download": (OLD, calling("keras.utils.get_file", COPY, "http://127.0.0.1:9/"), None),
    "a library loaded": (OLD, calling("load_library", SECRET), None),
    "a slicing layer that calls": (
        OLD, calling("io.gfile.remove", VICTIM, layer_class="SlicingOpLambda"), None,
    ),
    "a protocol buffer's description": (OLD, calling("io.decode_proto", SECRET), None),
    "no function": (OLD, in_layers("TFOpLambda", {"function": None}), None),
    "a class's method": (
        OLD,
        in_layers("ClassMethod", {"cls_symbol": "io.gfile.GFile", "method_name": "close"}),
        None,
    ),
    "a tensor's property": (OLD, in_layers("InstanceProperty", {"attr_name": "graph"}), None),
    "a tensor's method": (OLD, in_layers("InstanceMethod", {"attr_name": "__reduce__"}), None),
    "an operation as a node": (OLD, in_layers("TensorFlowOpLayer", {"node_def": NODE}), None),
    "an operation as bytes": (
        OLD, in_layers("TensorFlowOpLayer", {"node_def": "\n\x01n\x12\x06PyFunc"}), None,
    ),
    # classes and modules
    "a module that has to be imported": (BOTH_NEW, sequential(IMPORTS), None),
    "a model of a module": (BOTH_NEW, IMPORTS, None),
    "a module of Keras's own tests": (
        BOTH_NEW, sequential(named("Dense", "keras.src.layers.core.dense_test", {})), None,
    ),
    "a module of a package that is not named": (
        BOTH_NEW, sequential(named("Dense", ".layers", {})), None,
    ),
    "a function of Keras under a name that somebody may have registered": (
        BOTH_NEW, sequential(named("model_to_dot", "keras.src.engine.training", {}, "a>b")), None,
    ),
    "a module named like Keras": (
        BOTH_NEW, sequential(named("Dense", f"keras_{MODULE}", {})), None,
    ),
    "a class by its registered name": (
        BOTH_NEW,
        sequential(named("Dense", "keras.src.layers.core.lambda_layer",
                         lambda_layer()["config"], "Lambda")),
        None,
    ),
    "a class of the module of another": (
        BOTH_NEW, sequential(named("Dense.os", "keras.layers", {})), None,
    ),
    "a class that is a list": (ALL, sequential(named(["Dense"], "keras.layers", {})), None),
    "code": (ALL, sequential(lambda_layer()), None),
    "code within a wrapper": (
        ALL,
        sequential({"class_name": "TimeDistributed", "config": {"layer": lambda_layer()}}),
        None,
    ),
    "code of a cell": (
        (H5, KERAS_2),
        sequential({"class_name": "RNN", "config": {"cell": {
            "class_name": "ResidualWrapper",
            "config": {"cell": {"class_name": "GRUCell", "config": {"units": 1}},
                       "residual_fn": [code(), None, None], "residual_fn_type": "lambda"}}}}),
        None,
    ),
    "code as a function": (
        BOTH_NEW,
        sequential(dense(activation=named("__lambda__", "builtins",
                                          {"value": [code(), None, None]}))),
        None,
    ),
    "a SavedModel as a layer": (
        (KERAS_3, H5_3),
        sequential(named("TFSMLayer", "keras.layers", {"filepath": ELSEWHERE})),
        None,
    ),
    "a module of PyTorch": (
        (KERAS_3, H5_3),
        sequential(named("TorchModuleWrapper", "keras.layers", {"module": code()})),
        None,
    ),
    "a function of JAX": (
        (KERAS_3, H5_3), sequential(named("JaxLayer", "keras.layers", {"call_fn": code()})), None,
    ),
    "a module of Flax": (
        (KERAS_3, H5_3), sequential(named("FlaxLayer", "keras.layers", {"module": code()})), None,
    ),
    "an operation that calls a function": (
        (KERAS_3,), sequential(named("Map", "keras.src.ops.core", {})), None,
    ),
    "a column of features": (OLD, in_layers("DenseFeatures", {"feature_columns": []}), None),
    "a function of a module": (BOTH_NEW, sequential(dense(activation=FUNCTION)), None),
    "a function of Keras that loads": (
        BOTH_NEW,
        sequential(dense(activation=named("function", "keras.models", "model_from_json",
                                          "model_from_json"))),
        None,
    ),
    "a function of Python": (
        BOTH_NEW, sequential(dense(activation=named("function", "builtins", "eval", "eval"))), None,
    ),
    "a function by its registered name": (
        BOTH_NEW,
        sequential(dense(activation=named("function", "keras.utils", "x", "get_file"))),
        None,
    ),
    "a kind of tensor": (
        BOTH_NEW,
        sequential({"class_name": "__typespec__", "spec_name": "thing", "module": MODULE,
                    "registered_name": None, "config": []}),
        None,
    ),
    "an activation by name": (ALL, sequential(dense(activation="deserialize")), None),
    "an initializer": (BOTH_NEW, sequential(dense(kernel_initializer=IMPORTS)), None),
    "an initializer by name": (ALL, sequential(dense(kernel_initializer="serialize")), None),
    "a regularizer": (BOTH_NEW, sequential(dense(kernel_regularizer=IMPORTS)), None),
    "a constraint": (BOTH_NEW, sequential(dense(kernel_constraint=IMPORTS)), None),
    "a precision": (BOTH_NEW, sequential(dense(dtype=IMPORTS)), None),
    "a shape it was built with": (
        BOTH_NEW, sequential(dense() | {"build_config": {"input_shape": IMPORTS}}), None,
    ),
    "an architecture in a text": (ALL, sequential(dense(note=CODE_IN_JSON)), None),
    "a text with escaped names": (
        ALL, sequential(dense(note=CODE_IN_JSON.replace("class", "cl\\u0061ss"))), None,
    ),
    "a text in a text": (ALL, sequential(dense(note=json.dumps([CODE_IN_JSON]))), None),
    # files
    "a vocabulary": (ALL, in_layers("StringLookup", {"vocabulary": SECRET}), None),
    "a vocabulary in bytes": (
        BOTH_NEW,
        in_layers("TextVectorization",
                  {"vocabulary": {"class_name": "__bytes__", "config": {"value": SECRET}}}),
        None,
    ),
    "a tokenizer's merges": (
        (KERAS_3,), sequential(named("BytePairTokenizer", "keras_hub.tokenizers",
                                     {"merges": SECRET}, "keras_hub>BytePairTokenizer")), None,
    ),
}  # fmt: skip
# How it is compiled, which is left out where it is not known
COMPILED: dict[str, tuple[tuple[str, ...], Any, Any]] = {
    "a loss": (BOTH_NEW, compiled(loss=IMPORTS), None),
    "a loss by name": (BOTH_NEW, compiled(loss={"head": ["deserialize"]}), None),
    "a metric": (BOTH_NEW, compiled(metrics=[FUNCTION]), None),
    "an optimizer": (BOTH_NEW, compiled(optimizer=IMPORTS), None),
    "a loss in HDF5": ((H5, H5_3), sequential(dense()), trained(loss=IMPORTS)),
    "a metric in HDF5": (
        (H5, H5_3), sequential(dense()), trained(metrics=["deserialize_keras_object"]),
    ),
    "an optimizer in HDF5": (
        (H5, H5_3),
        sequential(dense()),
        trained(optimizer_config={"class_name": "get", "config": {}}),
    ),
}  # fmt: skip


def every_one_of(cases: dict[str, tuple[tuple[str, ...], Any, Any]]) -> list[Any]:
    return [
        pytest.param(kind, architecture, training, id=f"{what}, {kind}")
        for what, (kinds, architecture, training) in cases.items()
        for kind in kinds
    ]


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    monkeypatch.syspath_prepend(str(sandbox.watched))
    return sandbox


@pytest.mark.parametrize(("kind", "architecture", "training"), every_one_of(CASES))
def test_what_a_file_names_does_not_run(
    sandbox: Sandbox, kind: str, architecture: Any, training: Any
) -> None:
    filled = sandbox.fill(architecture), sandbox.fill(training)
    path = write_model(sandbox.models, *FORMATS[kind], *filled)
    with sandbox.watch() as done, pytest.raises(InputError, match="`allow_unsafe`") as caught:
        load_classifier(path)
    assert done == [] and caught.value.exit_code == 3
    assert len(caught.value.lines()) <= 4 and len(str(caught.value)) < 1_000


@pytest.mark.parametrize(("kind", "architecture", "training"), every_one_of(COMPILED))
def test_how_a_file_is_compiled_does_not_run(
    sandbox: Sandbox, kind: str, architecture: Any, training: Any
) -> None:
    path = write_model(sandbox.models, *FORMATS[kind], *sandbox.fill((architecture, training)))
    with sandbox.watch() as done, pytest.raises(InputError):  # it does not take texts either
        load_classifier(path)
    assert done == []


REAL = [
    "a model in a text", "a file copied", "a file removed", "a tree removed", "a file renamed",
    "code", "a model of a module", "a vocabulary",
]  # fmt: skip


@pytest.mark.parametrize("what", REAL)
def test_they_would_do_harm_without_the_check(
    sandbox: Sandbox, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds, architecture, training = CASES[what]
    filled = sandbox.fill(architecture), sandbox.fill(training)
    path = write_model(sandbox.models, *FORMATS[kinds[0]], *filled)
    monkeypatch.setattr(keras_model, "check_safety", lambda *_: None)
    with sandbox.watch() as done, contextlib.suppress(InputError):
        load_classifier(path)
    assert done != []


# Built-in classes that are kept off the list: they hold code, call by name, or load other files.
KEPT_OFF = {
    "AbstractRNNCell", "DenseFeatures", "FlaxLayer", "JaxLayer", "Lambda", "Reduction",
    "SequenceFeatures", "TFSMLayer", "TorchModuleWrapper",
}  # fmt: skip


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_every_class_of_both_keras_has_been_looked_at(package: str) -> None:
    keras = importlib.import_module(package)
    parts = [keras.layers, keras.losses, keras.metrics, keras.initializers, keras.regularizers]
    parts += [keras.constraints, keras.optimizers, keras.optimizers.schedules, keras.models]
    names = {name for part in parts for name, each in vars(part).items() if isinstance(each, type)}
    assert names - CLASSES - {name for name in names if name.islower()} <= KEPT_OFF
    assert KEPT_OFF.isdisjoint(CLASSES)
