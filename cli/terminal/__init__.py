"""The process and its terminal: streams, what is shown on them, interrupts."""
