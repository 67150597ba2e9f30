"""Shows the results of commands, or writes them to files."""
