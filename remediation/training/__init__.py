"""Trainings: each makes a saved model and its record from a baseline and a dataset."""
