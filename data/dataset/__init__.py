"""The folder of a counterfactual dataset: what is in it, and what is written beside it."""
