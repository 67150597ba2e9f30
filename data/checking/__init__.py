"""The quality of pairs: faults that an edit brought, and what else pairs should not be."""
