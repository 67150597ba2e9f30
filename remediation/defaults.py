"""What is done where nothing else is asked for: light to import, for help texts."""

from __future__ import annotations

TECHNIQUE = "clp"

EPOCHS = 6

# Where none is asked for and the baseline was not compiled with a lower one.
LEARNING_RATE = 3e-4
HIGHEST_OWN_RATE = 3e-4  # the rates that baselines are compiled with are for training anew
WARMUP = 0.1  # epochs

# What a model may lose against its baseline on the examples that it is validated on.
MAX_AUC_DROP = 0.005
MAX_ACCURACY_DROP = 0.01
MAX_POSITIVE_RATE_CHANGE = 0.02  # share of the texts, besides a move to the labels' own share

SCORING_BATCH = 1024  # texts; past this a CPU scores no faster
