"""How many tokens a vocabulary has beside how many embeddings its model has."""

from __future__ import annotations

ROUND = (8, 16, 32, 64, 100, 128, 256, 512, 1000, 1024)
"""The numbers to whose multiples a model's embeddings are rounded up, beyond the last token."""


def is_rounded_up(size: int, rows: int) -> bool:
    """Whether a model with embeddings for so many tokens was made for a vocabulary of this size."""
    return size >= rows or any(rows % unit == 0 and rows - size < unit for unit in ROUND)
