"""Sentences that show what a classifier of toxic texts can do: functionalities and their cases."""
