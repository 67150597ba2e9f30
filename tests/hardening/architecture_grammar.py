"""A grammar of architectures: harmful and harmless names in every place that can hold a name."""

from __future__ import annotations

import json
from typing import Any

from hostile_architectures import (
    ARGUMENTS,
    COPY,
    ELSEWHERE,
    MODULE,
    SECRET,
    VICTIM,
    calling,
    code,
    lambda_layer,
    layer,
    model,
    named,
    sequential,
)
from hypothesis import strategies as st

from evenhand.remediation.safety.harmless_functions import FUNCTIONS
from evenhand.remediation.safety.harmless_keras import CLASSES
from evenhand.remediation.safety.harmless_keras import FUNCTIONS as KERAS_FUNCTIONS

CODE_IN_JSON = json.dumps(sequential(lambda_layer()))

# --- texts and numbers, functions, classes, modules, objects, layers, models, files

TEXTS = (
    SECRET, VICTIM, COPY, ELSEWHERE, "file://" + COPY, CODE_IN_JSON, json.dumps([CODE_IN_JSON]),
    json.dumps(lambda_layer()), MODULE, f"{MODULE}.thing", code(), "string", "float32", "relu", "",
)  # fmt: skip
texts = st.sampled_from(TEXTS)
values = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.lists(texts, max_size=2)
    | st.builds(lambda value: {"class_name": "__bytes__", "config": {"value": value}}, texts)
)


def names_in_tensorflow() -> list[str]:
    """Return the public names of TensorFlow's and Keras 2's functions, the harmful ones too."""
    from tensorflow.python.util import tf_export

    return sorted(
        name
        for name, symbol in tf_export._NAME_TO_SYMBOL_MAPPING.items()
        if callable(symbol) and not name.startswith(("keras.applications", "distribute", "tpu"))
    )


