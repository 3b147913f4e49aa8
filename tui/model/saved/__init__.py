"""Saved attention in the place of a model."""
