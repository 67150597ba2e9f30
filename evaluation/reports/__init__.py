"""The report: report.json, read, written and checked, and where it came from."""
