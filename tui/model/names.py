"""Names of models, known without loading anything."""

from __future__ import annotations

EMBEDDED = "embedded"
"""The name of the model that ships with the package."""

SAVED = ".npz"
"""What the name of a file of saved attention ends with."""


def is_saved(name: str) -> bool:
    """Whether a model's name is that of a file of saved attention."""
    return name.endswith(SAVED)
