"""What the main screen says: from the state of the reading to lines of text."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from tui.analysis.units import block_name
from tui.lazy import np
from tui.model.worker.protocol import Downloading
from tui.render.shading import FULL
from tui.session.reading import Reading
from tui.text import MASK, visible
from tui.widgets.grid.content import GridCell, GridContent, Looks
from tui.widgets.text.predictions_table import Row, Rows

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.render.ramps import Paint
    from tui.widgets.text.row_bars import Bars  # only who asks for the list needs it

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


def place(
    reading: Reading,
    table_width: int,
    noted: Collection[tuple[int, int]] = (),
    *,
    labelled: bool = True,
) -> Text:
    """Which mask the table is about, and above the grid which layer and head it shows.

    Args:
        reading: the state.
        table_width: columns of the table at the left of the grid, 0 if it is not there.
        noted: layers and heads that have notes, counted from 0.
        labelled: with the head's label, for which there is not always room.
    """
    analysis = reading.analysis
    if analysis is None:
        return Text()
    head = _head_place(reading, analysis, labelled=labelled and table_width > 0)
    if (reading.layer, reading.head) in noted:
        head += f"{DOT}note"
    if not table_width:
        return Text(f" {head}", style="bold")
    text = _mask_place(reading, analysis, brief=table_width < 30)
    text.truncate(table_width - 1, pad=True)
    return text.append(f" {head}", style="bold")


def _head_place(reading: Reading, analysis: Analysis, *, labelled: bool) -> str:
    """The layer and head on screen, as far as the view has them, and the view, or the label."""
    info, view = analysis.model, reading.view
    parts = []
    if view.of != "model":
        parts.append(f"Layer {reading.layer + 1} of {info.layers}")
    if view.of == "head":
        parts.append(f"Head {reading.head + 1} of {info.heads}")
    if view.of != "model" and info.windows and (window := info.windows[reading.layer]):
        parts.append(f"window ±{window}")
    if reading.words:
        parts.append("words")
    if block := block_name(reading.shown_block):
        parts.append(block)
    if view.needs:
        parts.append(reading.view_name)
    elif reading.label and labelled:
        parts.append(reading.label)
    return visible(DOT.join(parts))


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


def legend(reading: Reading, looks: Looks, room: int) -> Text:
    """What the shades of the grid stand for, in numbers as far as there is room for them."""
    if reading.analysis is None:
        return Text()
    forms = _legends(reading, looks)
    return next((form for form in forms if form.cell_len <= room), forms[-1])


def legend_with_a_number(reading: Reading, looks: Looks) -> int:
    """The columns that the shortest legend takes that says a number."""
    return 0 if reading.analysis is None else _legends(reading, looks)[-2].cell_len


def _legends(reading: Reading, looks: Looks) -> list[Text]:
    """The legend, the most telling first and the shortest last."""
    scale, head, shading = reading.scale, reading.head_numbers, looks.shading
    view, full = reading.view, scale.full_weight(head)
    unit = "" if view.sums_to_one else f" {view.unit}"
    below = f", {shading.glyphs.below[-1] if shading.ramp is None else '-'} below 0"
    over = full is not None and bool((head.matrix > full * FULL).any())
    above = (f", {shading.glyphs.over} above" if over else "") + (below if view.signed else "")
    name = Text(f"hundredths{DOT}{scale.name}" if looks.numbers else scale.name, style="dim")
    steps = name.copy()
    for share, paint in shading.samples():
        if paint == " ":
            continue
        _append_sample(steps.append("  "), paint)
        steps.append(
            f" {_said(scale.weight_at(share, full)) if full is not None else f'{share:.0%}'}"
        )
    steps.append(unit if full is not None else " of the row’s largest")
    ceiling = _append_sample(name.copy().append(", "), shading.samples()[-1][1])
    ceiling.append(f" = {f'{_said(full)}{unit}' if full is not None else 'the row’s largest'}")
    return [steps.append(above), ceiling.copy().append(above), ceiling, name]


def _append_sample(text: Text, paint: Paint | str) -> Text:
    if isinstance(paint, str):
        return text.append(paint)
    from tui.widgets.grid.paint import sample

    return text.append(paint.glyph * 2, sample(paint) + Style(dim=False))


def _said(weight: float) -> str:
    """Two decimals, or two digits where these would be nought."""
    return f"{weight:.2f}" if weight >= 0.1 or weight == 0 else f"{weight:.2g}"


def labels(reading: Reading) -> tuple[str, ...]:
    """How the rows and columns are called, safe to be shown."""
    return tuple(visible(label) for label in reading.units.labels)


def grid(reading: Reading) -> GridContent | None:
    """What the grid draws; nothing while the layer's attention is not there."""
    if reading.analysis is None or not reading.is_held:
        return None
    numbers = reading.numbers
    return GridContent(
        labels=labels(reading),
        masks=reading.masks,
        weights=numbers.matrix,
        brightness=reading.scale.by_row(numbers.head),
        queries=numbers.tokens,
        keys=numbers.tokens,
        hidden=numbers.hidden,
        second=reading.units.boundary,
    )


