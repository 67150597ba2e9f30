"""TFMR's CounterfactualModel on given batches, under legacy Keras: run in a process of its own.

Usage: python tfmr_reference.py INPUT.npz OUTPUT.npz LOSS,UNITS,ACTIVATION,OPTIMIZER...
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
        loss, units, activation, optimizer = run.split(",")
        weights = [given[f"{units}/weight{i}"] for i in range(4)]
        layers = tf.keras.layers
        model = tf.keras.Sequential(
            [
                layers.Embedding(*weights[0].shape, input_length=given["x"].shape[-1]),
                layers.Flatten(),
                layers.Dense(weights[1].shape[1], activation="relu", use_bias=False),
                layers.Dense(int(units), activation=activation),
            ]
        )
        model.build((None, given["x"].shape[-1]))
        model.set_weights(weights)
        wrapper = counterfactual.keras.CounterfactualModel(model, LOSSES[loss](), 2.5)
        task_loss = "binary_crossentropy" if units == "1" else "categorical_crossentropy"
        name, rate = optimizer.split()
        wrapper.compile(getattr(tf.keras.optimizers, name)(float(rate)), loss=task_loss)
        x = tf.data.Dataset.from_tensor_slices((given["x"], given[f"{units}/y"], given["weight"]))
        pairs = tf.data.Dataset.from_tensor_slices(
            (given["original"], given["counterfactual"], given["pair_weight"])
        )
        packed = counterfactual.keras.utils.pack_counterfactual_data(x, pairs)
        wrapper.fit(packed, epochs=1, verbose=0, shuffle=False)
        for i, weight in enumerate(model.get_weights()):
            results[f"{run}/{i}"] = weight
    np.savez(target, **results)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
