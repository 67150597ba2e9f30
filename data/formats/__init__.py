"""Rows of files in every format that is read or written, whatever the rows are for."""
