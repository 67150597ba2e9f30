"""Reads, writes and checks report.json, and records where a report came from."""
