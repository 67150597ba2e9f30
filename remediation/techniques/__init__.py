"""How a model is remediated: the techniques, their options, and which of them there are."""
