"""Panes: what stands beside the grid where there is room for it."""