def bars(reading: Reading, cursor: GridCell, incoming: bool) -> Bars:
    """The cursor's row as a list, or its column: who attends to that token."""
    from tui.widgets.text.row_bars import Bar, Bars

    if reading.analysis is None or not reading.is_held:
        return Bars()
    names, shown = labels(reading), np.array(reading.numbers.tokens)
    matrix = reading.numbers.matrix
    weights = matrix[shown, cursor.key] if incoming else matrix[cursor.query, shown]
    inside = ~np.isnan(weights)  # what lies outside the part of a pair is no number
    shown, weights = shown[inside], weights[inside]
    order = np.argsort(-weights, kind="stable")
    sums = np.cumsum(weights[order]).tolist()
    tokens = shown[order].tolist()
    rows = zip(tokens, weights[order].tolist(), sums, strict=True)
    title = (
        f"who attends to {names[cursor.key]}" if incoming else f"{names[cursor.query]} attends to"
    )
    here = cursor.query if incoming else cursor.key
    return Bars(
        title=title,
        rows=tuple(Bar(names[token], weight, sum_) for token, weight, sum_ in rows),
        at=tokens.index(here) if here in tokens else None,
    )


def readout(reading: Reading, cell: GridCell) -> str:
    """One weight in words, such as `[MASK] → cat 0.312`; empty if there is no such cell."""
    if reading.analysis is None or not reading.is_held:
        return ""
    if max(cell.query, cell.key) >= len(reading.units):
        return ""
    names, weight = labels(reading), reading.numbers.matrix[cell.query, cell.key]
    outside = bool(reading.shown_block) and bool(np.isnan(weight))
    said = "outside the block" if outside else f"{weight:.3f}"
    return f"{names[cell.query]} → {names[cell.key]} {said}"


def status(reading: Reading, cell: GridCell, columns: tuple[int, int]) -> Text:
    """The weight under the cursor or the mouse, and its row's strongest."""
    said = readout(reading, cell)
    if not said:
        return Text()
    text = Text(f" {said}", style="bold")
    numbers = reading.numbers
    names, row = labels(reading), numbers.matrix[cell.query]
    if numbers.hidden is not None:
        text.append(f"{DOT}hidden {numbers.hidden[cell.query]:.2f}", style="not bold")
    order = np.argsort(-np.abs(row), kind="stable")[: min(3, len(numbers.tokens))].tolist()
    strongest = order if not reading.shown_block else [k for k in order if not np.isnan(row[k])]
    if strongest:
        listed = ", ".join(f"{names[key]} {row[key]:.2f}" for key in strongest)
        text.append(f"{DOT}row: {listed}", style="not bold")
    if not reading.view.sums_to_one:
        total = float(np.nansum(row))
        text.append(f"{DOT}no distribution, the row sums to {total:.2f}", style="not bold")
    shown, count = columns
    if shown < count:
        text.append(f"{DOT}columns: {shown} of {count} shown", style="not bold")
    return text


def activity(
    asked: bool,
    model_note: str,
    wanted: str | None = None,
    download: Downloading | None = None,
    under_way: str = "",
) -> Text:
    """What is under way: a download, a model that was chosen, an analysis, or what runs beside."""
    if download is not None and download.done < download.total:
        return Text(f"{_progress(download)}{DOT}esc cancels ", style="italic")
    if wanted is not None:
        return Text(f"loading {short_name(wanted)}… ", style="italic")
    if not asked:
        return Text(f"{under_way} " if under_way else "", style="italic")
    return Text(
        "waiting for the model " if model_note == "loading…" else "analysing… ", style="italic"
    )


def _progress(download: Downloading) -> str:
    """How far a download is, such as `roberta-base 120 MB of 501 MB · 5 MB/s · 1:16 left`."""
    from tui.model.hub.catalogue import size  # only a download needs it

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
