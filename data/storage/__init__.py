"""Files and folders that are complete or absent, and whose they are."""
