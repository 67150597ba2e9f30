"""Sorts the records of an EvalResult, so that the same values give the same bytes.

TFMA writes slices and metrics in an order that differs from process to process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow_model_analysis.proto import metrics_for_slice_pb2 as records

# For each kind of file: the type of its records, and their field with keys and values.
_KINDS = {
    "metrics": (records.MetricsForSlice, "metric_keys_and_values"),
    "plots": (records.PlotsForSlice, "plot_keys_and_values"),
    "attributions": (records.AttributionsForSlice, "attributions_keys_and_values"),
}


def put_in_order(folder: Path) -> None:
    """Sort the slices in the files of an EvalResult, and the metrics of each slice."""
    for kind, (record_type, field) in _KINDS.items():
        for file in folder.glob(f"{kind}-*.tfrecord"):
            found = [
                record_type.FromString(content.numpy())
                for content in tf.data.TFRecordDataset(str(file))
            ]
            for record in found:
                getattr(record, field).sort(key=lambda item: _bytes(item.key))
            found.sort(key=lambda record: _bytes(record.slice_key))
            with tf.io.TFRecordWriter(str(file)) as writer:
                for record in found:
                    writer.write(_bytes(record))


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))
