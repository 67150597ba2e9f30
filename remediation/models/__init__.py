"""Every kind of MODEL that can be scored, each behind the same `Predictor`."""
