"""Whether a model's file does anything besides computing."""
