"""The colours of the interface; what a cell's colours mean is the ramps' business."""

from __future__ import annotations

from textual.theme import Theme

USUAL = Theme(
    name="bertmask",
    primary="#e8b04a",
    secondary="#7fb4ca",
    accent="#e8b04a",
    foreground="#c9ced6",
    background="#12151b",
    surface="#12151b",
    panel="#1c212a",
    success="#98bb6c",
    warning="#e8b04a",
    error="#e46876",
    dark=True,
    variables={"quiet": "#8f949b", "faint": "#4a4e55", "below": "#5fa8ff"},
)

CONTRAST = Theme(
    name="bertmask-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffff00",
    error="#ff8080",
    dark=True,
    variables={"quiet": "#ffffff", "faint": "#a8a8a8", "below": "#60b0ff"},
)
"""Every text at least 7 : 1 against what is behind it (WCAG 2.2, 1.4.6)."""
