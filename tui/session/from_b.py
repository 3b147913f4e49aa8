"""From B: each head of A transplanted from the other sentence, and how far the answer follows.

The words, the partners and the direction are those of what is compared on screen; shares that are
of something else go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.lazy import np
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect, Redraw
from tui.session.events import Part, action
from tui.session.jobs import why_not_all
from tui.session.model_state import short_name
from tui.text import MASK, visible

if TYPE_CHECKING:  # imported when heads are first transplanted
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import Column, HeadIndex
    from tui.analysis.interventions import Pairs
    from tui.experiments.so_far import SoFar
    from tui.experiments.transplant import SweepTransplants, Transplants
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

TRANSPLANTS = "transplants"
"""The job that transplants each head."""


class FromB(Part):
    """Shares are of both texts, the model, the cuts, the partners and the words, or they go.

    Attributes:
        found: the share of the way that each head goes; None before, and once it is of another.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: Transplants | None = None
        self._asked: SweepTransplants | None = None  # of what is found, or under way
        self._of_another_word = ""  # why the second word is not B's chosen or first one

    # What can be transplanted

    @property
    def offers_transplants(self) -> bool:
        """Whether B is another sentence of the model on screen, be it there already or not."""
        choice = self.session.comparing.choice
        return choice is not None and choice.kind in ("text", "filled")

    def need_source(self) -> Analysis:
        """The sentence that is transplanted from.

        Raises:
            RequestError: there is none.
        """
        comparing = self.session.comparing
        if comparing.choice is None:
            raise RequestError(
                "Nothing is compared: = on the main screen chooses the sentence to transplant from."
            )
        if not self.offers_transplants:
            raise RequestError(
                "Heads are transplanted from another sentence of the same model: = on the main "
                "screen chooses one."
            )
        if comparing.b is None:
            raise RequestError("The other run is not there yet.")
        return comparing.b

    def need_pairs(self) -> Pairs:
        """Which tokens of B stand for which of A, as transplants take it.

        Returns:
            Empty for token by token, where every token stands for the one at its place.

        Raises:
            RequestError: there is no other sentence, or no token has a partner.
        """
        from tui.analysis.token_pairs import transplanted_pairs

        self.need_source()
        alignment = self.session.comparing.alignment
        if not alignment.pairs:
            raise RequestError(
                "No token of A has a partner in B: A on the main screen pairs them by hand."
            )
        return transplanted_pairs(alignment)

    # What is known

    @property
    def columns(self) -> Mapping[str, NDArray[np.float32]]:
        """The shares that are known, `[layer, head]`, by the name of their column."""
        from tui.analysis.columns import SHARE

        if self.found is None:
            return {}
        return {SHARE.name: self.found.shares.astype(np.float32)}

    @property
    def so_far(self) -> Mapping[str, SoFar]:
        """How far the shares have come, by the name of their column; empty once all are there."""
        from tui.analysis.columns import SHARE

        if self.found is None or self.found.so_far is None:
            return {}
        return {SHARE.name: self.found.so_far}

    def named(self, column: Column) -> str:
        """The words for the column of the shares; empty for any other."""
        from tui.analysis.columns import SHARE

        if self.found is None or column is not SHARE:
            return ""
        return "share of the way from A's answer to B's"

    @property
    def said(self) -> str:
        """Measure and direction of the shares, safe to be shown; empty before there are any."""
        return f"From B, {self.found.said}" if self.found is not None else ""

    def of(self, head: HeadIndex) -> str:
        """A head's share, such as `share 0.42`; empty if it is not known."""
        from tui.analysis.columns import table_number

        if self.found is None:
            return ""
        if not self.found.has(head):
            return "share not measured yet"
        return f"share {table_number(self.found.shares[head])}"

    def tell(self) -> None:
        """Say which head goes farthest, what a share is, and what shares come to."""
        from tui.experiments.transplant import SHARES_OVERLAP

        if (found := self.found) is None:
            return
        first = ""
        if not np.isnan(found.shares).all():
            layer, head = np.unravel_index(np.nanargmax(found.shares), found.shares.shape)
            first = (
                f"Transplanted alone, {layer + 1}·{head + 1} goes farthest, "
                f"{found.shares[layer, head]:.2f}. "
            )
        # Over all heads the measure stands above them.
        said = "" if self.session.heads.board is not None else f"{self.said}. "
        self.session.say(f"{first}{self._of_another_word}{said}{SHARES_OVERLAP}")

    # Measuring

    @action
    def measure(self) -> Iterable[Effect]:
        """Have each head transplanted alone; once that is done, and seen, show where it is kept.

        On the table heads are ranked by it, and on the map shaded; if they are not yet, they are
        before the grid of layers and tokens opens.
        """
        from tui.analysis.columns import SHARE

        session, jobs = self.session, self.session.jobs
        now = self.need_job()
        shown = session.heads.show(SHARE)
        yield Redraw.EVERYTHING
        if jobs.is_under_way(TRANSPLANTS):
            session.say("Heads are being transplanted: esc on the main screen cancels.")
        elif self.found is None or not self.found.is_whole:
            self._asked = replace(now, known=self.found)
            said = "transplanting heads"
            yield from jobs.start(TRANSPLANTS, self._asked, said, self._measured, self._came)
        elif shown:
            yield from session.residual.open()
        else:
            self.tell()

    def need_job(self) -> SweepTransplants:
        """The job that measures the shares of what is on screen.

        Raises:
            RequestError: it cannot be measured.
        """
        from tui.experiments.transplant import SweepTransplants

        session = self.session
        session.cutting.need_a_model()
        session.need_all_heads()
        source, pairs, answer = self.need_source(), self.need_pairs(), session.answer
        if not answer.model.has_head:
            raise RequestError(
                f"{short_name(answer.model.name)} has no trained masked-LM head, so that there is "
                "no answer that could follow: o chooses another model."
            )
        if len(answer.masks) != 1 or len(source.masks) != 1:
            raise RequestError(
                f"A and B need one {MASK} each, for a word that the answer can go to: choose two "
                "sentences that have one."
            )
        if session.comparing.alignment.right_of(answer.masks[0]) != source.masks[0]:
            raise RequestError(
                f"The {MASK} of A and that of B are no partners: A on the main screen pairs them."
            )
        tokens, self._of_another_word = self._words(source)
        return SweepTransplants(
            answer.text, source.text, answer.model.name, tokens, pairs, answer.interventions
        )

    def _words(self, source: Analysis) -> tuple[tuple[int, int], str]:
        """The two words, by their numbers, and a sentence if the second is not B's first one."""
        filling = self.session.filling
        if not filling.candidates or not source.candidates[0]:
            raise RequestError("There is no candidate to measure with: ask with --top-k 2 or more.")
        token, word = filling.looked_at
        first = source.candidates[0][0]
        if first.id != token:
            return (token, first.id), ""
        other = next((one for one in source.candidates[0] if one.id != token), None)
        if other is None:
            raise RequestError(
                f"“{visible(word)}” is the word of both sentences: J chooses another one for A."
            )
        return (token, other.id), (
            f"“{visible(word)}” is B's first word too, so that its next one is taken, "
            f"“{visible(other.label)}”. "
        )

    def _came(self, found: object) -> None:
        """Some heads more are transplanted."""
        from tui.experiments.transplant import Transplants

        assert isinstance(found, Transplants)
        self.found = found
        self.session.heads.ask_again(self.session.answer, says=False)

    def _measured(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """Every head was transplanted, or cannot be: what is measured by then stays."""
        from tui.analysis.columns import SHARE
        from tui.experiments.transplant import Transplants

        if isinstance(end, JobFailed):
            so_far = None
            if self.found is None:
                self._asked = None
                self.session.heads.do_without(SHARE)
            else:
                so_far = self.found.so_far
            self.session.say(why_not_all(end.message, so_far, "transplanted", "R goes on"))
            return
        assert isinstance(end.result, Transplants)
        self.found = end.result
        self.tell()
        self.session.heads.ask_again(self.session.answer)

    # What is on screen changes

    def follow(self) -> Iterator[Effect]:
        """Let go of shares that are not those of what is on screen, and say so."""
        from tui.analysis.columns import SHARE

        session, asked = self.session, self._asked
        if asked is not None and (changed := self._changed(asked)):
            is_whole = self.found is not None and self.found.is_whole
            is_under_way = session.jobs.is_under_way(TRANSPLANTS)
            self._asked = self.found = None
            yield from session.jobs.forget(TRANSPLANTS)
            session.heads.do_without(SHARE)
            done = "the shares are gone"
            if is_under_way and not is_whole:
                done = "heads are not transplanted to the end"
            session.say(f"{session.message} {changed}: {done}; R measures anew.".strip())
            session.heads.ask_again(session.answer)
            yield Redraw.EVERYTHING
        yield from session.residual.adapt()

    def _changed(self, asked: SweepTransplants) -> str:
        """A few words on the thing that is another than was measured; empty if none is."""
        session = self.session
        answer = session.analysis
        if answer is None or {answer.model.name, session.model.name} != {asked.model}:
            return "Another model"
        if asked.text != answer.text:
            return "Another sentence"
        if asked.interventions != answer.interventions:
            return "Something else is cut or transplanted"
        if session.comparing.choice is None:
            return "Nothing is compared"
        now = None
        with suppress(RequestError):
            now = self.need_job()
        if now is None or asked.source != now.source:
            return "Another B"
        if asked.pairs != now.pairs:
            return "Other tokens are partners"
        return "" if asked == now else "Another candidate"
