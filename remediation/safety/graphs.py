"""Whether the graph of a SavedModel or a TFLite file does more than compute.

A graph is a program: its operations can read and write files, start Python functions of this
process, and open connections. A saved model needs two things of that: it fills its tables from its
own assets, and restores its variables from its own checkpoint. Anything else is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError
from evenhand.remediation.safety.architectures import unsafe
from evenhand.remediation.safety.harmless_operations import only_computes

# Operations that read a file, and the number of the input that names it.
_READS = {
    "InitializeTableFromTextFile": 1,
    "InitializeTableFromTextFileV2": 1,
    "Restore": 0,
    "RestoreSlice": 0,
    "RestoreV2": 0,
}
_WRITES = {"MergeV2Checkpoints", "Save", "SaveSlices", "SaveV2"}
_READS_A_VARIABLE = {"ReadVariableOp", "VarIsInitializedOp"}
_SAME_VALUE = {"Identity", "PlaceholderWithDefault"}
# Operations that call a function, and the number of the input that is its first argument.
_CALLS = {
    "PartitionedCall": 0, "StatefulPartitionedCall": 0, "While": 0, "StatelessWhile": 0,
    "If": 1, "StatelessIf": 1, "Case": 1, "StatelessCase": 1,
}  # fmt: skip
_ASSETS = "saved_model_assets"  # the collection of TensorFlow 1
_ROOT = ""  # stands for the graph outside of all functions


def read_saved_model(folder: Path) -> Any:
    """Return a folder's ``SavedModel`` message, as TensorFlow reads it.

    Raises:
        InputError: It cannot be read.
    """
    from tensorflow.python.saved_model import loader_impl

    try:
        return loader_impl.parse_saved_model(str(folder))
    except Exception as error:
        raise unloadable(folder, error) from error


def unloadable(folder: Path, error: Exception) -> InputError:
    """Return the error for a SavedModel that TensorFlow cannot load, and why."""
    reason = str(error).strip().partition("\n")[0]
    return InputError(
        f"the SavedModel cannot be loaded ({type(error).__name__}: {reason})",
        where=str(folder),
        remedy="check that the folder is complete",
    )


def check_saved_model(folder: Path, model: Any) -> None:
    """Check that a SavedModel's graph only computes.

    Args:
        folder: Its folder, for the error.
        model: What `read_saved_model` returned.

    Raises:
        InputError: An operation reads a file other than its assets and variables, writes a file, or
            does anything else outside of the graph.
    """
    for meta_graph in model.meta_graphs:
        _Graph(folder, meta_graph).check()


def check_tflite(path: Path, content: bytes) -> None:
    """Check that a TFLite file's TensorFlow operations, called Flex, only compute.

    Raises:
        InputError: One of them does more.
    """
    from tensorflow.core.framework import node_def_pb2

    for name, node in _flex_operations(content):
        for operation in (node_def_pb2.NodeDef(op=name), node):
            if operation.op in _READS or operation.op in _WRITES or not only_computes(operation):
                raise _acts(path, operation.op)


def is_pure_node(node: Any) -> bool:
    """Return whether a ``NodeDef``, as Keras 2 writes it in JSON, is one that only computes."""
    from google.protobuf import json_format
    from tensorflow.core.framework import node_def_pb2

    parsed = node_def_pb2.NodeDef()
    try:
        if isinstance(node, dict):
            json_format.ParseDict(node, parsed)
        else:
            parsed.ParseFromString(str(node).encode())
    except Exception:  # a stranger's file may hold anything
        return False
    if parsed.op in _READS or parsed.op in _WRITES or any(_functions_of(parsed)):
        return False
    return bool(parsed.op) and only_computes(parsed)


class _Graph:
    """One meta graph: its nodes by function, and the calls of each function."""

    def __init__(self, folder: Path, meta_graph: Any) -> None:
        self._folder = folder
        self._meta = meta_graph
        library = meta_graph.graph_def.library.function
        _check_names(folder, [_ROOT, *(f.signature.name for f in library)])
        for nodes in (meta_graph.graph_def.node, *(f.node_def for f in library)):
            _check_names(folder, [node.name for node in nodes])
        self._arguments = {
            f.signature.name: [a.name for a in f.signature.input_arg] for f in library
        }
        self._nodes: dict[str, dict[str, Any]] = {
            f.signature.name: {node.name: node for node in f.node_def} for f in library
        }
        self._nodes[_ROOT] = {node.name: node for node in meta_graph.graph_def.node}
        self._calls: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for place, nodes in self._nodes.items():
            for node in nodes.values():
                for function in set(_functions_of(node)):
                    self._calls[function].append((place, node))
        saver = meta_graph.saver_def
        self._checkpoint = _node_of(saver.filename_tensor_name)
        self._saves = _node_of(saver.save_tensor_name)
        self._restores = _node_of(saver.restore_op_name)

    def check(self) -> None:
        assets = self._asset_nodes()
        runs: set[tuple[str, str]] | None = None
        for place, nodes in self._nodes.items():
            for node in nodes.values():
                if node.op in _WRITES:
                    runs = self._what_runs() if runs is None else runs
                    if (place, node.name) in runs:
                        raise _acts(self._folder, node.op)
                elif node.op in _READS:
                    own = assets if "Table" in node.op else {self._checkpoint}
                    if not self._comes_from(own, place, node, _READS[node.op], "Table" in node.op):
                        raise _acts(self._folder, f"{node.op} of a file that is not its own")
                elif not only_computes(node):
                    raise _acts(self._folder, node.op)

    def _asset_nodes(self) -> set[str]:
        """Return the nodes that the loader replaces by paths of assets; checks those paths."""
        from tensorflow.core.protobuf import meta_graph_pb2

        assets = list(self._meta.asset_file_def)
        if _ASSETS in self._meta.collection_def:
            for packed in self._meta.collection_def[_ASSETS].any_list.value:
                assets.append(meta_graph_pb2.AssetFileDef())
                packed.Unpack(assets[-1])
        for asset in assets:
            first, *others = re.split(r"[/\\]", asset.filename)
            if not first or ":" in first or ".." in (first, *others):
                raise unsafe(
                    self._folder,
                    f"has an asset {asset.filename[:80]!r}, which lies outside it",
                    "save the model with its assets in it",
                )
        return {_node_of(asset.tensor_info.name) for asset in assets}

    def _comes_from(
        self, own: set[str], place: str, node: Any, number: int, allows_assets: bool
    ) -> bool:
        """Return whether an input of a node is, in every call, a path that the loader sets.

        Args:
            own: Nodes of the graph that the loader sets to such paths.
            place: The function that the node is in.
            node: The node.
            number: The number of the input.
            allows_assets: Whether an asset that a function was saved with counts as such a path.
        """
        waiting, seen = [(place, node, number)], set()
        while waiting:
            place, node, number = waiting.pop()
            source = self._source(place, node, number, own)
            if place == _ROOT and source:
                continue
            if source not in self._arguments.get(place, ()):
                return False
            argument = self._arguments[place].index(source)
            if (place, argument) in seen:
                continue
            seen.add((place, argument))
            if not self._is_bound_to_an_asset(place, argument, allows_assets):
                return False
            for caller, call in self._calls[place]:
                if call.op not in _CALLS:
                    return False
                waiting.append((caller, call, argument + _CALLS[call.op]))
        return True

    def _source(self, place: str, node: Any, number: int, own: set[str]) -> str:
        """Return where an input comes from: a node of the graph, or an argument of a function.

        The empty string means that it is computed.
        """
        nodes = self._nodes[place]
        for _ in range(len(nodes) + 1):  # no further than there are nodes
            inputs = [name for name in node.input if not name.startswith("^")]
            if number >= len(inputs):
                return ""
            source = _node_of(inputs[number])
            if place == _ROOT and (source in own or self._is_variable_of(own, source)):
                return source
            if place != _ROOT and ":" not in inputs[number]:
                return source  # outputs of a function's nodes are written with a colon
            if source not in nodes or nodes[source].op not in _SAME_VALUE:
                return ""
            node, number = nodes[source], 0
        return ""

    def _is_variable_of(self, own: set[str], source: str) -> bool:
        """Return whether a node reads a variable that only ever holds a path set by the loader."""
        root = self._nodes[_ROOT]
        if source not in root or root[source].op != "ReadVariableOp":
            return False
        variable = _node_of(root[source].input[0])
        holds = _shared_name(root[variable]) if variable in root else None
        for place, nodes in self._nodes.items():
            same = {name for name, node in nodes.items() if _shared_name(node) == holds}
            if place != _ROOT and same:
                return False
            for node in nodes.values() if same else ():
                inputs = [_node_of(name) for name in node.input if not name.startswith("^")]
                assigned = node.op == "AssignVariableOp" and inputs[1] in own
                if same & set(inputs) and node.op not in _READS_A_VARIABLE and not assigned:
                    return False
        return holds is not None

    def _is_bound_to_an_asset(self, function: str, argument: int, allows_assets: bool) -> bool:
        """Return whether this argument is an asset if the function is called from Python."""
        objects = self._meta.object_graph_def
        if function not in objects.concrete_functions:
            return True  # only the graph calls it
        bound = objects.concrete_functions[function].bound_inputs
        place = argument - len(self._arguments[function]) + len(bound)
        if not allows_assets or place < 0 or not 0 <= bound[place] < len(objects.nodes):
            return False
        return bool(objects.nodes[bound[place]].WhichOneof("kind") == "asset")

    def _what_runs(self) -> set[tuple[str, str]]:
        """Return the nodes, by function, that loading or scoring may run: all but the saver's."""
        root = self._nodes[_ROOT]
        used = {_node_of(name) for node in root.values() for name in node.input}
        waiting = {name for name in root if name not in used and name != self._saves}
        waiting |= {self._restores, *self._named_in_collections()}
        for signature in self._meta.signature_def.values():
            waiting |= {_node_of(output.name) for output in signature.outputs.values()}
        runs: set[tuple[str, str]] = set()
        functions = set(self._meta.object_graph_def.concrete_functions)
        while waiting:
            name = waiting.pop()
            if name in root and (_ROOT, name) not in runs:
                runs.add((_ROOT, name))
                waiting |= {_node_of(each) for each in root[name].input}
                functions |= set(_functions_of(root[name]))
        done: set[str] = set()
        while functions - done:
            function = (functions - done).pop()
            done.add(function)
            for node in self._nodes.get(function, {}).values():
                runs.add((function, node.name))
                functions |= set(_functions_of(node))
        return runs

    def _named_in_collections(self) -> Iterator[str]:
        for collection in self._meta.collection_def.values():
            yield from map(_node_of, collection.node_list.value)


