"""Experiment trackers: results of trainings and evaluations, logged to MLflow or W&B."""
