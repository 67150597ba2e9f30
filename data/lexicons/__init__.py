"""Lexicons of identity terms: what they hold, how they are read and checked."""
