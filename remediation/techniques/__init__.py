"""How a model is remediated: models that train on pairs, for either Keras."""
