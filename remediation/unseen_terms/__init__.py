"""What helps with identity terms that training does not see: a model's own words, and erasure."""
