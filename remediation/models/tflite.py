"""TFLite files, as they run on phones: does quantisation bring flips back?"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.remediation.layers.tflite_words import record_in
from evenhand.remediation.models.predictor import Heads, Inputs
from evenhand.remediation.outputs.last_operation import UNKNOWN, Computed, computed_as
from evenhand.remediation.outputs.meaning import Evidence
from evenhand.remediation.runtime.imports import native_remarks_held_back
from evenhand.remediation.runtime.tensorflow import start_tensorflow
from evenhand.remediation.safety.graphs import check_tflite


class TFLitePredictor:
    """A TFLite model under TensorFlow's own interpreter.

    Inputs and outputs of quantised integer types are converted by the file's own scales, so that
    the outputs are those of the model that was quantised. A file that `evenhand remediate export`
    wrote takes texts: the words that are kept in it make its numbers of them.

    Args:
        path: The `.tflite` file.
        allow_unsafe: Load it whatever TensorFlow operations it runs.

    Raises:
        InputError: The file is not a TFLite model, or does more than compute.
    """

    def __init__(self, path: Path, allow_unsafe: bool = False) -> None:
        start_tensorflow()
        import tensorflow as tf

        try:
            with native_remarks_held_back(), warnings.catch_warnings():
                warnings.filterwarnings(
                    "ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated"
                )
                content = path.read_bytes()
                self._interpreter = tf.lite.Interpreter(
                    model_content=content, num_threads=os.cpu_count()
                )
            if not allow_unsafe:
                check_tflite(path, content)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"the model cannot be read ({error})",
                where=str(path),
                expected="a file that the TFLite converter wrote",
                remedy="check that the file is complete",
            ) from error
        self._has_run = False
        self._inputs, self._outputs = _named_parts(self._interpreter)
        record = record_in(path, content)
        self._words = record.words.layer() if record and record.words else None

        # Found out before the first run, which hands operations over to a delegate.
        self._computed = {
            name: _computed(self._interpreter, part["index"])
            for name, part in self._outputs.items()
        }

    @property
    def takes_strings(self) -> bool:
        """Whether its input is one batch of strings."""
        return self._words is not None or [_is_string(part) for part in self._inputs.values()] == [
            True
        ]

    @property
    def input_description(self) -> str:
        """The model's inputs in words, for an error."""
        return ", ".join(
            f"{name} {np.dtype(part['dtype']).name} {part['shape_signature'].tolist()}"
            for name, part in self._inputs.items()
        )

    def __call__(self, inputs: Inputs) -> Heads:
        """Return every output by its name."""
        if not isinstance(inputs, Mapping):
            if self._words is not None and inputs.dtype.kind in "OS":
                inputs = np.asarray(self._words(inputs))
            inputs = dict.fromkeys(list(self._inputs)[:1], inputs)
        rows = len(next(iter(inputs.values())))
        if all(_takes_any_number(part) for part in self._inputs.values()):
            return self._run(inputs)
        # The model was converted for one row at a time: its shapes are fixed.
        results = [
            self._run({name: values[row : row + 1] for name, values in inputs.items()})
            for row in range(rows)
        ]
        return {name: np.concatenate([result[name] for result in results]) for name in results[0]}

    def evidence(self, head: str) -> Evidence:
        """Return how the file computes an output; it holds no loss."""
        return Evidence(self._computed[head])

    def _run(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Heads:
        fed = {name: _as_input(inputs[name], part) for name, part in self._inputs.items()}
        for name, part in self._inputs.items():
            self._interpreter.resize_tensor_input(part["index"], fed[name].shape)
        with contextlib.nullcontext() if self._has_run else native_remarks_held_back():
            self._interpreter.allocate_tensors()  # prints which delegate it uses, the first time
        self._has_run = True
        for name, part in self._inputs.items():
            self._interpreter.set_tensor(part["index"], fed[name])
        self._interpreter.invoke()
        return {
            name: _as_float(self._interpreter.get_tensor(part["index"]), part)
            for name, part in self._outputs.items()
        }


_FUNCTIONS = {
    "LOGISTIC": "Sigmoid",
    "SOFTMAX": "Softmax",
    "LOG_SOFTMAX": "LogSoftmax",
    "TANH": "Tanh",
    "FULLY_CONNECTED": "MatMul",
    "BATCH_MATMUL": "MatMul",
}
_SAME_VALUES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "QUANTIZE", "DEQUANTIZE")


def _computed(interpreter: Any, tensor: int) -> Computed:
    """Return what is known of a tensor, by the operation that it comes from."""
    operations: list[dict[str, Any]] = getattr(interpreter, "_get_ops_details", list)()
    made_by = {int(output): each for each in operations for output in each["outputs"]}
    while tensor in made_by:
        operation = made_by[tensor]
        if operation["op_name"] not in _SAME_VALUES:
            return computed_as(_FUNCTIONS.get(operation["op_name"], ""))
        tensor = int(operation["inputs"][0])
    return UNKNOWN


def _named_parts(interpreter: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs and outputs by the names of the file's one signature, or else by their own."""
    if len(interpreter.get_signature_list()) == 1:
        runner = interpreter.get_signature_runner()
        return runner.get_input_details(), runner.get_output_details()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    return (
        {_plain(part["name"]): part for part in inputs},
        {_plain(part["name"]): part for part in outputs},
    )


def _plain(name: str) -> str:
    """Return a tensor's name as it was before the converter decorated it."""
    return name.removeprefix("serving_default_").partition(":")[0]


def _is_string(part: Mapping[str, Any]) -> bool:
    return np.dtype(part["dtype"]).kind in "SO"


def _takes_any_number(part: Mapping[str, Any]) -> bool:
    shape = part["shape_signature"]
    return len(shape) == 0 or int(shape[0]) == -1 or _is_string(part)


def _as_input(values: npt.NDArray[Any], part: Mapping[str, Any]) -> npt.NDArray[Any]:
    if values.ndim == len(part["shape_signature"]) - 1:
        values = values[:, None]  # a column of strings
    if _is_string(part):
        return np.array([[text] for text in values.ravel()], dtype=object).reshape(values.shape)
    scale, zero = part["quantization"]
    if scale and np.issubdtype(values.dtype, np.floating):
        limits = np.iinfo(part["dtype"])
        values = np.clip(np.round(values / scale + zero), limits.min, limits.max)
    return values.astype(part["dtype"])


def _as_float(values: npt.NDArray[Any], part: Mapping[str, Any]) -> npt.NDArray[Any]:
    scale, zero = part["quantization"]
    return (values.astype(np.float64) - zero) * scale if scale else values
