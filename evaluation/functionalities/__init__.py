"""Decisions on the cases of functionalities: scored, and counted by functionality and group."""
