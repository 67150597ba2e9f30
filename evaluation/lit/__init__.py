"""A report's pairs in the Learning Interpretability Tool (LIT)."""
