"""Looking: from head to head and token to token, in which view, scale, words, colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.analysis.scales import SCALES
from tui.analysis.views import VIEWS, View
from tui.errors import RequestError
from tui.render.depth import Depth
from tui.render.shading import ASCII, BLOCKS, Shading
from tui.session.effects import Effect, Open, Redraw, ShowSentence, UseTheme
from tui.session.events import Part, action, event
from tui.session.filling import stepping_back
from tui.session.looks import SHAPES, Looks
from tui.session.panes import PANES
from tui.text import MASK

if TYPE_CHECKING:
    from tui.session.session import Session


class Looking(Part):
    """Changes which numbers are looked at, and how; the answer itself stays.

    Attributes:
        looks: how the grid is drawn.
        bars: the row is shown as a list in the candidates' place.
        incoming: that list is about who attends to the cursor's key.
        contrast: the colours are those of high contrast.
        pane: which pane stands beside the grid where there is room for one, of `PANES`.
        light: the colours are those on a light ground.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        kept, options, viewing = session.options.place, session.options, session.viewing
        toggles = kept.toggles
        viewing.scale = next((s for s in SCALES if s.name == kept.scale), viewing.scale)
        viewing.look_at(next((v for v in VIEWS if v.name == kept.view), viewing.wish))
        viewing.hides = toggles.get("hides") is True
        viewing.words = toggles.get("words") is True
        shading = Shading(ASCII if options.ascii_only else BLOCKS, None, options.depth)
        self.looks = Looks(
            shading,
            numbers=toggles.get("numbers") is True,
            overview=toggles.get("overview") is True,
            size=_size(toggles.get("cells")),
        ).with_ramp(str(toggles.get("ramp", "")))
        self.bars = toggles.get("bars") is True
        self.incoming = toggles.get("incoming") is True
        self.contrast = toggles.get("contrast") is True
        self.pane = next((at for at, one in enumerate(PANES) if one == toggles.get("pane")), 0)
        # Without colours there is no ground of one's own.
        self.light = options.theme == "light" and options.depth is not Depth.NONE

    @property
    def toggles(self) -> dict[str, bool | str]:
        """The switches by their names, to be taken up again on the next start."""
        viewing, ramp = self.session.viewing, self.looks.shading.ramp
        return {
            "hides": viewing.hides,
            "words": viewing.words,
            "ramp": ramp.name if ramp else "",
            "numbers": self.looks.numbers,
            "overview": self.looks.overview,
            "incoming": self.incoming,
            "cells": "" if self.looks.size is None else str(self.looks.size),
            "bars": self.bars,
            "pane": PANES[self.pane],
            "contrast": self.contrast,
        }

    # The head, and how it is seen

    @action
    def turn_head(self, step: int) -> Iterable[Effect]:
        """Next (1) or previous (-1) head of the layer, cycling."""
        self.session.need_answer()
        self.session.viewing.turn_head(step)
        yield from self.session.show_head()

    @action
    def turn_layer(self, step: int) -> Iterable[Effect]:
        """Next (1) or previous (-1) layer, cycling."""
        self.session.need_answer()
        self.session.viewing.turn_layer(step)
        yield from self.session.show_head()

    @action
    def open_go_to(self) -> Iterable[Effect]:
        """Ask which head to go to."""
        self.session.need_answer()
        yield Open("go-to")

    @action
    def go_to(self, layer: int, head: int) -> Iterable[Effect]:
        """Go to a head, both counted from 1."""
        self.session.need_answer()
        self.session.viewing.check_head(layer, head)
        self.session.viewing.layer, self.session.viewing.head = layer - 1, head - 1
        yield from self.session.show_head()

    @action
    def next_scale(self) -> Iterable[Effect]:
        """Take the next scale."""
        self.session.need_answer()
        self.session.viewing.next_scale()
        yield Redraw.EVERYTHING
        yield from self.session.want()

    @action
    def toggle_hiding(self) -> Iterable[Effect]:
        """Hide special tokens, or show them again."""
        self.session.need_answer()
        self.session.viewing.toggle_hiding()
        yield Redraw.EVERYTHING

    @action
    def toggle_words(self) -> Iterable[Effect]:
        """Join word pieces into words, or take them apart."""
        self.session.need_answer()
        self.session.viewing.toggle_words()
        yield Redraw.EVERYTHING
        yield from self.session.want()

    @action
    def next_block(self) -> Iterable[Effect]:
        """Look at the next part of a pair of sentences."""
        self.session.need_answer()
        self.session.viewing.next_block()
        yield Redraw.EVERYTHING

    @action
    def open_views(self) -> Iterable[Effect]:
        """Choose which numbers are looked at."""
        self.session.need_answer()
        yield Open("views")

    @action
    def look_at(self, view: View) -> Iterable[Effect]:
        """Look at other numbers."""
        self.session.need_answer()
        yield from self._look_at(view)

    @action
    def view_back(self) -> Iterable[Effect]:
        """Look at the view before."""
        self.session.need_answer()
        viewing = self.session.viewing
        if viewing.view_before is viewing.wish:
            raise RequestError("No other view was looked at before: v chooses one.")
        yield from self._look_at(viewing.view_before)

    def _look_at(self, view: View) -> Iterator[Effect]:
        self.session.viewing.look_at(view)
        self.session.refuse_what_is_missing(self.session.answer)
        yield from self.session.show_head()
        yield from self.session.want()

    # The cursor

    @action
    def move_cursor(self, down: int, right: int) -> Iterable[Effect]:
        """Move the token cursor by rows and columns."""
        if self.session.analysis is not None:
            self.session.comparing.shown.move_cursor(down, right)
            self.session.comparing.moved()
            yield Redraw.CURSOR

    @action
    def put_cursor(self, query: int, key: int) -> Iterable[Effect]:
        """Put the token cursor on a cell."""
        if self.session.analysis is not None:
            self.session.comparing.shown.put_cursor((query, key))
            self.session.comparing.moved()
            yield Redraw.CURSOR

    @action
    def next_strongest(self) -> Iterable[Effect]:
        """The token cursor goes to the row's strongest key, then to the next weaker one."""
        if self.session.analysis is not None:
            self.session.comparing.shown.next_strongest()
            self.session.comparing.moved()
            yield Redraw.CURSOR

    # Masks

    @action
    def turn_mask(self, step: int) -> Iterable[Effect]:
        """Show the candidates of another mask, and its row."""
        self.session.need_answer()
        row = self.session.filling.turn_mask(step)
        self.session.viewing.put_cursor(self.session.viewing.strongest_ordinary(row))
        yield Redraw.EVERYTHING
        yield from self.session.effects.follow()
        yield from self.session.from_b.follow()
        yield from self.session.want()

    @action
    def choose(self, step: int) -> Iterable[Effect]:
        """Choose another candidate; where one is filled in, fill the other in."""
        self.session.need_answer()
        if not self.session.filling.candidates:
            raise RequestError(
                f"There is no candidate to choose: put {MASK} where a word is wanted."
            )
        yield from self._choose(self.session.filling.chosen + step)

    @action
    def point_at(self, candidate: int) -> Iterable[Effect]:
        """Choose a candidate; the one that is chosen already is filled in."""
        self.session.need_answer()
        if candidate == self.session.filling.chosen:
            yield from self.session.put(self.session.filling.filling())
        else:
            yield from self._choose(candidate)

    def _choose(self, index: int) -> Iterator[Effect]:
        self.session.filling.choose(index)
        if warning := self.session.filling.warning:
            self.session.say(warning)
        yield Redraw.EVERYTHING
        yield from self.session.effects.follow()
        yield from self.session.from_b.follow()
        if self.session.filling.is_filled:
            yield from self.session.put(self.session.filling.filling())
        else:
            yield from self.session.want()

    @action
    def fill(self) -> Iterable[Effect]:
        """Analyse the sentence with the chosen candidate in it."""
        self.session.need_answer()
        yield from self.session.put(self.session.filling.filling())

    @action
    def mask(self) -> Iterable[Effect]:
        """Mask the token of the cursor's row, or restore it if that was the last thing done."""
        self.session.need_answer()
        if self.session.filling.is_masked_here():
            yield from self._step_back()
        else:
            yield from self.session.put(self.session.filling.masking())

    @action
    def step_back(self) -> Iterable[Effect]:
        """Show the sentence before the last filling or masking."""
        self.session.need_answer()
        yield from self._step_back()

    def _step_back(self) -> Iterator[Effect]:
        """Ask for the sentence before; what is asked and not answered yet is one step too."""
        trail = self.session.filling.trail
        if self.session.question and not self.session.question.again:
            if self.session.question.back_to is None:
                yield from self.session.give_up()
                return
            trail = self.session.question.trail
        question = stepping_back(trail)
        yield ShowSentence(question.text)
        yield from self.session.put(question, field=question.text)

    # How it is drawn

    @action
    def next_ramp(self) -> Iterable[Effect]:
        """Take the next colour ramp; after the last, glyphs alone."""
        self.looks, ramp = self.looks.next_ramp()
        self.session.say(f"Colours: {ramp.name}." if ramp else "Glyphs alone.")
        yield Redraw.EVERYTHING

    @action
    def toggle_numbers(self) -> Iterable[Effect]:
        """Write the weights into the cells, or shade them."""
        self.looks = replace(self.looks, numbers=not self.looks.numbers)
        yield Redraw.EVERYTHING

    @action
    def toggle_overview(self) -> Iterable[Effect]:
        """Show two rows a line, or one."""
        self.looks = replace(self.looks, overview=not self.looks.overview)
        if self.looks.numbers:
            now = "chosen, and seen" if self.looks.overview else "no longer what is seen"
            self.session.say(f"The overview is {now} once # takes the numbers out of the cells.")
        yield Redraw.EVERYTHING

    @action
    def turn_pane(self) -> Iterable[Effect]:
        """Turn what stands beside the grid."""
        self.pane = (self.pane + 1) % len(PANES)
        yield Redraw.EVERYTHING

    @action
    def no_pane(self, least: int) -> Iterable[Effect]:
        """There is no pane to be turned.

        Args:
            least: columns from which there is one.
        """
        raise RequestError(
            f"Panes beside the grid need a window of {least} columns: m and x show the same here."
        )

    @action
    def resize_cells(self, step: int, shown: int, fitting: int) -> Iterable[Effect]:
        """Draw larger (-1) or smaller (1) cells.

        Args:
            step: which way.
            shown: the columns of a cell now.
            fitting: the columns of a cell that would be taken by itself.
        """
        self.looks = self.looks.resized(shown, step, fitting)
        yield Redraw.EVERYTHING

    @action
    def toggle_bars(self) -> Iterable[Effect]:
        """Show the cursor's row as a list in the candidates' place, or the candidates again."""
        self.session.need_answer()
        self.incoming, self.bars = False, not self.bars
        yield Redraw.EVERYTHING

    @action
    def turn_bars(self) -> Iterable[Effect]:
        """Turn the list from the cursor's row to its column, or back."""
        self.session.need_answer()
        self.incoming, self.bars = not self.bars or not self.incoming, True
        yield Redraw.EVERYTHING

    @action
    def toggle_contrast(self) -> Iterable[Effect]:
        """High contrast, or the usual colours."""
        self.contrast = not self.contrast
        yield UseTheme(self.contrast, self.light)

    @property
    def follows_terminal(self) -> bool:
        """Whether the colours are those of the terminal's background, light or dark."""
        options = self.session.options
        return options.theme == "auto" and options.depth is not Depth.NONE

    @event
    def background_told(self, light: bool) -> Iterable[Effect]:
        """The terminal has told that its background is light, or dark."""
        if self.follows_terminal and light != self.light:
            self.light = light
            yield UseTheme(self.contrast, light)

    @action
    def open_help(self, place: str = "") -> Iterable[Effect]:
        """Explain every key.

        Args:
            place: the screen whose keys come first, by its name in the help.
        """
        yield Open("help", place)


def _size(kept: object) -> int | None:
    """The place of a cell's shape as it was kept; None for what fits."""
    return int(kept) if kept in {str(at) for at in range(len(SHAPES))} else None
