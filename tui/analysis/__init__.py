"""Attention as numbers: views, statistics and scales, on numpy arrays alone."""
