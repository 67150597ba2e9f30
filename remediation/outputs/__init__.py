"""What the outputs of a classifier mean."""
