"""A bar that goes to one side or the other of an axis, as its number's sign says."""

from __future__ import annotations


def diverging_bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """A bar with its axis, in exactly so many columns; both sides are equally exact, to a half.

    Args:
        share: -1 fills the left side, 1 the right; what is no number fills none.
        width: columns, the axis among them; below three there is no bar.
        ascii_only: it is drawn in ASCII, exact to a whole column.
    """
    side = (width - 1) // 2
    if side < 1:
        return " " * width
    share = max(-1.0, min(1.0, share)) if share == share else 0.0
    if ascii_only:
        axis, filled = "|", "=" * round(abs(share) * side)
    else:
        halves = round(abs(share) * side * 2)
        axis, filled = "│", "█" * (halves // 2)
        if halves % 2:
            filled = f"▐{filled}" if share < 0 else f"{filled}▌"
    left, right = (filled, "") if share < 0 else ("", filled)
    return f"{left.rjust(side)}{axis}{right.ljust(width - 1 - side)}"
