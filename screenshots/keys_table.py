"""The README's table of keys, made from the bindings themselves."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tui.screens.help import sections

README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- keys: made by `make screenshots` from the bindings -->\n"
END = "<!-- end of keys -->\n"


def table() -> str:
    """Every key under the place where it acts, in Markdown."""
    parts = []
    for title, lines in sections():
        rows = [
            f"| {' '.join(f'`{key}`' for key in line.keys)} | {line.long} |".replace("`|`", "`\\|`")
            for line in lines
        ]
        parts.append("\n".join([f"{title}:", "", "| key | does |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def with_table(readme: str) -> str:
    """The README with the table as it should be now."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(README.name)
