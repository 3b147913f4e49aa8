"""ASCII for the interface's own signs, where nothing else can be shown."""

from __future__ import annotations

ASCII_SIGNS = {
    "→": ">", "←": "<", "↑": "^", "↓": "v", "·": "-", "…": "~", "×": "x", "−": "-", "±": "~",
    "▲": "^", "█": "#", "▓": "+", "▒": ":", "░": ".", "─": "-", "│": "|", "╭": "+", "╮": "+",
    "╰": "+", "╯": "+", "▀": '"', "▄": "_", "“": '"', "”": '"', "’": "'", "–": "-", "▏": "|",
    "▎": "|", "▍": "|", "▌": "|", "▐": "|", "▋": "#", "▊": "#", "▉": "#", "▔": "-", "▁": "_",
    "▂": "_", "▃": "_", "▅": "#", "▆": "#", "▇": "#",
}  # fmt: skip
"""The interface's own signs where only ASCII can be shown; the rest is `?`."""
