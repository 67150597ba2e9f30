"""What the graph of a SavedModel or a TFLite file may do: compute, and read what is its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_architectures import Sandbox

from evenhand.data.errors import InputError
from evenhand.remediation import ModelOptions, load_classifier
from evenhand.remediation.models.references import inspect_model

TEXTS = ["she is kind", "he", "unseen"]


def score_of(texts: Any) -> Any:
    import tensorflow as tf

    return tf.strings.length(texts)[:, None] / 100


def save(folder: Path, effect: Callable[[Any], Any]) -> Path:
    """Save a model that does something to its texts before it scores them."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "texts")])
    def serve(texts: Any) -> Any:
        done = effect(texts)
        with tf.control_dependencies([] if done is None else tf.nest.flatten(done)):
            return {"score": score_of(texts)}

    module = tf.Module()
    module.serve = serve
    path = folder / "model"
    tf.saved_model.save(module, str(path), signatures=serve)
    return path


def raw(operation: str, **inputs: Any) -> Callable[[Path], Callable[[Any], Any]]:
    import tensorflow as tf

    return lambda folder: (
        lambda texts: getattr(tf.raw_ops, operation)(
            **{name: value(folder) if callable(value) else value for name, value in inputs.items()}
        )
    )


def path_of(name: str) -> Callable[[Path], str]:
    return lambda folder: str(folder / name)


