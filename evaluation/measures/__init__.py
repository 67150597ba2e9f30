"""What is computed of scores beside TFMA: intervals, tests, areas, distributions."""
