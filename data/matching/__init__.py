"""Find identity terms in text."""
