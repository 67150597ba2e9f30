"""Ways of making counterfactuals of texts."""
