"""A gate's result as the files that CI systems show."""
