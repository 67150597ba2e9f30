"""Metrics by slice, computed by TFMA from scored examples and pairs."""
