"""Default values of options: light to import, for help texts."""

from __future__ import annotations

TECHNIQUE = "clp"

EPOCHS = 6

# Without the option, unless the baseline was compiled with a lower rate.
LEARNING_RATE = 3e-4
HIGHEST_OWN_RATE = 3e-4  # baselines are compiled with rates for training from scratch
WARMUP = 0.1  # epochs

# How much worse than its baseline a model may be on the validation examples.
MAX_AUC_DROP = 0.005
MAX_ACCURACY_DROP = 0.01
MAX_POSITIVE_RATE_CHANGE = 0.02  # share of the texts; a move towards the labels' share is free

SCORING_BATCH = 1024  # texts; past this a CPU scores no faster
SCORED_FOR_TRAINED = 8  # texts that a validation scores at once, for each example of a step
