"""Make control pairs: the same texts, with edits that touch no identity."""
