"""How results show themselves in notebooks, and progress there."""
