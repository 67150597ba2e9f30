from __future__ import annotations

import shutil
from pathlib import Path


def test_records_and_metrics_in_any_order_come_out_as_the_same_bytes(
    report_folder: Path, tmp_path: Path
) -> None:
    import tensorflow as tf
    from tensorflow_model_analysis.proto.metrics_for_slice_pb2 import MetricsForSlice

    from evenhand.evaluation.engine.result_order import put_in_order

    before = report_folder / "tfma" / "candidate"
    after = tmp_path / "result"
    shutil.copytree(before, after)
    [file] = after.glob("metrics-*.tfrecord")
    records = [MetricsForSlice.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(file))]
    assert len(records) > 2
    with tf.io.TFRecordWriter(str(file)) as writer:
        for record in reversed(records):
            record.metric_keys_and_values.sort(key=lambda item: item.key.name[::-1])
            writer.write(record.SerializeToString())
    assert file.read_bytes() != (before / file.name).read_bytes()
    put_in_order(after)
    for written in before.iterdir():
        assert (after / written.name).read_bytes() == written.read_bytes()
