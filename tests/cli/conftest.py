"""Puts this folder where the tests of its rooms find what they share."""