def _check_names(folder: Path, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise unsafe(
            folder,
            "has two functions or operations of one name",
            "save the model with TensorFlow itself",
        )


def _flex_operations(content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield TensorFlow's operations in a TFLite file: each name, and the node that is run."""
    from flatbuffers import flexbuffers
    from tensorflow.core.framework import node_def_pb2
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.Model.GetRootAs(content, 0)
    names = [model.OperatorCodes(i).CustomCode() for i in range(model.OperatorCodesLength())]
    for subgraph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for operator in map(subgraph.Operators, range(subgraph.OperatorsLength())):
            name = names[operator.OpcodeIndex()] or b""
            if name.startswith(b"Flex"):
                options = flexbuffers.Loads(bytes(bytearray(operator.CustomOptionsAsNumpy())))
                node = node_def_pb2.NodeDef()
                node.ParseFromString(_as_bytes(options[1]))
                yield name.decode(errors="replace").removeprefix("Flex"), node


def _as_bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)


def _functions_of(node: Any) -> Iterator[str]:
    """Yield the functions that a node names, and those that these name in turn."""
    for value in node.attr.values():
        called = [*value.list.func, *([value.func] if value.HasField("func") else ())]
        for function in called:
            yield function.name
            yield from _functions_of(function)  # its arguments may be functions, too


def _shared_name(node: Any) -> bytes | None:
    """Return the name by which nodes share a variable, if the node is one."""
    if node.op != "VarHandleOp":
        return None
    shared = node.attr["shared_name"].s if "shared_name" in node.attr else b""
    return bytes(shared) or node.name.encode()


def _node_of(tensor: str) -> str:
    return tensor.removeprefix("^").partition(":")[0]


def _acts(path: Path, operation: str) -> InputError:
    return unsafe(
        path,
        f"runs {operation[:80]!r} of TensorFlow, which reaches files, programs or the network",
        "export the model without that operation",
    )
