"""The lens: what stands on its screen, and which reading of the layers is under way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import CloseBoard, Effect, Open, Redraw
from tui.session.events import Part, action
from tui.session.logit_parts import PartsState
from tui.session.model_state import short_name
from tui.text import MASK

if TYPE_CHECKING:  # imported when the lens is first asked for
    from tui.experiments.lens import Lens, LensCells, ReadLens
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

LENS = "lens"
"""The job that reads the layers."""


class LensPage(IntEnum):
    """The pages, in the order in which they are turned."""

    LAYERS = 0
    """The mask's row after each layer."""

    TOKENS = 1
    """Every token's row after every layer."""

    PARTS = 2
    """The parts that add up to the chosen candidate's logit."""


class LensState(Part):
    """The lens over the answer on screen, as long as its screen is open.

    Attributes:
        is_open: its screen is open.
        found: the last reading, None before the first, and once it is of another sentence.
        problem: why there is none, in a sentence; empty if there is one, or it is on its way.
        page: the page that is shown.
        parts: what stands on the third page.
        layer: the layer at hand: 0 are the embeddings.
        token: the token at hand.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.is_open = False
        self.found: Lens | None = None
        self.problem = ""
        self.page = LensPage.LAYERS
        self.parts = PartsState(session)
        self.layer = self.token = 0

    @action
    def open(self) -> Iterable[Effect]:
        """Show what each layer would say at the mask."""
        self._check()
        self.is_open, self.page, self.found = True, LensPage.LAYERS, None
        self.layer, self.token = self.session.answer.model.layers, self._mask_token
        yield Open("lens")
        yield from self._ask()

    @action
    def close(self) -> Iterable[Effect]:
        """Back to the grid; what is being read is not waited for."""
        yield from self._close()

    @action
    def turn_page(self) -> Iterable[Effect]:
        """Show every token after every layer, then the logit's parts, then the mask's row again."""
        self.page = LensPage((self.page + 1) % len(LensPage))
        yield Redraw.BOARD
        if self.page is LensPage.TOKENS and self._cells is None:
            yield from self._read_layers()
        elif self.page is LensPage.PARTS and self.parts.found is None:
            self._check()
            yield from self.parts.ask()

    @action
    def move(self, down: int, right: int) -> Iterable[Effect]:
        """Go to another layer; on the page of tokens to another token too, or to another part.

        Args:
            down: lines: of the first page layers, of the second tokens, of the third parts.
            right: columns: of the second page layers.
        """
        if self.page is LensPage.PARTS:
            self.parts.move(down)
            yield Redraw.BOARD
            return
        layers, tokens = (right, down) if self.page is LensPage.TOKENS else (down, 0)
        answer = self.session.answer
        self.layer = min(max(self.layer + layers, 0), answer.model.layers)
        self.token = min(max(self.token + tokens, 0), len(answer.tokens) - 1)
        yield Redraw.BOARD

    @action
    def choose(self, step: int) -> Iterable[Effect]:
        """Follow another candidate through the layers."""
        yield from self.session.looking.choose(step)
        yield from self._ask()

    @action
    def turn_mask(self, step: int) -> Iterable[Effect]:
        """Read another mask's row."""
        yield from self.session.looking.turn_mask(step)
        self.token = self._mask_token
        yield from self._ask()

    def adapt(self) -> Iterator[Effect]:
        """Have the screen that is open stand on another answer."""
        if not self.is_open:
            return
        self.found = None
        answer = self.session.answer
        self.layer = min(self.layer, answer.model.layers)
        self.token = self._mask_token
        try:
            yield from self._ask()
        except RequestError as error:
            self.problem = str(error)

    @property
    def _cells(self) -> LensCells | None:
        return self.found.cells if self.found is not None else None

    @property
    def _mask_token(self) -> int:
        return self.session.filling.position or 0

    def _check(self) -> None:
        """Raise RequestError unless there is a mask, and a model to read."""
        answer = self.session.answer
        if answer.model.only_text is not None:
            raise RequestError(
                "Saved attention holds no layers to be read: press o to choose a model."
            )
        if not answer.model.has_head:
            raise RequestError(
                f"{short_name(answer.model.name)} has no trained masked-LM head to read its layers "
                "with: press o to choose another model."
            )
        if not answer.masks:
            raise RequestError(
                f"There is no {MASK} in this sentence for the lens: w masks the cursor's token."
            )

    @property
    def _job(self) -> ReadLens:
        from tui.experiments.lens import ReadLens

        answer, filling = self.session.answer, self.session.filling
        return ReadLens(
            answer.text,
            answer.model.name,
            mask=filling.mask,
            token=filling.target.token,
            interventions=answer.interventions,
            every_token=self.page is LensPage.TOKENS and self._cells is None,
        )

    def _ask(self) -> Iterator[Effect]:
        """Have the layers read, and the logit taken apart where its parts are looked at."""
        yield from self.session.jobs.forget(LENS)
        yield from self.parts.forget()
        self._check()
        if self.page is LensPage.PARTS:
            yield from self.parts.ask()
        yield from self._read_layers()

    def _read_layers(self) -> Iterator[Effect]:
        """Have the layers read, or say why not; a reading under way is no longer wanted."""
        jobs = self.session.jobs
        yield from jobs.forget(LENS)
        self._check()
        self.problem = ""
        yield from jobs.start(LENS, self._job, "reading layers", self._read)

    def _read(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """The layers are read, or cannot be."""
        from tui.experiments.lens import Lens

        if not self.is_open:
            return
        if isinstance(end, JobFailed):
            self.problem = end.message or "Cancelled."
            self.session.say(self.problem)
            return
        assert isinstance(end.result, Lens)
        # They are the same whichever mask is read and whichever candidate is followed.
        self.found = replace(end.result, cells=end.result.cells or self._cells)

    def _close(self) -> Iterator[Effect]:
        self.is_open, self.found, self.problem = False, None, ""
        yield CloseBoard()
        yield from self.session.jobs.forget(LENS)
        yield from self.parts.forget()
        yield Redraw.EVERYTHING
