"""A share of the way as tables and CSV have it."""

from __future__ import annotations

import math

from tui.analysis.columns import NO_NUMBER


def share_cell(share: float) -> str:
    """A share in a table."""
    return NO_NUMBER if math.isnan(share) else f"{share:+.3f}"


def share_number(share: float) -> float | str:
    """A share in CSV; empty if it is no number."""
    return "" if math.isnan(share) else share
