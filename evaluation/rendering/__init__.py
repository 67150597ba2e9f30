"""The files that show a report to people."""
