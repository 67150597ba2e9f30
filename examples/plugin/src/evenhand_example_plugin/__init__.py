"""What can be added to evenhand without changing it: a module for each kind."""
