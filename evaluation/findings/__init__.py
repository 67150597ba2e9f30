"""A report in words: what is established, what it cost, what it does not show."""
