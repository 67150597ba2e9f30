"""The last operation of a model that changes its outputs, read from TensorFlow's graph.

The layers do not show it: an output may come from a `Dense`, a `Lambda`, a nested model or a user's
own `call`, followed by casts, reshapes, dropout or ``Activation("linear", dtype="float32")``. The
graph of inference has the same form for all of these and for either Keras, and holds only what is
computed. It is followed from an output backwards to the first operation that says something about
the values: a sigmoid, a softmax, a linear layer. The limits of the values are carried through
arithmetic, so that a hard sigmoid, one minus a sigmoid and the mean of two are known to stay
between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

_INFINITE = math.inf
_DEEPEST = 60  # operations are followed back; beyond that, nothing is known


@dataclass(frozen=True)
class Computed:
    """What the computation of an output says about its values.

    Attributes:
        function: ``"sigmoid"``, ``"softmax"``, ``"log_softmax"``, ``"linear"``, or the name of
            another function whose values have limits, or of a step function. Empty if several
            functions are combined, or none is known.
        low: No value is below this.
        high: No value is above this.
    """

    function: str = ""
    low: float = -_INFINITE
    high: float = _INFINITE

    @property
    def is_share(self) -> bool:
        """Whether every value is between 0 and 1, whatever the inputs are."""
        return self.low >= 0 and self.high <= 1

    @property
    def is_decision(self) -> bool:
        """Whether every value is one of a few, chosen by a step function."""
        return self.function in _STEPS


UNKNOWN = Computed()
_LINEAR = Computed("linear")
_CONSTANT = "constant"  # a number or a weight: adding or multiplying it keeps a linear layer linear

_FUNCTIONS = {
    "Sigmoid": Computed("sigmoid", 0, 1),
    "Softmax": Computed("softmax", 0, 1),
    "LogSoftmax": Computed("log_softmax", -_INFINITE, 0),
    "Tanh": Computed("tanh", -1, 1),
    "Erf": Computed("erf", -1, 1),
    "Softsign": Computed("softsign", -1, 1),
    "Relu": Computed("relu", 0, _INFINITE),
    "Relu6": Computed("relu6", 0, 6),
    "Softplus": Computed("softplus", 0, _INFINITE),
    "Exp": Computed("exp", 0, _INFINITE),
    "Square": Computed("square", 0, _INFINITE),
    "Abs": Computed("abs", 0, _INFINITE),
    "Elu": Computed("elu", -1, _INFINITE),
    **dict.fromkeys(
        ("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum", "Conv1D", "Conv2D"),
        _LINEAR,
    ),
    **dict.fromkeys(("VarHandleOp", "ReadVariableOp", "VariableV2"), Computed(_CONSTANT)),
}
_DECISIONS = {
    **dict.fromkeys(
        ("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual",
         "LogicalAnd", "LogicalOr", "LogicalNot", "All", "Any"),
        Computed("comparison", 0, 1),
    ),
    "Sign": Computed("sign", -1, 1),
    "ArgMax": Computed("argmax", 0, _INFINITE),
    "ArgMin": Computed("argmin", 0, _INFINITE),
    "OneHot": Computed("one_hot", 0, 1),
}  # fmt: skip
# These are decisions if only two whole numbers are possible; otherwise they only round.
_TO_WHOLE: dict[str, Callable[[float], float]] = {
    "Round": round, "Rint": round, "Floor": math.floor, "Ceil": math.ceil, "Cast": math.trunc,
}  # fmt: skip
_SELECTION = "selection"
_STEPS = {
    _SELECTION, *(each.function for each in _DECISIONS.values()), *map(str.lower, _TO_WHOLE),
}  # fmt: skip
# These return exactly the values of their first input.
_SAME_VALUES = {
    "Identity", "IdentityN", "Reshape", "Squeeze", "ExpandDims", "StopGradient",
    "PreventGradient", "EnsureShape", "CheckNumerics", "Snapshot", "Transpose", "BroadcastTo",
    "Tile",
}  # fmt: skip
_SOME_VALUES = {"StridedSlice", "Slice", "GatherV2", "GatherNd", "Split", "SplitV", "Unpack"}
# These return the values of the inputs in this slice.
_ONE_OF = {
    "ConcatV2": slice(-1),
    "Pack": slice(None),
    "Select": slice(1, None),
    "SelectV2": slice(1, None),
}
_SUMS = ("Add", "AddV2", "AddN", "BiasAdd")
_ARITHMETIC = {*_SUMS, "Sub", "Neg", "Mul", "RealDiv", "Minimum", "Maximum"}
_REDUCTIONS = ("Mean", "Max", "Min")
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")


def computed_by(function: Any) -> list[Computed]:
    """Return what is known of each output of a concrete function, in the order of its flat outputs.

    Args:
        function: A `tf.ConcreteFunction`, traced in inference mode or from a SavedModel.
    """
    try:
        graph = function.graph.as_graph_def()
    except ValueError:  # the graph is too large for a protocol buffer
        return [UNKNOWN for _ in function.outputs]
    library = {each.signature.name: each for each in graph.library.function}
    scope = _Scope({node.name: node for node in graph.node}, {}, library)
    return [scope.computed(tensor.name) for tensor in function.outputs]


def computed_as(operation: str) -> Computed:
    """Return what is known of the values that one of TensorFlow's operations gives."""
    return _FUNCTIONS.get(operation, _DECISIONS.get(operation, UNKNOWN))


