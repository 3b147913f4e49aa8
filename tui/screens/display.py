"""What the main screen says: from the state of the reading to lines of text."""

from __future__ import annotations

from pathlib import PurePath

from rich.text import Text

from tui.lazy import np
from tui.model.analysis import Analysis
from tui.model.catalogue import size
from tui.model.protocol import Downloading
from tui.reading import Reading, display_block
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


def short_name(name: str) -> str:
    """A model's name as it is shown: of a folder, its last part."""
    return visible(PurePath(name).name if PurePath(name).is_absolute() else name)


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
    if info.windows and (window := info.windows[reading.layer]):
        head += f"{DOT}window ±{window}"
    if reading.words:
        head += f"{DOT}words"
    if block := display_block(reading.shown_block):
        head += f"{DOT}{block}"
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
        empty=_why_empty(reading.analysis),
    )


def _why_empty(analysis: Analysis) -> str:
    """Why there are no candidates."""
    if analysis.masks and not analysis.model.has_head:
        return (
            f"{short_name(analysis.model.name)} has no trained masked-LM head, so it has no "
            "candidates to show. The grid shows its attention all the same."
        )
    return NO_MASK


def legend(reading: Reading, glyphs: Glyphs) -> Text:
    """What the shades of the grid stand for."""
    if reading.analysis is None:
        return Text()
    return Text(glyphs.legend(reading.scale, reading.head_numbers), style="dim")


def labels(reading: Reading) -> tuple[str, ...]:
    """How the rows and columns are called, safe to be shown."""
    return tuple(visible(label) for label in reading.units.labels)


def grid(reading: Reading) -> GridContent | None:
    """What the grid draws; nothing while the layer's attention is not there."""
    if reading.analysis is None or not reading.is_held:
        return None
    head = reading.head_numbers
    return GridContent(
        labels=labels(reading),
        masks=reading.masks,
        weights=head.matrix,
        levels=levels(reading.scale.brightness(head)),
        second=reading.units.boundary,
    )


def status(reading: Reading, cursor: Cell, columns: tuple[int, int]) -> Text:
    """The weight under the cursor and the row's strongest."""
    if reading.analysis is None:
        return Text()
    matrix = reading.head_numbers.matrix
    if max(cursor.query, cursor.key) >= len(matrix) or not reading.is_held:
        return Text()
    tokens = labels(reading)
    row = matrix[cursor.query]
    weight = "outside the block" if np.isnan(row[cursor.key]) else f"{row[cursor.key]:.3f}"
    text = Text(f" {tokens[cursor.query]} → {tokens[cursor.key]} {weight}", style="bold")
    strongest = [key for key in np.argsort(-row, kind="stable")[:3].tolist() if row[key] >= 0]
    if not strongest:
        return text
    said = ", ".join(f"{tokens[key]} {row[key]:.2f}" for key in strongest)
    text.append(f"{DOT}row: {said}", style="not bold")
    shown, count = columns
    if shown < count:
        text.append(f"{DOT}columns: {shown} of {count} shown", style="not bold")
    return text


def activity(
    asked: bool, model_note: str, wanted: str | None, download: Downloading | None
) -> Text:
    """What is under way: a download, a model that was chosen, or an analysis."""
    if download is not None and download.done < download.total:
        return Text(f"{_progress(download)}{DOT}esc cancels ", style="italic")
    if wanted is not None:
        return Text(f"loading {short_name(wanted)}… ", style="italic")
    if not asked:
        return Text()
    return Text(
        "waiting for the model " if model_note == "loading…" else "analysing… ", style="italic"
    )


def _progress(download: Downloading) -> str:
    """How far a download is, such as `roberta-base 120 MB of 501 MB · 5 MB/s · 1:16 left`."""
    said = [f"{visible(download.name)} {size(download.done)} of {size(download.total)}"]
    if download.rate > 0:
        left = round((download.total - download.done) / download.rate)
        minutes, seconds = divmod(left, 60)
        hours, minutes = divmod(minutes, 60)
        clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        said += [f"{size(round(download.rate))}/s", f"{clock} left"]
    else:
        said.append("nothing comes")
    return DOT.join(said)
