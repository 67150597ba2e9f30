"""Whether a model's file does more than compute."""
