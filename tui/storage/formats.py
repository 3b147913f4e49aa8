"""The kinds of files that an analysis is kept in."""

from __future__ import annotations

FORMATS = ("png", "npz", "json", "csv")
"""Every format; the first, pictures, is the default."""

COMPARED_FORMATS = ("png", "npz")
"""What two runs can be written as."""