def in_python(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda texts: tf.py_function(lambda x: x, [texts], tf.string)


def in_numpy(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda texts: tf.numpy_function(lambda x: x, [texts], tf.string)


def printed(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda texts: tf.print("text", output_stream=f"file://{folder / 'copy.txt'}")


def in_a_branch(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    def effect(texts: Any) -> Any:
        few = tf.size(texts) < 100
        return tf.cond(
            few, lambda: tf.io.read_file(str(folder / "secret.txt")), lambda: tf.constant("")
        )

    return effect


def in_a_loop(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    def body(number: Any, content: Any) -> Any:
        return number + 1, tf.io.read_file(str(folder / "secret.txt"))

    return lambda texts: tf.while_loop(lambda number, _: number < 2, body, (0, tf.constant("")))


def in_a_function_of_a_function(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    @tf.function
    def inner(path: Any) -> Any:
        tf.io.write_file(path, "text")
        return path

    outer = tf.function(lambda path: inner(path))
    return lambda texts: outer(str(folder / "copy.txt"))


def in_a_dataset(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    def effect(texts: Any) -> Any:
        files = tf.data.Dataset.from_tensors(str(folder / "secret.txt")).map(tf.io.read_file)
        return files.reduce(tf.constant(""), lambda _, content: content)

    return effect


def lines_of_a_file(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    def effect(texts: Any) -> Any:
        lines = tf.data.TextLineDataset(str(folder / "secret.txt"))
        return lines.reduce(tf.constant(""), lambda _, content: content)

    return effect


def a_table_of_a_file(folder: Path) -> Callable[[Any], Any]:
    import tensorflow as tf

    def effect(texts: Any) -> Any:
        table = tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64)
        tf.raw_ops.InitializeTableFromTextFileV2(
            table_handle=table, filename=str(folder / "secret.txt"), key_index=-2, value_index=-1
        )
        return tf.raw_ops.LookupTableSizeV2(table_handle=table)

    return effect


# Made when a test asks for them, as they need TensorFlow.
EFFECTS: dict[str, Callable[[], Callable[[Path], Callable[[Any], Any]]]] = {
    "ReadFile": lambda: raw("ReadFile", filename=path_of("secret.txt")),
    "WriteFile": lambda: raw("WriteFile", filename=path_of("copy.txt"), contents="text"),
    "MatchingFiles": lambda: raw("MatchingFiles", pattern=path_of("*")),
    "RestoreV2": lambda: raw(
        "RestoreV2", prefix=path_of("secret"), tensor_names=["a"], shape_and_slices=[""],
        dtypes=["float32"],
    ),
    "SaveV2": lambda: raw(
        "SaveV2", prefix=path_of("copy"), tensor_names=["a"], shape_and_slices=[""],
        tensors=[np.zeros(1)],
    ),
    "DecodeProtoV2": lambda: raw(
        "DecodeProtoV2", bytes=b"", message_type="a", field_names=["a"], output_types=["float32"],
        descriptor_source=path_of("secret.txt"),
    ),
    "PyFunc in Python": lambda: in_python,
    "PyFunc in NumPy": lambda: in_numpy,
    "PrintV2": lambda: printed,
    "ReadFile in a branch": lambda: in_a_branch,
    "ReadFile in a loop": lambda: in_a_loop,
    "WriteFile in functions": lambda: in_a_function_of_a_function,
    "ReadFile in a dataset": lambda: in_a_dataset,
    "TextLineDataset": lambda: lines_of_a_file,
    "InitializeTableFromTextFileV2": lambda: a_table_of_a_file,
}  # fmt: skip


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_saved_model_that_reaches_out_of_its_graph(sandbox: Sandbox, effect: str) -> None:
    path = save(sandbox.models, EFFECTS[effect]()(sandbox.watched))
    operation = effect.partition(" ")[0]
    with sandbox.watch() as done, pytest.raises(InputError, match=operation) as caught:
        load_classifier(path)
    assert done == [] and caught.value.exit_code == 3
    assert "`allow_unsafe`" in str(caught.value)


def test_it_does_so_if_allowed(sandbox: Sandbox) -> None:
    path = save(sandbox.models, EFFECTS["WriteFile"]()(sandbox.watched))
    with sandbox.watch() as done:
        options = ModelOptions(allow_unsafe=True, probabilities=True)
        scores = load_classifier(path, options).score(TEXTS)
    np.testing.assert_allclose(scores, [0.11, 0.02, 0.06], rtol=1e-6)
    assert [notice for notice in done if notice.startswith("copy.txt")]


def with_a_table(folder: Path) -> Path:
    """Save a model whose words are in a file, which becomes an asset."""
    import tensorflow as tf

    words = folder / "words.txt"
    words.write_text("she is kind\nhe\n")
    source = tf.lookup.TextFileInitializer(
        str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )  # fmt: skip
    table = tf.lookup.StaticHashTable(source, 9)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "texts")])
    def serve(texts: Any) -> Any:
        return {"score": tf.cast(table.lookup(texts), tf.float32)[:, None] / 10}

    module = tf.Module()
    module.table, module.serve = table, serve
    tf.saved_model.save(module, str(folder / "model"), signatures=serve)
    words.unlink()
    return folder / "model"


PROBABILITIES = ModelOptions(probabilities=True)


def test_a_table_is_filled_from_the_models_own_assets(tmp_path: Path) -> None:
    classifier = load_classifier(with_a_table(tmp_path), PROBABILITIES)
    np.testing.assert_allclose(classifier.score(TEXTS), [0, 0.1, 0.9], rtol=1e-6)


@pytest.mark.parametrize("name", ["../../watched/secret.txt", "/etc/passwd"])
def test_an_asset_that_lies_elsewhere(tmp_path: Path, name: str) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    path = with_a_table(tmp_path)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((path / "saved_model.pb").read_bytes())
    message.meta_graphs[0].asset_file_def[0].filename = name
    (path / "saved_model.pb").write_bytes(message.SerializeToString())
    with pytest.raises(InputError, match="lies outside it"):
        load_classifier(path, PROBABILITIES)


def test_a_table_filled_from_what_is_no_asset(tmp_path: Path) -> None:
    """The function that fills it is given a text of the graph instead of the asset."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = with_a_table(tmp_path)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((path / "saved_model.pb").read_bytes())
    objects = message.meta_graphs[0].object_graph_def
    for node in objects.nodes:
        if node.WhichOneof("kind") == "asset":
            node.constant.operation = "Const"
    (path / "saved_model.pb").write_bytes(message.SerializeToString())
    with pytest.raises(InputError, match="InitializeTableFromTextFileV2"):
        load_classifier(path, PROBABILITIES)


def test_two_functions_of_one_name(tmp_path: Path) -> None:
    """One could be looked at, and the other run."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = save(tmp_path, lambda texts: None)
    message = saved_model_pb2.SavedModel()
    message.ParseFromString((path / "saved_model.pb").read_bytes())
    library = message.meta_graphs[0].graph_def.library
    library.function.add().CopyFrom(library.function[0])
    (path / "saved_model.pb").write_bytes(message.SerializeToString())
    with pytest.raises(InputError, match="two functions"):
        load_classifier(path)


def of_tensorflow_1(folder: Path, restored_from: str | None = None) -> Path:
    """Save a model as TensorFlow 1 does: its saver is part of the graph."""
    import tensorflow as tf

    v1 = tf.compat.v1
    path = folder / "model"
    with v1.Graph().as_default(), v1.Session() as session:
        texts = v1.placeholder(tf.string, [None], "texts")
        factor = v1.get_variable("factor", initializer=0.01)
        lengths = tf.cast(tf.strings.length(texts), tf.float32)
        scores = (lengths * factor)[:, None]
        if restored_from:
            scores += tf.raw_ops.RestoreV2(
                prefix=restored_from, tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32]
            )[0]
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(path), {"texts": texts}, {"score": scores})
    return path


def test_a_saved_model_of_tensorflow_1(tmp_path: Path) -> None:
    scores = load_classifier(of_tensorflow_1(tmp_path), PROBABILITIES).score(TEXTS)
    np.testing.assert_allclose(scores, [0.11, 0.02, 0.06], rtol=1e-6)


def test_one_that_restores_from_elsewhere(sandbox: Sandbox) -> None:
    path = of_tensorflow_1(sandbox.models, str(sandbox.watched / "secret"))
    with sandbox.watch() as done, pytest.raises(InputError, match="RestoreV2 of a file"):
        load_classifier(path, PROBABILITIES)
    assert done == []


@pytest.mark.parametrize("says", [b"FlexReadFile", b"FlexIdentity"])
def test_a_tflite_file_that_reads_files(sandbox: Sandbox, says: bytes) -> None:
    """Also one that calls the operation something else than what is run."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "texts")])
    def serve(texts: Any) -> Any:
        content = tf.io.read_file(
            str(sandbox.watched / "secret.txt") + tf.strings.substr(texts[0], 0, 0)
        )
        return tf.strings.length(tf.strings.join([texts, content]))[:, None]

    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    content = converter.convert()
    assert b"FlexReadFile" in content
    path = sandbox.models / "model.tflite"
    path.write_bytes(content.replace(b"FlexReadFile", says))
    with sandbox.watch() as done, pytest.raises(InputError, match="'ReadFile' of TensorFlow"):
        load_classifier(path)
    assert done == []


def a_folder(folder: Path) -> Path:
    (folder / "model" / "variables").mkdir(parents=True)
    (folder / "model" / "saved_model.pb").write_bytes(b"")
    return folder / "model"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(
    "name", ["saved_model.pb", "keras_metadata.pb", "variables/variables.index"]
)
def test_a_pipe_in_a_model_folder(tmp_path: Path, name: str) -> None:
    path = a_folder(tmp_path)
    (path / name).unlink(missing_ok=True)
    os.mkfifo(path / name)
    with pytest.raises(InputError, match=r"neither a file|not supported"):
        inspect_model(path)


@pytest.mark.parametrize(
    "target", ["/dev/zero", "../outside", "/etc", "gone/../../outside", "assets"]
)
def test_a_link_that_leads_out_of_a_model_folder(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").write_text("secret")
    path = a_folder(tmp_path)
    (path / "assets").symlink_to(target)
    with pytest.raises(InputError, match="leads out of its folder") as caught:
        inspect_model(path)
    assert "cp -rL" in str(caught.value)


def test_a_link_within_a_model_folder(tmp_path: Path) -> None:
    path = a_folder(tmp_path)
    (path / "assets").symlink_to("variables")
    (tmp_path / "named").symlink_to(path)  # a user may name a model by a link
    assert inspect_model(tmp_path / "named").kind == "saved_model"


FILES = re.compile(
    r"file(?!s?_pattern)|path(?!s)|address|_urls|descriptor|vocab|protocol|memory_region"
)
# Their inputs and options are called so, and yet they only compute.
REVIEWED = {
    "ConvertToSparseCoreCsrWrappedCooTensor", "GetStatsFromListOfSparseCoreCooTensors",
    "ShardedFilename", "ShardedFilespec", "SortListOfSparseCoreCooTensors", "TensorSliceDataset",
}  # fmt: skip


def test_every_operation_that_names_a_file_is_known() -> None:
    """TensorFlow's own list of operations, so that those of a new version are looked at."""
    import tensorflow as tf
    from tensorflow.core.framework import node_def_pb2
    from tensorflow.python.framework import op_def_registry

    from evenhand.remediation.safety import graphs as graph_check
    from evenhand.remediation.safety import harmless_operations

    known = graph_check._READS.keys() | graph_check._WRITES | REVIEWED
    known |= harmless_operations._BY_ATTRIBUTE.keys()
    pure = set()
    for name in dir(tf.raw_ops):
        definition = op_def_registry.get(name)
        if definition is None or name in known:
            continue
        words = [each.name for each in (*definition.input_arg, *definition.attr)]
        if any(map(FILES.search, words)) and harmless_operations.only_computes(
            node_def_pb2.NodeDef(op=name)
        ):
            pure.add(name)
    assert pure == set()


def test_the_lists_of_operations_hold_tensorflows_own() -> None:
    from tensorflow.python.framework import op_def_registry

    from evenhand.remediation.safety.harmless_operations import _HARMFUL, _HARMLESS

    assert {name for name in _HARMLESS if not op_def_registry.get(name).is_stateful} == set()
    assert {name for name in _HARMFUL if op_def_registry.get(name).is_stateful} == set()
