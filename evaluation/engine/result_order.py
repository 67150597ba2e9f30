"""The records of an EvalResult in a fixed order, so that the same report is the same bytes.

TFMA's writers give slices and metrics in an order that differs from one process to the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow_model_analysis.proto import metrics_for_slice_pb2 as records

# Kind of file: its records, and the field of theirs that is a list of keys and values.
_KINDS = {
    "metrics": (records.MetricsForSlice, "metric_keys_and_values"),
    "plots": (records.PlotsForSlice, "plot_keys_and_values"),
    "attributions": (records.AttributionsForSlice, "attributions_keys_and_values"),
}


def put_in_order(folder: Path) -> None:
    """Write the files of an EvalResult anew: slices in order, and metrics by name in each."""
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
