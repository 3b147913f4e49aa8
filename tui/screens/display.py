"""What the main screen says: from the state of the reading to lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from tui.lazy import np
from tui.model.analysis import Analysis
from tui.reading import Reading
from tui.render.shading import FULL
from tui.text import MASK, visible
from tui.widgets.grid_content import Cell, GridContent, Looks
from tui.widgets.predictions_table import Row, Rows

if TYPE_CHECKING:
    from tui.render.ramps import Paint
    from tui.widgets.row_bars import Bars  # only who asks for the list needs it

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


def legend(reading: Reading, looks: Looks, room: int) -> Text:
    """What the shades of the grid stand for, in numbers as far as there is room for them."""
    if reading.analysis is None:
        return Text()
    scale, head, shading = reading.scale, reading.head_numbers, looks.shading
    full = scale.full_weight(head)
    text = Text(style="dim")
    if looks.numbers:
        text.append(f"hundredths{DOT}")
    text.append(scale.name)
    over = bool((head.matrix > full * FULL).any()) if full is not None else None
    above = f", {shading.glyphs.over} above" if over else ""
    brief = _append_sample(text.copy().append(", "), shading.samples()[-1][1])
    brief.append(f" = {_said(full) if full is not None else 'the row’s largest'}{above}")
    for share, paint in shading.samples():
        if paint == " ":
            continue
        _append_sample(text.append("  "), paint)
        text.append(
            f" {_said(scale.weight_at(share, full)) if full is not None else f'{share:.0%}'}"
        )
    text.append(above if full is not None else " of the row’s largest")
    return text if text.cell_len <= room else brief


def _append_sample(text: Text, paint: Paint | str) -> Text:
    if isinstance(paint, str):
        return text.append(paint)
    from tui.widgets.grid_paint import sample

    return text.append(paint.glyph * 2, sample(paint) + Style(dim=False))


def _said(weight: float) -> str:
    """Two decimals, or two digits where these would be nought."""
    return f"{weight:.2f}" if weight >= 0.1 or weight == 0 else f"{weight:.2g}"


def grid(reading: Reading) -> GridContent | None:
    """What the grid draws."""
    if reading.analysis is None:
        return None
    numbers = reading.numbers
    return GridContent(
        labels=_labels(reading.analysis),
        masks=reading.analysis.masks,
        weights=numbers.head.matrix,
        brightness=reading.scale.by_row(numbers.head),
        queries=numbers.tokens,
        keys=numbers.tokens,
        hidden=numbers.hidden,
    )


def _labels(analysis: Analysis) -> tuple[str, ...]:
    return tuple(visible(token.text) for token in analysis.tokens)


def bars(reading: Reading, cursor: Cell, incoming: bool) -> Bars:
    """The cursor's row as a list, or its column: who attends to that token."""
    from tui.widgets.row_bars import Bar, Bars

    if reading.analysis is None:
        return Bars()
    labels, shown = _labels(reading.analysis), np.array(reading.numbers.tokens)
    matrix = reading.head_numbers.matrix
    weights = matrix[shown, cursor.key] if incoming else matrix[cursor.query, shown]
    order = np.argsort(-weights, kind="stable")
    sums = np.cumsum(np.nan_to_num(weights[order])).tolist()
    tokens = shown[order].tolist()
    rows = zip(tokens, weights[order].tolist(), sums, strict=True)
    title = (
        f"who attends to {labels[cursor.key]}" if incoming else f"{labels[cursor.query]} attends to"
    )
    here = cursor.query if incoming else cursor.key
    return Bars(
        title=title,
        rows=tuple(Bar(labels[token], weight, sum_) for token, weight, sum_ in rows),
        at=tokens.index(here) if here in tokens else None,
    )


def readout(reading: Reading, cell: Cell) -> str:
    """One weight in words, such as `[MASK] → cat 0.312`; empty if there is no such cell."""
    if reading.analysis is None or max(cell.query, cell.key) >= len(reading.analysis.tokens):
        return ""
    labels, weight = _labels(reading.analysis), reading.head_numbers.matrix[cell.query, cell.key]
    return f"{labels[cell.query]} → {labels[cell.key]} {weight:.3f}"


def status(reading: Reading, cell: Cell, columns: tuple[int, int]) -> Text:
    """The weight under the cursor or the mouse, and its row's strongest."""
    said = readout(reading, cell)
    if not said:
        return Text()
    text = Text(f" {said}", style="bold")
    numbers = reading.numbers
    assert reading.analysis is not None
    labels, row = _labels(reading.analysis), numbers.head.matrix[cell.query]
    if numbers.hidden is not None:
        text.append(f"{DOT}hidden {numbers.hidden[cell.query]:.2f}", style="not bold")
    strongest = np.argsort(-row, kind="stable")[: min(3, len(numbers.tokens))].tolist()
    listed = ", ".join(f"{labels[key]} {row[key]:.2f}" for key in strongest)
    text.append(f"{DOT}row: {listed}", style="not bold")
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
