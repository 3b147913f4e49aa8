"""The lines around the grid: the model, the head on screen, the weight under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from rich.text import Text

from tui.analysis.decimals import WEIGHT_DECIMALS
from tui.analysis.interventions import changed_heads, cut_heads
from tui.analysis.units import block_name
from tui.analysis.views import RAW
from tui.lazy import np
from tui.session.cutting import CUT_SIGN, TRANSPLANT_SIGN
from tui.session.model_state import LOADING, short_name
from tui.text import MASK, ordinal, visible
from tui.widgets.text.fitting import brief_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.displayed import DisplayedMatrix
    from tui.model.worker.protocol import Downloading
    from tui.session.difference import Seen
    from tui.session.session import Session
    from tui.session.walking import CellIndex

DOT = " · "

_Place = Literal["counted", "bare", "joined"]
"""`Layer 2 of 6 · Head 9 of 12`, `Layer 2 · Head 9`, or `Head 2·9`."""


def model_line(session: Session) -> Text:
    """The model and its state, for the top right."""
    parts = visible(session.model.line), session.model.note
    return Text(DOT.join(part for part in parts if part), style="dim")


def headings(
    session: Session, table_width: int, seen: Seen, *, has_words: bool = False
) -> list[Text]:
    """Which mask the candidates are for, and which layer and head the grid shows.

    Args:
        session: the session.
        table_width: columns of the table at the left of the grid, 0 if it is not there.
        seen: what the grid shows.
        has_words: the head's label is said in a line of its own.

    Returns:
        The same with all of the head's label, with a brief one, and without it: there is not
        always room. The last ones do not say how many layers and heads there are: the legend is
        needed to read the shades.
    """
    if session.analysis is None:
        return [Text()]
    labels = (seen.label(), seen.label(brief=True), "") if table_width and not has_words else ("",)
    forms = [_heading(session, table_width, seen, label) for label in dict.fromkeys(labels)]
    short: tuple[_Place, ...] = ("bare", "joined")
    return forms + [_heading(session, table_width, seen, "", place=place) for place in short]


def numbers_named(session: Session, seen: Seen, *, brief: bool = False) -> str:
    """Whose numbers are seen and which, such as `B, rollout` or `A − B`.

    What goes without saying is not said: raw weights, and A where nothing is compared.

    Args:
        session: the session.
        seen: what the numbers are of.
        brief: only the side and the view; else what else changes them too.
    """
    if seen.analysis is None or not seen.is_held:
        return ""
    parts = [_side(session, seen), "" if seen.view is RAW else visible(seen.view_name)]
    if not brief:
        parts += ["words"] * seen.words + [block_name(seen.shown_block)]
        parts += ["special tokens hidden"] * (seen.displayed.hidden is not None)
    return ", ".join(part for part in parts if part)


def place_named(seen: Seen) -> str:
    """The layer and head that are seen, as far as the view has them, and the view."""
    return _head(seen, "", place="bare")


def of_numbers(said: str, named: str) -> str:
    """Words with the numbers that they are about before them, where there is anything to say."""
    return DOT.join(part for part in (named, said) if part)


def _side(session: Session, seen: Seen) -> str:
    """The side that one run is, while two are compared; empty else, and of A − B."""
    if session.comparing.shown_side not in ("A", "B"):
        return ""
    return "A" if seen is session.viewing else "B"


def head_line(session: Session, seen: Seen) -> Text:
    """The head at hand in a line of words: what it does here, and its place by what is measured.

    It is empty where no head is looked at, or not all of them are there. Where B is seen the words
    are about B's run, and at A − B about A's: then it is said whose they are.

    Args:
        session: the session.
        seen: what the grid shows.
    """
    answer, viewing = seen.analysis, session.viewing
    if answer is None or viewing.view.of != "head" or len(answer.held) < answer.model.layers:
        return Text()
    from tui.analysis.head_words import head_in_words

    layer, head = session.head
    is_a = answer is session.analysis
    whose = "" if seen is viewing else "A: " if is_a else "B: "
    parts = [f"{whose}{layer + 1}·{head + 1}", head_in_words(answer, session.head)]
    for column, of in _PLACED:
        values = session.measured.get(column) if is_a or column == "change" else None
        if values is not None and (place := place_of(values, session.head)):
            so_far = session.so_far.get(column)
            among = f"{so_far.count} measured" if so_far is not None else values.size
            parts.append(f"{ordinal(place)} of {among} by {of(session)}")
    return Text(f" {visible(DOT.join(parts))}")


def _by_effect(session: Session) -> str:
    found = session.effects.found
    if found is None:
        return "effect"
    of = f", {found.measured_as(session.effects.shown)}" if found.pieces else ""
    return f"effect on {found.word}{of}"


_PLACED: tuple[tuple[str, Callable[[Session], str]], ...] = (
    ("effect", _by_effect),
    ("change", lambda _: "change from A to B"),
    ("share", lambda _: "share from B"),
)
"""The measured columns by which a head's place is said, and how each is named."""


