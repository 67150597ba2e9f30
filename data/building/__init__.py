"""Make counterfactual datasets, and pairs in memory."""
