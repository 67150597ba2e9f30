"""Run by test_pair_passes.py in a process of its own, with two logical CPUs.

Trains models under a strategy on pairs of the same texts, which have no pair loss, and prints
whether examples and pairs went through each together. Then the other techniques take a step, and it
prints how far that is from the step of one replica, and MinDiff's loss from the mean of its parts.
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
from evenhand.remediation.wrappers.augmented_model import AugmentedModel  # noqa: E402
from evenhand.remediation.wrappers.min_diff_model import MinDiffModel  # noqa: E402
from evenhand.remediation.wrappers.reweighted_model import ReweightedModel  # noqa: E402

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


def part(first: int) -> Any:
    """Half of a batch: one half has two pairs more than the other."""
    x = rng.normal(size=(10, 6)).astype(np.float32)
    example = np.array([1, 5, *([-1, -1] if first else [7, 2])], np.int32)
    pairs = AlignedPairs(example, rng.normal(size=(4, 6)).astype(np.float32), np.ones(4, "f4"))
    groups = rng.integers(0, 2, 10).astype(np.int32)
    label = rng.integers(0, 2, (10, 1)).astype(np.float32)
    return PairedInputs(x, pairs, (), groups), label, np.ones(10, np.float32)


def as_one(first: Any, second: Any) -> Any:
    other = second[0]
    shifted = np.where(other.pairs.example >= 0, other.pairs.example + 10, -1).astype(np.int32)
    second = (other._replace(pairs=other.pairs._replace(example=shifted)), *second[1:])
    return tf.nest.map_structure(lambda *each: np.concatenate(each), first, second)


def stepped(make: Any, elements: list[Any], rate: float, replicas: int) -> tuple[Any, Any]:
    """Take a step, and return the weights and the logs."""
    like = tf.nest.map_structure(lambda each: tf.TensorSpec(each.shape, each.dtype), elements[0])

    def dataset(context: Any = None) -> Any:
        return tf.data.Dataset.from_generator(lambda: iter(elements), output_signature=like)

    here = strategy if replicas == 2 else tf.distribute.get_strategy()
    data = strategy.distribute_datasets_from_function(dataset) if replicas == 2 else dataset()
    with here.scope():
        keras.utils.set_random_seed(3)
        inputs = keras.Sequential([layers.Input((6,)), layers.Dense(1, activation="sigmoid")])
        wrapper = make(inputs)
        wrapper.compile(keras.optimizers.SGD(rate), loss="binary_crossentropy")
    history = wrapper.fit(data, steps_per_epoch=1, verbose=0, shuffle=False).history
    return np.array(inputs.layers[0].kernel), history


def reweighted(model: Any) -> Any:
    wrapper = ReweightedModel(model, 2)
    wrapper.set_factors(np.array([0.5, 2.5]))
    return wrapper


parts = [part(0), part(1)]
for name, make in {"cda": lambda m: AugmentedModel(m, 3.0), "reweight": reweighted}.items():
    weights, logs = stepped(make, parts, 1.0, replicas=2)
    alone, alone_logs = stepped(make, [as_one(*parts)], 1.0, replicas=1)
    sys.stdout.write(f"{name}: {abs(weights - alone).max() < 1e-6}\n")
for n_groups in (0, 2):
    make = lambda m: MinDiffModel(m, n_groups=n_groups)  # noqa: B023, E731
    found = stepped(make, parts, 0.0, replicas=2)[1]["min_diff_loss"][0]
    each = [stepped(make, [one], 0.0, replicas=1)[1]["min_diff_loss"][0] for one in parts]
    sys.stdout.write(f"mindiff: {abs(found - np.mean(each)) < 1e-6 and found > 1e-3}\n")
