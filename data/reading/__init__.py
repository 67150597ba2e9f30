"""Read a user's files as examples: their columns, each value checked."""
