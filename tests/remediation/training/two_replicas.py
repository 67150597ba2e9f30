"""CLP training on two logical CPU devices: run in a process of its own, which they need.

Usage: python two_replicas.py BASELINE DATA OUTPUT
"""

from __future__ import annotations

import sys

from evenhand.remediation.runtime.tensorflow import import_keras


def main(baseline: str, data: str, output: str) -> None:
    import_keras()
    import tensorflow as tf

    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)

    from evenhand.remediation.training import trainer as training

    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    training.strategy_for = lambda device, allows_several: strategy
    options = {"epochs": 3, "batch_size": 50, "learning_rate": 1e-2}
    options |= {"max_auc_drop": 1.0, "max_accuracy_drop": 1.0, "max_positive_rate_change": 1.0}
    training.train(baseline, data, output, **options)


if __name__ == "__main__":
    main(*sys.argv[1:])
