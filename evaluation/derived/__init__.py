"""What is computed from a report's values alone: group fairness, and tests of these values."""
