"""What commands show or write of what was done."""
