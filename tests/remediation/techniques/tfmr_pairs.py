"""Train TFMR's CounterfactualModel on a dataset, under legacy Keras: run in a process of its own.

Usage: python tfmr_pairs.py DATASET TFRECORDS OUTPUT.json
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf
from tensorflow_model_remediation import counterfactual

from evenhand.remediation.techniques.tfmr_data import to_tfmr


def main(dataset: str, records: str, target: str) -> None:
    data = to_tfmr(dataset, batch_size=4)
    (first,) = data.take(1)
    texts, labels, _ = first.original_input
    originals, changed, weights = first.counterfactual_data
    layers = tf.keras.layers
    vectorize = layers.TextVectorization(max_tokens=50, output_sequence_length=6)
    vectorize.adapt(texts)
    inputs = tf.keras.Input((), dtype=tf.string)
    hidden = layers.GlobalAveragePooling1D()(layers.Embedding(50, 4)(vectorize(inputs)))
    model = counterfactual.keras.CounterfactualModel(
        tf.keras.Model(inputs, layers.Dense(1, activation="sigmoid")(hidden)),
        counterfactual.losses.PairwiseMSELoss(),
    )
    model.compile(optimizer="adam", loss="binary_crossentropy")
    history = model.fit(data, epochs=1, verbose=0)
    parsed = [
        tf.train.Example.FromString(record.numpy()).features.feature
        for record in tf.data.TFRecordDataset([records])
    ]
    result = {
        "batches": sum(1 for _ in data),
        "kind": type(first).__name__,
        "texts": [text.decode() for text in texts.numpy()],
        "labels": labels.numpy().tolist(),
        "originals": [text.decode() for text in originals.numpy()],
        "changed": [text.decode() for text in changed.numpy()],
        "weights": weights.numpy().tolist(),
        "counterfactual_loss": history.history["counterfactual_loss"][0],
        "records": [
            [
                feature["example"].int64_list.value[0],
                feature["original"].bytes_list.value[0].decode(),
                [term.decode() for term in feature["terms"].bytes_list.value],
                feature["weight"].float_list.value[0],
            ]
            for feature in parsed
        ],
    }
    Path(target).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
