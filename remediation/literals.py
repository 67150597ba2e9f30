"""The words that options of models and trainings take: light to import, for help pages."""

from __future__ import annotations

from typing import Literal

# How logits become probabilities: each label by itself, or all classes together.
Activation = Literal["sigmoid", "softmax"]
Architecture = Literal["bow", "cnn"]
Cache = Literal["memory", "disk", "none"]
CounterfactualLabels = Literal["original", "score"]
Device = Literal["auto", "cpu", "gpu"]
GroupMetric = Literal["error", "false_positive_rate", "false_negative_rate"]
Kernel = Literal["gaussian", "laplacian"]
Loss = Literal["mse", "absolute", "cosine"]
LabelsOfGroups = Literal["all", "negative", "positive"]
Measure = Literal["flip_rate", "ctf_gap"]
PairOn = Literal["logits", "outputs"]
Pairing = Literal["aligned", "independent"]
OwnThreshold = Literal["auto", "auto:same-share", "auto:f1", "auto:equal-opportunity"]
Precision = Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"]
