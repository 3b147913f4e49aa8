"""Dialogs: each asks one thing, returns what was answered, and changes nothing."""