def place_of(values: NDArray[np.float32], head: tuple[int, int]) -> int:
    """A head's place among all, the largest number first, from 1; 0 if it has no number."""
    own = values[head]
    return int((values > own).sum()) + 1 if np.isfinite(own) else 0


def _heading(
    session: Session, table_width: int, seen: Seen, label: str, *, place: _Place = "counted"
) -> Text:
    head = _head(seen, label, place=place)
    if side := _side(session, seen):
        head = f"{side}{DOT}{head}"
    if session.head in session.noted:
        head += f"{DOT}note"
    if not table_width:
        return Text(f" {head}", style="bold")
    text = _mask(session, session.answer, brief=table_width < 30)
    text.truncate(table_width - 1, overflow="ellipsis", pad=True)
    return text.append(f" {head}", style="bold")


def _head(viewing: Seen, label: str, *, place: _Place = "counted") -> str:
    """The layer and head on screen, as far as the view has them, and the view, or the label.

    Args:
        viewing: what is seen.
        label: the head's label.
        place: how a layer and a head are said: with how many there are, without, or as `Head 2·9`.
    """
    info, view = viewing.answer.model, viewing.view
    layer, head = str(viewing.layer + 1), str(viewing.head + 1)
    if place == "counted":
        layer, head = f"{layer} of {info.layers}", f"{head} of {info.heads}"
    parts = [] if view.of == "model" else [f"Layer {layer}"]
    if view.of == "head":
        changes, here = viewing.answer.interventions, (viewing.layer, viewing.head)
        sign = ""
        if here in cut_heads(changes):
            sign = f" {CUT_SIGN} cut"
        elif here in changed_heads(changes):
            sign = f" {TRANSPLANT_SIGN} transplanted"
        if place == "joined":
            parts, head = [], f"{layer}·{head}"
        parts.append(f"Head {head}{sign}")
    if view.of != "model" and info.windows and (window := info.windows[viewing.layer]):
        parts.append(f"window ±{window}")
    if viewing.words:
        parts.append("words")
    if block := block_name(viewing.shown_block):
        parts.append(block)
    if view is not RAW:
        parts.append(viewing.view_name)
    elif label:
        parts.append(label)
    return visible(DOT.join(parts))


def _mask(session: Session, analysis: Analysis, *, brief: bool) -> Text:
    filling = session.filling
    if filling.is_filled:
        return Text(" filled in · backspace: back", style="italic")
    if not analysis.masks:
        return Text(f" no {MASK}")
    text = Text().append(f" {MASK}", style="bold")
    if len(analysis.masks) > 1:
        text.append(f" {filling.mask + 1} of {len(analysis.masks)}")
    if filling.followed is not None:
        of = "target:"
        if filling.word:
            of = "e on" if brief else "target of e:"
        return text.append(f", {of} {visible(filling.followed.label)}")
    position = analysis.masks[filling.mask] + 1
    pieces = "piece" if brief else "word piece"
    return text.append(f", {pieces} {position} of {len(analysis.tokens)}")


def readout(viewing: Seen, cell: CellIndex, *, whole: bool = False) -> str:
    """One weight in words, such as `[MASK] → cat 0.312`; empty if there is no such cell.

    Args:
        viewing: what is seen.
        cell: the query and key.
        whole: their names are whole however long; else the weight has room on the screen too.
    """
    if viewing.analysis is None or not viewing.is_held or max(cell) >= len(viewing.units):
        return ""
    names, weight = viewing.labels, float(viewing.displayed.matrix[cell])
    said = _no_weight(viewing, cell) if np.isnan(weight) else f"{weight:.{WEIGHT_DECIMALS}f}"
    query, key = (names[unit] if whole else brief_name(names[unit]) for unit in cell)
    return f"{query} → {key} {said}"