def computed_by_model(model: Any, number: int) -> Computed:
    """Return what is known of an output of a Keras model: nothing if the model has no known inputs.

    Args:
        model: Of either Keras generation.
        number: The output's index among the model's outputs.
    """
    import tensorflow as tf

    inputs = getattr(model, "inputs", None)
    if not inputs:
        return UNKNOWN
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in inputs]
    fed = getattr(model, "_inputs_struct", getattr(model, "_nested_inputs", None))
    if fed is None or len(tf.nest.flatten(fed)) != len(specs):
        fed = specs if len(specs) > 1 else specs[0]
    with tf.init_scope():
        forward = tf.function(lambda x: model(x, training=False))
        traced = forward.get_concrete_function(tf.nest.pack_sequence_as(fed, specs))
    outputs = computed_by(traced)
    return outputs[number] if number < len(outputs) else UNKNOWN


@dataclass(frozen=True)
class _Scope:
    """The nodes of a graph or of a function in its library.

    Attributes:
        nodes: The nodes by name.
        arguments: For each argument of a function, by name: a function that returns what is known
            of it.
        library: The functions that a node may call.
        known: What is known of tensors seen before. Without it, the work would double with every
            level of a sum of sums.
    """

    nodes: Mapping[str, Any]
    arguments: Mapping[str, Callable[[int], Computed]]
    library: Mapping[str, Any]
    known: dict[str, Computed] = field(default_factory=dict)

    def computed(self, tensor: str, depth: int = 0) -> Computed:
        """Return what is known of a tensor, ``node:0``, or ``node:output:0`` in a function."""
        if tensor not in self.known:
            self.known[tensor] = self._followed(tensor, depth)
        return self.known[tensor]

    def _followed(self, tensor: str, depth: int) -> Computed:
        name, *rest = tensor.split(":")
        if name in self.arguments:
            return self.arguments[name](depth + 1)
        node = self.nodes.get(name)
        if node is None or depth > _DEEPEST:
            return UNKNOWN
        inputs = [each for each in node.input if not each.startswith("^")]
        if node.op == "Sigmoid":
            return _sigmoid_of(self.computed(inputs[0], depth + 1))
        if node.op in _FUNCTIONS or node.op in _DECISIONS:
            return computed_as(node.op)
        if node.op == "Const":
            return _constant(node)
        number = int(rest[-1]) if rest else 0
        if node.op in _CALLS:
            return self._called(node.attr["f"].func.name, inputs, number, depth)

        def given(tensors: Sequence[str]) -> list[Computed]:
            return [self.computed(each, depth + 1) for each in tensors]

        if node.op in _SAME_VALUES:
            return given(inputs[number if node.op == "IdentityN" else 0 :][:1])[0]
        if node.op in _TO_WHOLE and not (node.op == "Cast" and _keeps_values(node)):
            return _whole(node.op, given(inputs)[0])
        if node.op == "Cast":
            return given(inputs)[0]
        if node.op in _SOME_VALUES:
            (whole,) = given(inputs[1 if node.op == "Split" else 0 :][:1])
            # Some of the classes, or of their logits, are no longer a softmax.
            return replace(whole, function=_of_single_values(whole.function))
        if node.op in _ONE_OF:
            parts = given(inputs[_ONE_OF[node.op]])
            selected = node.op.startswith("Select") and _are_steps(parts)
            return replace(_one_of(parts), function=_SELECTION) if selected else _one_of(parts)
        if node.op in _ARITHMETIC:
            return _calculated(node.op, given(inputs))
        if node.op in _REDUCTIONS:
            (whole,) = given(inputs[:1])
            kept = whole.is_decision and node.op != "Mean"
            return whole if kept else replace(whole, function="")
        return UNKNOWN

    def _called(self, name: str, inputs: Sequence[str], number: int, depth: int) -> Computed:
        function = self.library.get(name)
        if function is None:
            return UNKNOWN
        names = [argument.name for argument in function.signature.input_arg]
        given = {
            argument: partial(self.computed, tensor)
            for argument, tensor in zip(names, inputs, strict=False)
        }
        outputs = [argument.name for argument in function.signature.output_arg]
        if number >= len(outputs):
            return UNKNOWN
        inner = _Scope({node.name: node for node in function.node_def}, given, self.library)
        return inner.computed(function.ret[outputs[number]], depth + 1)


