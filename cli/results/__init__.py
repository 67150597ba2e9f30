"""Results as commands show them, or write them to files."""
