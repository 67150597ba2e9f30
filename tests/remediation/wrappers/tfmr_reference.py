"""TFMR's CounterfactualModel on given batches, under legacy Keras: run in a process of its own.

Usage: python tfmr_reference.py INPUT.npz OUTPUT.npz INPUTS,LOSS,UNITS,ACTIVATION,OPTIMIZER...
"""

from __future__ import annotations

import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflow as tf
from tensorflow_model_remediation import counterfactual

LOSSES = {
    "mse": counterfactual.losses.PairwiseMSELoss,
    "absolute": counterfactual.losses.PairwiseAbsoluteDifferenceLoss,
    "cosine": counterfactual.losses.PairwiseCosineLoss,
}


def main(source: str, target: str, runs: list[str]) -> None:
    given = np.load(source)
    results = {}
    for run in runs:
        inputs, loss, units, activation, optimizer = run.split(",")
        count = 4 if inputs == "tokens" else 3
        weights = [given[f"{inputs}/{units}/weight{i}"] for i in range(count)]
        layers = tf.keras.layers
        length = given["tokens/x"].shape[-1]
        tokens = [
            layers.Input((length,), dtype="int32"),
            layers.Embedding(*weights[0].shape),
            layers.Flatten(),
        ]
        model = tf.keras.Sequential(
            [
                *(tokens if inputs == "tokens" else [layers.Input((length,))]),
                layers.Dense(weights[-3].shape[1], activation="relu", use_bias=False),
                layers.Dense(int(units), activation=activation),
            ]
        )
        model.set_weights(weights)
        wrapper = counterfactual.keras.CounterfactualModel(model, LOSSES[loss](), 2.5)
        task_loss = "binary_crossentropy" if units == "1" else "categorical_crossentropy"
        name, rate = optimizer.split()
        momentum = {"momentum": 0.9} if name == "Momentum" else {}
        optimizer_class = getattr(tf.keras.optimizers, "SGD" if momentum else name)
        wrapper.compile(optimizer_class(float(rate), **momentum), loss=task_loss)
        x, original, changed = (
            given[f"{inputs}/{column}"] for column in ("x", "original", "counterfactual")
        )
        x = tf.data.Dataset.from_tensor_slices((x, given[f"{units}/y"], given["weight"]))
        pairs = tf.data.Dataset.from_tensor_slices((original, changed, given["pair_weight"]))
        packed = counterfactual.keras.utils.pack_counterfactual_data(x, pairs)
        wrapper.fit(packed, epochs=1, verbose=0, shuffle=False)
        for i, weight in enumerate(model.get_weights()):
            results[f"{run}/{i}"] = weight
    np.savez(target, **results)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
