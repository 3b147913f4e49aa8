"""The two ends of a scale of signed numbers, in words."""

from __future__ import annotations


def ends(full: str) -> tuple[str, str]:
    """The lower and the upper end.

    Args:
        full: the size at both of them, a number such as `0.31` or words such as
            `each row's largest`.
    """
    if full[:1].isdigit():
        return f"−{full}", f"+{full}"
    return f"minus {full}", full
