"""Compares techniques: the same baseline, data and budget, judged on data that no training saw."""
