"""The colours of the interface; what a cell's colours mean is the ramps' business.

Every text has at least 4.5 : 1 against what is behind it (WCAG 2.2, 1.4.3), in the themes of high
contrast 7 : 1 (1.4.6); `line` is for what separates and says nothing.
"""

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
    error="#f08a95",
    dark=True,
    variables={
        "quiet": "#a3a8b0",
        "faint": "#8a9098",
        "line": "#4a4e55",
        "chosen": "#2b3f4b",
        "below": "#5fa8ff",
    },
)

LIGHT = Theme(
    name="bertmask-light",
    primary="#7d4900",
    secondary="#17597a",
    accent="#7d4900",
    foreground="#20242a",
    background="#fcfcfa",
    surface="#fcfcfa",
    panel="#eceef1",
    success="#2f5d16",
    warning="#7d4900",
    error="#a3201a",
    dark=False,
    variables={
        "quiet": "#4b5159",
        "faint": "#5c626a",
        "line": "#c2c6cc",
        "chosen": "#cfe2ec",
        "below": "#1d4fb8",
    },
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
    variables={
        "quiet": "#ffffff",
        "faint": "#a8a8a8",
        "line": "#a8a8a8",
        "chosen": "#003c50",
        "below": "#60b0ff",
    },
)

LIGHT_CONTRAST = Theme(
    name="bertmask-light-contrast",
    primary="#5f0000",
    secondary="#00005f",
    accent="#5f0000",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ffffff",
    success="#003c00",
    warning="#5f0000",
    error="#8b0000",
    dark=False,
    variables={
        "quiet": "#000000",
        "faint": "#4e4e4e",
        "line": "#4e4e4e",
        "chosen": "#d4e4f4",
        "below": "#00347a",
    },
)

THEMES = (USUAL, LIGHT, CONTRAST, LIGHT_CONTRAST)


def theme_name(*, contrast: bool, light: bool) -> str:
    """The name of the theme for a ground, with usual or with high contrast."""
    if light:
        return (LIGHT_CONTRAST if contrast else LIGHT).name
    return (CONTRAST if contrast else USUAL).name
