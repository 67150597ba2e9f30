"""Scores and counts from the workers of a cluster, and the models there."""