HARMFUL_FUNCTIONS = (
    "keras.models.model_from_json", "keras.models.load_model", "keras.saving.load_model",
    "keras.layers.deserialize", "keras.utils.get_file", "keras.utils.deserialize_keras_object",
    "io.gfile.copy", "io.gfile.remove", "io.gfile.rmtree", "io.gfile.rename", "io.gfile.makedirs",
    "io.gfile.glob", "io.read_file", "io.write_file", "io.matching_files", "io.decode_proto",
    "raw_ops.ReadFile", "compat.v1.write_file", "print", "load_library", "saved_model.load",
)  # fmt: skip
functions = (
    st.sampled_from(HARMFUL_FUNCTIONS)
    | st.sampled_from(sorted(FUNCTIONS))
    | st.deferred(lambda: st.sampled_from(names_in_tensorflow()))
)
classes = (
    st.sampled_from(["Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "Map"])
    | st.sampled_from(["Dense", "Activation", "StringLookup", "TextVectorization", "Identity"])
    | st.sampled_from(sorted(CLASSES))
    | st.sampled_from(["thing", "model_from_json", "get_file", "deserialize", "Popen", "Dense.os"])
)
modules = (
    st.just(MODULE)
    | st.sampled_from(["keras.layers", "keras", "keras.models", "keras.utils", "keras.ops"])
    | st.sampled_from(["keras.src.layers.core.lambda_layer", "keras.src.saving.saving_lib"])
    | st.sampled_from(["keras.src.layers.core.dense_test", "tf_keras.layers", "builtins"])
    | st.sampled_from([f"keras_{MODULE}", "os", "subprocess", "shutil", "__main__"])
    | st.none()
)  # fmt: skip
KEYS = (
    "activation", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "dtype", "layer",
    "cell", "vocabulary", "standardize", "split", "function", "filepath", "units", "input_dim",
    "output_dim", "merges", "residual_fn", "mask", "arguments", "axis", "target_shape", "rate",
)  # fmt: skip
configs = st.deferred(
    lambda: (
        st.dictionaries(st.sampled_from(KEYS), values | objects, max_size=4)
        | st.just(lambda_layer()["config"])
    )
)
function_objects = st.builds(
    lambda name, module, registered: named("function", module, name, registered),
    st.sampled_from(sorted(KERAS_FUNCTIONS)) | classes,
    modules,
    st.none() | classes,
)
class_objects = st.builds(
    lambda name, module, config, registered: named(name, module, config, registered),
    classes,
    modules,
    configs,
    st.none() | classes | st.just("Custom>Thing"),
)
type_specs = st.builds(
    lambda name, module: {
        "class_name": "__typespec__", "spec_name": name, "module": module,
        "registered_name": None, "config": [[None], "string"],
    },
    st.sampled_from(["TensorSpec", "thing", "Popen"]),
    modules | st.just("tensorflow.python.framework.tensor"),
)  # fmt: skip
lookups = st.builds(
    lambda name, vocabulary: named(name, "keras.layers", {"vocabulary": vocabulary}),
    st.sampled_from(["StringLookup", "TextVectorization", "IntegerLookup"]),
    st.just(SECRET) | values,
)
objects = function_objects | class_objects | type_specs | lookups

ATTRIBUTES = ("shape", "graph", "op", "__reduce__", "__class__", "values", "to_tensor", "numpy")
OPERATIONS = ("ReadFile", "WriteFile", "PyFunc", "MatchingFiles", "StringLower", "Identity")


def node_of(operation: str, as_text: bool) -> Any:
    if as_text:  # the message's own bytes: a name, and the operation
        return f"\n\x04node\x12{chr(len(operation))}{operation}\x1a\x01x"
    return {"name": "node", "op": operation, "input": ["x"]}


calls = st.tuples(st.sampled_from(["TFOpLambda", "TFOpLambda", "SlicingOpLambda"]), functions)
other_layers = st.one_of(
    st.builds(
        lambda symbol, method: ("ClassMethod", {"cls_symbol": symbol, "method_name": method}),
        st.sampled_from(["io.gfile.GFile", "RaggedTensor", "summary.SummaryWriter", "Module"]),
        st.sampled_from(["from_tensor", "read", "close", "from_row_splits", "__init__"]),
    ),
    st.builds(
        lambda kind, name: (kind, {"attr_name": name}),
        st.sampled_from(["InstanceProperty", "InstanceMethod"]),
        st.sampled_from(ATTRIBUTES),
    ),
    st.builds(
        lambda operation, as_text: ("TensorFlowOpLayer", {"node_def": node_of(operation, as_text)}),
        st.sampled_from(OPERATIONS),
        st.booleans(),
    ),
    st.tuples(classes, configs),
)
arguments = st.just({}) | st.dictionaries(
    st.sampled_from(["contents", "custom_objects", "logdir", "path", "y", "axis", "dtype", "name"]),
    values,
    max_size=2,
)


@st.composite
def functional_models(draw: st.DrawFn) -> Any:
    """Draw a functional model as Keras 2 writes it, whose layers are called with constants."""
    layers = []
    for number in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        more = draw(arguments)
        if draw(st.booleans()):
            class_name, function = draw(calls)
            config = {"function": function}
            more |= {name: draw(texts) for name in ARGUMENTS.get(function, ())[:1]}
        else:
            class_name, config = draw(other_layers)
        inbound = draw(
            st.sampled_from([["text", 0, 0, more]])
            | st.builds(
                lambda value, more=more: ["_CONSTANT_VALUE", -1, value, more], texts | values
            )
        )
        layers.append(layer(class_name, dict(config, name=f"layer_{number}"), inbound))
    return model(*layers, output=draw(st.sampled_from(["text", "layer_0"])))


compilations = st.fixed_dictionaries(
    {
        "optimizer_config": class_objects,
        "optimizer": st.just("sgd") | objects,
        "loss": st.just("mse") | values | objects,
        "metrics": st.lists(values | objects, max_size=2),
        "weighted_metrics": st.none() | objects,
        "loss_weights": st.none(),
    }
)
sequential_models = st.builds(
    lambda layers: sequential(*layers), st.lists(class_objects | lookups, min_size=1, max_size=2)
)
kinds = st.sampled_from([".h5", ".keras"])
versions = st.sampled_from(["2.15.0", "3.15.1"])
# With one thing in them, and that as its users write it: what a weaker check would let through.
short_models = st.one_of(
    st.builds(
        lambda function, first, second: calling(
            function, first, *([second] if function in ARGUMENTS else [])
        ),
        st.sampled_from(HARMFUL_FUNCTIONS),
        texts,
        texts,
    ),
    st.builds(lambda name: named(name, MODULE, {}), classes),
    st.just(sequential(lambda_layer())),
    st.builds(sequential, lookups),
)
files = (
    st.tuples(kinds, st.just("2.15.0"), short_models, st.none())
    | st.tuples(kinds, st.just("2.15.0"), functional_models(), st.none())
    | st.tuples(kinds, versions, sequential_models | objects, st.none())
    | st.tuples(kinds, versions, functional_models() | sequential_models, compilations)
)


def harmless_model() -> Any:
    """Return a model that the grammar can make and that can be scored."""
    before, layers = "text", []
    for function, more in (
        ("strings.length", {}), ("cast", {"dtype": "float32"}), ("expand_dims", {"axis": -1}),
        ("math.sigmoid", {}),
    ):  # fmt: skip
        config = {"function": function, "name": function.rpartition(".")[2]}
        layers.append(layer("TFOpLambda", config, [before, 0, 0, more]))
        before = config["name"]
    return model(*layers)
