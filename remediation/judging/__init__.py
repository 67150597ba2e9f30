"""How well a model does on held-out data, and which of several to keep."""
