"""Run by test_min_diff_model.py in a process of its own: TFMR's MMDLoss under legacy Keras.

Usage: python mmd_under_keras_2.py CASES, which are JSON: a list of kernel, membership, predictions
and weights. Prints the losses as a JSON list.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf
from tensorflow_model_remediation.min_diff.losses import MMDLoss

losses = []
for kernel, *columns in json.loads(sys.argv[1]):
    membership, predictions, weight = (tf.constant(column, tf.float32) for column in columns)
    losses.append(float(MMDLoss(kernel)(membership[:, None], predictions, weight[:, None])))
sys.stdout.write(json.dumps(losses))
