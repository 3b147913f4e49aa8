"""bertmask-tui: BERT's predictions and attention, read in a terminal."""

from __future__ import annotations

__version__ = "0.1.0"
