"""From scored examples and pairs to metrics by slice, through TFMA."""