def _sigmoid_of(values: Computed) -> Computed:
    """Return what is known of the sigmoid of values: between 0.5 and 0.73 if these are shares.

    A relu's limit does not count: its 0, of which the sigmoid is 0.5, is one of two decisions.
    """
    from scipy.special import expit

    if values.function.startswith("relu"):
        return computed_as("Sigmoid")
    low, high = expit([values.low, values.high]).tolist()
    return Computed("sigmoid", low, high)


def _keeps_values(node: Any) -> bool:
    """Return whether a cast keeps values; a cast of floats to whole numbers does not."""
    import tensorflow as tf

    source, result = (tf.as_dtype(node.attr[end].type) for end in ("SrcT", "DstT"))
    return bool(result.is_floating or not source.is_floating)


def _whole(operation: str, values: Computed) -> Computed:
    if not math.isfinite(values.high - values.low):
        return UNKNOWN
    low, high = (float(_TO_WHOLE[operation](limit)) for limit in (values.low, values.high))
    return Computed(operation.lower() if high - low <= 1 else "", low, high)


def _are_steps(parts: Sequence[Computed]) -> bool:
    return all(part.is_decision or part.function == _CONSTANT for part in parts)


def _constant(node: Any) -> Computed:
    import tensorflow as tf

    values = tf.make_ndarray(node.attr["value"].tensor)
    if values.dtype.kind not in "fiu" or not values.size:
        return UNKNOWN
    return Computed(_CONSTANT, float(values.min()), float(values.max()))


def _of_single_values(function: str) -> str:
    return "" if function in ("linear", "softmax", "log_softmax") else function


def _one_of(parts: Sequence[Computed]) -> Computed:
    functions = {part.function for part in parts}
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    return Computed(functions.pop() if len(functions) == 1 else "", low, high)


def _calculated(operation: str, parts: Sequence[Computed]) -> Computed:
    """Return what is known of a result, by interval arithmetic."""
    first, last = parts[0], parts[-1]
    functions = [part.function for part in parts]
    linear = functions.count("linear")
    function = ""
    if linear and linear + functions.count(_CONSTANT) == len(parts):
        # Linear in the text's features, unless features are multiplied with each other.
        scaled = operation == "Mul" or (operation == "RealDiv" and last.function == _CONSTANT)
        summed = operation in (*_SUMS, "Sub", "Neg")
        function = "linear" if summed or (scaled and linear == 1) else ""
    elif functions.count(_CONSTANT) == len(parts):
        function = _CONSTANT
    elif _are_steps(parts):
        steps = [name for name in functions if name != _CONSTANT]
        # The sum of several decisions is a count of votes
        one = len(steps) == 1 or operation in ("Mul", "Minimum", "Maximum")
        function = steps[0] if one else ""
    if operation in _SUMS:
        return Computed(function, sum(p.low for p in parts), sum(p.high for p in parts))
    match operation:
        case "Sub":
            return Computed(function, first.low - last.high, first.high - last.low)
        case "Neg":
            return Computed(function, -first.high, -first.low)
        case "Minimum":
            return Computed(function, min(first.low, last.low), min(first.high, last.high))
        case "Maximum":
            return Computed(function, max(first.low, last.low), max(first.high, last.high))
    if operation == "RealDiv":
        if last.low <= 0 <= last.high:
            return Computed(function)
        last = Computed("", 1 / last.high, 1 / last.low)
    corners = [a * b for a in (first.low, first.high) for b in (last.low, last.high)]
    corners = [0.0 if math.isnan(corner) else corner for corner in corners]  # 0 times infinity
    return Computed(function, min(corners), max(corners))
