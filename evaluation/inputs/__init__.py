"""What is evaluated: examples, pairs and scores as columns."""
