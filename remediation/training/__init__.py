"""Trainings from a baseline and a dataset to a saved model and its record."""
