"""What the main screen says: from the state of the reading to lines of text."""

from __future__ import annotations

from rich.text import Text

from tui.lazy import np
from tui.model.analysis import Analysis
from tui.reading import Reading
from tui.render.shading import Glyphs, levels
from tui.text import MASK, visible
from tui.widgets.attention_grid import Cell, GridContent
from tui.widgets.predictions_table import Row, Rows

DOT = " · "

NO_MASK = (
    f"There is no {MASK} in this sentence: the grid shows its attention all the same. "
    f"To see candidates, put {MASK} where a word is wanted (i, then ctrl+t), "
    "or move the cursor to a token with j and k and press w to mask it."
)


def model(name: str, note: str) -> Text:
    """The model and its state, for the top right."""
    return Text(DOT.join(part for part in (visible(name), note) if part), style="dim")


def place(reading: Reading, table_width: int) -> Text:
    """Which mask the table is about, and above the grid which layer and head it shows.

    Args:
        reading: the state.
        table_width: columns of the table at the left of the grid, 0 if it is not there.
    """
    analysis = reading.analysis
    if analysis is None:
        return Text()
    info = analysis.model
    head = f"Layer {reading.layer + 1} of {info.layers}{DOT}Head {reading.head + 1} of {info.heads}"
    if not table_width:
        return Text(f" {head}", style="bold")
    text = _mask_place(reading, analysis, brief=table_width < 30)
    text.truncate(table_width - 1, pad=True)
    return text.append(f" {head}", style="bold")


def _mask_place(reading: Reading, analysis: Analysis, *, brief: bool) -> Text:
    if reading.is_filled:
        return Text(" filled in · backspace: back", style="italic")
    if not analysis.masks:
        return Text(f" no {MASK}")
    text = Text().append(f" {MASK}", style="bold")
    if len(analysis.masks) > 1:
        text.append(f" {reading.mask + 1} of {len(analysis.masks)}")
    position = analysis.masks[reading.mask] + 1
    pieces = "piece" if brief else "word piece"
    return text.append(f", {pieces} {position} of {len(analysis.tokens)}")


def table(reading: Reading, waiting: bool) -> Rows:
    """The candidates for the predictions table."""
    if reading.analysis is None:
        return Rows(empty="The model is loading; you can type already." if waiting else "")
    return Rows(
        rows=tuple(Row(visible(c.token), c.probability) for c in reading.candidates),
        chosen=reading.chosen,
        filled=reading.is_filled,
        empty=NO_MASK,
    )


def legend(reading: Reading, glyphs: Glyphs) -> Text:
    """What the shades of the grid stand for."""
    if reading.analysis is None:
        return Text()
    return Text(glyphs.legend(reading.scale, reading.head_numbers), style="dim")


def grid(reading: Reading) -> GridContent | None:
    """What the grid draws."""
    if reading.analysis is None:
        return None
    head = reading.head_numbers
    return GridContent(
        labels=tuple(visible(token.text) for token in reading.analysis.tokens),
        masks=reading.analysis.masks,
        weights=head.matrix,
        levels=levels(reading.scale.brightness(head)),
    )


def status(reading: Reading, cursor: Cell, columns: tuple[int, int]) -> Text:
    """The weight under the cursor and the row's strongest."""
    if reading.analysis is None:
        return Text()
    matrix = reading.head_numbers.matrix
    if max(cursor.query, cursor.key) >= len(matrix):
        return Text()
    tokens = [visible(token.text) for token in reading.analysis.tokens]
    row = matrix[cursor.query]
    text = Text(
        f" {tokens[cursor.query]} → {tokens[cursor.key]} {row[cursor.key]:.3f}", style="bold"
    )
    strongest = np.argsort(-row, kind="stable")[:3].tolist()
    said = ", ".join(f"{tokens[key]} {row[key]:.2f}" for key in strongest)
    text.append(f"{DOT}row: {said}", style="not bold")
    shown, count = columns
    if shown < count:
        text.append(f"{DOT}columns: {shown} of {count} shown", style="not bold")
    return text


def activity(asked: bool, model_note: str) -> Text:
    """What is under way."""
    if not asked:
        return Text()
    return Text(
        "waiting for the model " if model_note == "loading…" else "analysing… ", style="italic"
    )
