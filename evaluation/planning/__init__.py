"""How many pairs a rule on the flip rate needs, and what it decides with how many."""
