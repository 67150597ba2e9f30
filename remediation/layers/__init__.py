"""Keras layers of evenhand's own, which models that it writes are made of."""
