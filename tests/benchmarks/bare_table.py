"""The baseline of a cursor move: Textual's own table, as large as the screen."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable

IS_UP = "c40"


class BareTable(App[None]):
    """Sixty rows of forty columns."""

    def compose(self) -> ComposeResult:
        table: DataTable[str] = DataTable(cell_padding=0)
        table.add_columns(*(f"c{column}" for column in range(1, 41)))
        for row in range(60):
            table.add_row(*(f"{row * column % 97:02}" for column in range(40)))
        yield table


if __name__ == "__main__":
    BareTable().run()
