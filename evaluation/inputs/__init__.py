"""Reads and holds what is evaluated: examples, pairs and scores, as columns."""
