"""Names of models, known without loading anything."""

from __future__ import annotations

EMBEDDED = "embedded"
"""The name of the model that ships with the package."""
