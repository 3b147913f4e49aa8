"""Texts on their way into a model, and word pieces on their way back, with no model loaded."""
