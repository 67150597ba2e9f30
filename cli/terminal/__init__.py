"""The process and its terminal: streams, what they show, and signals."""