def _no_weight(viewing: Seen, cell: CellIndex) -> str:
    """Why a cell has no weight: a side has no such row, or it is not in the part that is shown."""
    block, sentences = viewing.shown_block, viewing.units.sentences
    if block is None or (sentences[cell[0]], sentences[cell[1]]) == block:
        return "no number"
    if not all((sentences == sentence).any() for sentence in block):
        return f"outside the block: no token of {block_name(block)} has a partner"
    return "outside the block"


def status(
    viewing: Seen, cell: CellIndex, columns: tuple[int, int], *, is_arrow_cut: bool = False
) -> Text:
    """The weight under the cursor or the mouse, and its row's strongest.

    Args:
        viewing: the head that is looked at.
        cell: the query and key.
        columns: how many columns are on screen, and how many there are.
        is_arrow_cut: that weight is cut.
    """
    said = readout(viewing, cell)
    if not said:
        return Text()
    text = Text(f" {said}", style="bold")
    if is_arrow_cut:
        text.append(f"{DOT}{CUT_SIGN} arrow cut")
    displayed = viewing.displayed
    names, row = viewing.labels, displayed.matrix[cell[0]]
    if displayed.hidden is not None:
        text.append(f"{DOT}{_hidden(displayed, cell[0])}", style="not bold")
    there = np.array(displayed.tokens, dtype=np.intp)  # what is hidden has a 0
    order = there[np.argsort(-np.abs(row[there]), kind="stable")][:3].tolist()
    strongest = [key for key in order if not np.isnan(row[key])]
    if strongest:
        decimals = WEIGHT_DECIMALS if viewing.view.signed else 2  # differences are small
        listed = ", ".join(f"{brief_name(names[key])} {row[key]:.{decimals}f}" for key in strongest)
        text.append(f"{DOT}row: {listed}", style="not bold")
    if strongest and not viewing.view.sums_to_one:
        total = round(float(np.nansum(row)), 2) + 0.0  # which takes the sign off a zero
        text.append(f"{DOT}no distribution, the row sums to {total:.2f}", style="not bold")
    shown, count = columns
    if shown < count:
        text.append(f"{DOT}columns: {shown} of {count} shown", style="not bold")
    return text


def _hidden(displayed: DisplayedMatrix, query: int) -> str:
    """How much of a row is hidden, of two runs on either side as far as it has that row."""
    if displayed.hidden_of_both is None:
        return "" if displayed.hidden is None else f"hidden {displayed.hidden[query]:.2f}"
    shares = zip("AB", displayed.hidden_of_both, strict=True)
    said = [f"{share[query]:.2f} in {side}" for side, share in shares if share[query] >= 0]
    return f"hidden {', '.join(said)}"


def activity(session: Session) -> Text:
    """The work under way: a download, a model that was chosen, an analysis, or a job."""
    model = session.model
    if model.download is not None and model.download.done < model.download.total:
        return Text(f"{_progress(model.download)}{DOT}esc cancels ", style="italic")
    if model.wanted is not None:
        return Text(f"loading {short_name(model.wanted)}… ", style="italic")
    if session.question is not None:
        if model.note == LOADING:
            return Text("waiting for the model ", style="italic")
        if model.torch_wait is not None and session.question.wanted.gradient is not None:
            wait = f"starting torch for the gradient, {model.torch_wait:.0f} s"
            return Text(f"{wait}{DOT}esc cancels ", style="italic")
        if session.question.compares:
            return Text("asking the whole model… ", style="italic")
        means = model.means_taken
        if means is not None and means.done < means.of and session.question.interventions:
            said = f"means over sentences, {means.done} of {means.of}"
            return Text(f"{said}{DOT}esc cancels ", style="italic")
        return Text("analysing… ", style="italic")
    return Text(f"{session.jobs.said} " if session.jobs.said else "", style="italic")


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
