"""Conversion to TFLite, with numbers of 32 bits or fewer."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.remediation.exporting.export_options import INT8, Quantisation
from evenhand.remediation.exporting.serving_function import SERVING, ServingFunction
from evenhand.remediation.models.classifier import reason_of
from evenhand.remediation.runtime.imports import log_handlers_kept, native_remarks_held_back

_OPERATIONS = re.compile(r"'tf\.(\w+)' op|\bFlex(\w+)")


def to_tflite(
    function: ServingFunction,
    quantise: Quantisation | None,
    calibration: Mapping[str, npt.NDArray[Any]],
    name: str,
) -> bytes:
    """Return a model as the content of a TFLite file.

    It takes any number of texts at once, or else one, where TFLite cannot do otherwise.

    Args:
        function: The model.
        quantise: Which numbers it has.
        calibration: For int8: inputs of some texts by name, rows of whatever length.
        name: What to call the model in errors.

    Raises:
        InputError: TFLite lacks an operation of the model, or cannot calibrate it.
    """
    with tempfile.TemporaryDirectory(prefix="evenhand-") as folder:
        try:
            saved = Path(folder, "any")
            function.save(saved)
            plain = _converted(saved)
        except _Unconvertible:
            saved = Path(folder, "one")
            function.save(saved, rows=1)
            try:
                plain = _converted(saved)
            except _Unconvertible as error:
                raise InputError(
                    f"TFLite cannot run this model ({error})",
                    where=name,
                    expected="a model of operations that TFLite has itself",
                    remedy="export it as a saved-model",
                ) from error
        if quantise is None:
            return plain
        if quantise == INT8 and _holds_loops(plain):
            # whose calibration ends the whole process, in TensorFlow 2.21
            raise InputError(
                "TFLite cannot calibrate a model with loops, such as LSTM and GRU layers",
                where=name,
                remedy="give `quantise` dynamic, or make these layers with unroll=True",
            )
        try:
            return _converted(saved, quantise, calibration)
        except _Unconvertible as error:
            raise InputError(
                f"TFLite cannot quantise this model ({error})",
                where=name,
                remedy="export it without `quantise`",
            ) from error


class _Unconvertible(Exception):
    """The converter's own error, in a line."""


def _converted(
    folder: Path,
    quantise: Quantisation | None = None,
    calibration: Mapping[str, npt.NDArray[Any]] | None = None,
) -> bytes:
    import tensorflow as tf

    def rows() -> Iterator[dict[str, npt.NDArray[Any]]]:
        assert calibration
        for row in range(len(next(iter(calibration.values())))):
            yield {name: values[row : row + 1] for name, values in calibration.items()}

    try:
        with native_remarks_held_back(), log_handlers_kept(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Statistics for quantized inputs")
            warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated")
            converter = tf.lite.TFLiteConverter.from_saved_model(
                str(folder), signature_keys=[SERVING]
            )
            if quantise is not None:
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if quantise == "float16":
                converter.target_spec.supported_types = [tf.float16]
            if quantise == INT8:
                converter.representative_dataset = rows
                # What has no integer kernel stays as it is
                converter.target_spec.supported_ops = [
                    tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
                    tf.lite.OpsSet.TFLITE_BUILTINS,
                ]
            return bytes(converter.convert())
    except Exception as error:
        found = [one or other for one, other in _OPERATIONS.findall(str(error))]
        operations = ", ".join(dict.fromkeys(found))
        raise _Unconvertible(
            f"it lacks {operations}" if operations else reason_of(error)
        ) from error


def _holds_loops(content: bytes) -> bool:
    """Return whether a TFLite graph has graphs within it, as those of loops are."""
    from tensorflow.lite.python import schema_py_generated as schema

    return int(schema.Model.GetRootAs(content, 0).SubgraphsLength()) > 1
