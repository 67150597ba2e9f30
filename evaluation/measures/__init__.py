"""What is computed from scores without TFMA: intervals, tests, areas, distributions."""
