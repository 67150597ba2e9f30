"""A classifier that flips wherever a text says "she"; tests copy this file into repositories."""

from __future__ import annotations

import keras
import tensorflow as tf


class Contains(keras.layers.Layer):
    def call(self, texts):
        return tf.where(tf.strings.regex_full_match(texts, "(.* )?she( .*)?"), 0.9, 0.2)

    def compute_output_spec(self, texts):
        return keras.KerasTensor(texts.shape, "float32")


def biased():
    texts = keras.Input([], dtype="string")
    return keras.Model(texts, Contains()(texts))
