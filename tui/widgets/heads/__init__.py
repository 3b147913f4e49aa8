"""Widgets about all heads."""
