"""Run by test_pair_passes.py in a process of its own, with two logical CPUs.

Trains models under a strategy on pairs of the same texts, which have no pair loss, and prints
whether examples and pairs went through each together.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from evenhand.remediation.runtime.tensorflow import import_keras

keras = import_keras()

import tensorflow as tf  # noqa: E402

from evenhand.remediation import (  # noqa: E402
    AlignedPairs,
    CounterfactualModel,
    PairedInputs,
)

two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
layers = keras.layers
rng = np.random.default_rng(0)


def element(_: Any) -> Any:
    x = rng.integers(0, 30, (10, 6)).astype(np.int32)
    pairs = AlignedPairs(np.arange(4, dtype=np.int32), x[:4], np.ones(4, np.float32))
    return PairedInputs(x, pairs), rng.integers(0, 2, (10, 1)).astype(np.float32)


batches = [element(number) for number in range(4)]
signature = tf.nest.map_structure(lambda each: tf.TensorSpec(each.shape, each.dtype), batches[0])
made = {
    "dense": lambda: layers.Dense(4),
    "dropout": lambda: layers.Dropout(0.5),
    "batch": layers.BatchNormalization,
}
for name, make in made.items():
    data = strategy.distribute_datasets_from_function(
        lambda context: tf.data.Dataset.from_generator(
            lambda: iter(batches), output_signature=signature
        )
    )
    with strategy.scope():
        model = keras.Sequential(
            [
                layers.Input((6,), dtype="int32"),
                layers.Embedding(30, 4),
                layers.Flatten(),
                make(),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        wrapper = CounterfactualModel(model)
        wrapper.compile(keras.optimizers.SGD(0.1), loss="binary_crossentropy")
    history = wrapper.fit(data, steps_per_epoch=2, verbose=0).history
    assert history["pair_loss"] == [0.0], history
    sys.stdout.write(f"{name}: {'together' if wrapper.joint_pass else 'apart'}\n")
