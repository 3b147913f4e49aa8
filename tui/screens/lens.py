"""The lens: the mask's row after each layer, every token's, and the parts of a logit."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.experiments.lens import WORTH
from tui.experiments.logit_parts import ACCOUNTING
from tui.screens.page_screen import PageScreen
from tui.session.lens import LensPage
from tui.text import mask_named, mask_said, visible
from tui.widgets.lens.layers_page import LensLayersPage
from tui.widgets.lens.parts_page import LensPartsPage
from tui.widgets.lens.tokens_page import LensTokensPage
from tui.widgets.text.fitting import brief_name
from tui.widgets.text.line import Line
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.experiments.lens import Lens
    from tui.session.lens import LensState
    from tui.session.logit_parts import PartsState

_MOVE = Binding.Group("previous / next layer, token of the second page, or part of the third")
_CANDIDATE = Binding.Group("follow the next / previous candidate")
_MASK = Binding.Group("previous / next mask of the sentence")


class LensScreen(PageScreen):
    """Three pages: the mask's row after each layer, every token's best word, a logit's parts."""

    CSS_PATH = ["page_screen.tcss", "lens.tcss"]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "do('lens.move', -1, 0)", "move", group=_MOVE, id="lens-up"),
        Binding("k", "do('lens.move', -1, 0)", "move", show=False, id="lens-up-letter"),
        Binding("down", "do('lens.move', 1, 0)", "move", group=_MOVE, id="lens-down"),
        Binding("j", "do('lens.move', 1, 0)", "move", show=False, id="lens-down-letter"),
        Binding("left", "do('lens.move', 0, -1)", "move", group=_MOVE, id="lens-left"),
        Binding("h", "do('lens.move', 0, -1)", "move", show=False, id="lens-left-letter"),
        Binding("right", "do('lens.move', 0, 1)", "move", group=_MOVE, id="lens-right"),
        Binding("l", "do('lens.move', 0, 1)", "move", show=False, id="lens-right-letter"),
        Binding(
            "tab", "do('lens.turn_page')", "page", id="lens-page",
            tooltip="every token after every layer, its best word shaded by its probability; "
            "again: the parts that add up to the chosen candidate's logit; then the mask's row",
        ),
        Binding(
            "r", "do('lens.parts.turn_order')", "order", id="lens-parts-order",
            tooltip="of the third page: the parts in the model's order; again: the largest first",
        ),
        Binding(
            "d", "do('lens.parts.turn_sum')", "lead or logit", id="lens-parts-sum",
            tooltip="of the third page: the parts of the candidate's logit; again: those of its "
            "lead over the runner-up",
        ),
        Binding(
            "e", "do('lens.parts.measure')", "effects", id="lens-parts-measure",
            tooltip="of the third page: cut each head alone, and show the effect beside its part",
        ),
        Binding(
            "J", "do('lens.choose', 1)", "candidate", group=_CANDIDATE, id="lens-next-candidate",
        ),
        Binding(
            "K", "do('lens.choose', -1)", "candidate", group=_CANDIDATE,
            id="lens-previous-candidate",
        ),
        Binding("[", "do('lens.turn_mask', -1)", "mask", group=_MASK, id="lens-previous-mask"),
        Binding("]", "do('lens.turn_mask', 1)", "mask", group=_MASK, id="lens-next-mask"),
        Binding("escape,L,q,ctrl+c", "do('lens.close')", "close", id="lens-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "lens"

    def compose_page(self) -> ComposeResult:
        """A title, the three pages, what it is worth, what is read out, and the keys."""
        yield Line(keep="left", id="title")
        yield LensLayersPage(ascii_only=self.session.options.ascii_only, id="layers")
        yield LensTokensPage(self.session.looking.looks.shading.glyphs.shades, id="tokens")
        yield LensPartsPage(ascii_only=self.session.options.ascii_only, id="parts")
        yield Page(focusable=False, id="worth")

    @property
    def state(self) -> LensState:
        """Where it stands."""
        return self.session.lens

    @property
    def is_open(self) -> bool:
        """Whether the session still has what this shows."""
        return self.state.is_open

    @property
    def about_list(self) -> Sequence[str]:
        """Which mask it is about, and what the page is worth."""
        state, found = self.state, self.state.found
        if state.page is LensPage.PARTS:
            parts = state.parts
            return self._parts_title(parts).plain.strip(), ACCOUNTING
        return self._title(found).plain.strip(), WORTH

    def show_page(self) -> None:
        """Bring the title, the page and the readout up to date."""
        state, found = self.state, self.state.found
        self.set_class(state.page is LensPage.TOKENS, "-tokens")
        self.set_class(state.page is LensPage.PARTS, "-parts")
        self.query_one(LensLayersPage).show_layers(found, state.layer)
        self.query_one(LensTokensPage).show_tokens(
            found.cells if found else None, found.position if found else 0,
            (state.layer, state.token),
        )  # fmt: skip
        if state.page is LensPage.PARTS:
            self.query_one(LensPartsPage).show_parts(state.parts)
            self.query_one("#title", Line).left = self._parts_title(state.parts)
            self.query_one("#about", StatusLine).left = self._about_part(state.parts)
        else:
            self.query_one("#title", Line).left = self._title(found)
            self.query_one("#about", StatusLine).left = self._about(found)
        worth = ACCOUNTING if state.page is LensPage.PARTS else WORTH
        self.tell_sentences("#worth", [worth], "dim")

    def _parts_title(self, parts: PartsState) -> Text:
        found = parts.found
        if found is None:
            problem = parts.problem or self.state.problem
            return Text(f" {visible(problem) or 'Taking the logit apart…'}", style="bold")
        text = Text(
            f" Adds up to {visible(parts.whose)}{mask_said(found.mask, found.masks)}", style="bold"
        )
        if found.interventions:
            text.append(f" · {visible(self.session.answer.changed)}", style="not bold")
        return text

    def _about_part(self, parts: PartsState) -> Text:
        if (part := parts.at_hand) is None:
            return Text()
        text = Text(f" {part.name}: {part.value:+.4f}", style="bold")
        if part.kind != "head":
            return text
        if (effect := parts.effect(part)) is None:
            said = "e measures what cutting it does" if parts.measured is None else "not cut yet"
            return text.append(f" · {said}", style="not bold")
        assert parts.measured is not None
        return text.append(f" · cut ({parts.measured.by}), the lead loses {effect:+.4f}")

    def _title(self, found: Lens | None) -> Text:
        if found is None:
            return Text(f" {visible(self.state.problem) or 'Reading the layers…'}", style="bold")
        if self.state.page is LensPage.TOKENS:
            wait = "" if found.cells else ", reading…"
            return Text(f" The best word of every token after every layer{wait}", style="bold")
        which = mask_named(found.mask, found.masks)
        text = Text(f" What {which} would be after each layer", style="bold")
        if self.session.answer.interventions:
            text.append(f" · {visible(self.session.answer.changed)}", style="not bold")
        return text

    def _about(self, found: Lens | None) -> Text:
        state = self.state
        after = f"after layer {state.layer}" if state.layer else "embeddings"
        if found is None:
            return Text()
        if state.page is LensPage.LAYERS:
            one = found.layers[min(state.layer, len(found.layers) - 1)]
            named = brief_name(visible(found.chosen.label))
            said = f" {after}: {named} {one.probability:.4f}, rank {one.rank:,}"
            return Text(said, style="bold")
        if found.cells is None:
            return Text()
        layer = min(state.layer, len(found.cells.words) - 1)
        token = min(state.token, len(found.cells.tokens) - 1)
        word, share = found.cells.words[layer][token], found.cells.probabilities[layer, token]
        named = brief_name(visible(found.cells.tokens[token]))
        return Text(f" {named} {after}: {brief_name(visible(word))} {share:.4f}", style="bold")

    @property
    def to_copy(self) -> tuple[str, str]:
        """The page: a line a layer, or a line a token."""
        found, page = self.state.found, self.state.page
        if page is LensPage.PARTS:
            parts = self.state.parts
            if parts.found is None:
                return "", ""
            named, cut = [f"part of {parts.whose}", "value"], parts.measured
            if cut is not None:
                named.append(f"cut ({cut.by}): what the lead loses")
            rows: list[Sequence[str | float]] = [named]
            for one in parts.listed:
                effect = parts.effect(one)
                loses = [] if cut is None else [nan if effect is None else effect]
                rows.append([one.name, one.value, *loses])
            return "", tab_separated(rows)
        if found is None or (page is LensPage.TOKENS and found.cells is None):
            return "", ""
        if page is LensPage.TOKENS and (cells := found.cells) is not None:
            layers = range(len(cells.words))
            header = ["token", *(f"layer {layer}" if layer else "embeddings" for layer in layers)]
            words = (
                [token, *(cells.words[layer][place] for layer in layers)]
                for place, token in enumerate(cells.tokens)
            )
            return "", tab_separated([header, *words])
        best = range(1, len(found.layers[0].candidates) + 1)
        named = [name for rank in best for name in (f"word {rank}", f"p {rank}")]
        header = ["layer", f"p of {found.chosen.label}", "rank", *named]
        lines = (
            [
                one.layer,
                one.probability,
                one.rank,
                *(part for word in one.candidates for part in (word.label, word.probability)),
            ]
            for one in found.layers
        )
        return "", tab_separated([header, *lines])
