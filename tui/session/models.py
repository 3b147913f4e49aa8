"""Choosing a model, and what becomes of the question when another one is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from tui.model.names import EMBEDDED, absolute_name
from tui.model.worker.protocol import LoadFailed
from tui.session.effects import (
    Effect,
    ListModels,
    LoadModel,
    Open,
    Redraw,
    ShowSentence,
    Write,
)
from tui.session.events import Part, action
from tui.session.model_state import ModelState, short_name
from tui.session.question import Question
from tui.storage import last_model
from tui.text import clean

if TYPE_CHECKING:
    from tui.analysis.analysis import ModelInfo
    from tui.model.hub.catalogue import CachedModel
    from tui.session.session import Session


class Models(Part):
    """The model on screen stays until another one is there, and if that one cannot be had.

    Attributes:
        state: which model answers, and which is on its way.
        cached: the models of the hub's cache, None until they are listed.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.state = ModelState(session.options.model, offline=session.options.offline)
        self.cached: tuple[CachedModel, ...] | None = None
        self._ask_when_loaded = False  # the sentence, which no model has answered yet

    @action
    def choose_model(self) -> Iterable[Effect]:
        """Ask which model to use."""
        yield ListModels()
        yield Open("models")

    @action
    def use_model(self, name: str) -> Iterable[Effect]:
        """A model was chosen."""
        name = absolute_name(name)
        self.state.want(name)
        self._ask_when_loaded = True
        yield LoadModel(name)
        yield Redraw.EVERYTHING

    def take_model(self, info: ModelInfo) -> Iterator[Effect]:
        """Show the new model, and ask it what the one before was asked."""
        is_another = self.state.take(info)
        self.session.heads.fit(info)
        yield Redraw.EVERYTHING
        if info.only_text is not None:
            yield ShowSentence(info.only_text)
            yield from self.session.put(Question(info.only_text), field=info.only_text)
            return
        if self.session.options.model_file:
            yield Write(
                partial(last_model.save, self.session.options.model_file, info.name),
                self.session.written,
                instead_of="model",
            )
        # After a death nothing is asked unasked: it may be what killed the process.
        wanted, self._ask_when_loaded = self._ask_when_loaded, False
        if self.session.question is not None:
            if is_another:
                yield from self.session.ask_another_model()
            return  # it is asked already
        if self.session.analysis is not None and is_another:
            yield from self.session.put(Question(self.session.analysis.text))
        elif self.session.analysis is None and wanted and (text := clean(self.session.field())):
            yield from self.session.put(Question(text))

    def take_failed_load(self, failed: LoadFailed) -> Iterator[Effect]:
        """Say why a model cannot be had; the one before stays."""
        yield Redraw.EVERYTHING
        remembered = self.state.info is None and not self.session.options.asked_for_model
        self.state.settle()
        if remembered and failed.name != EMBEDDED:
            # The model used last is gone, which is no reason to have none today.
            self.session.question = None
            self._ask_when_loaded = True
            self.state.want(EMBEDDED)
            self.session.say(
                f"{short_name(failed.name)}, the model used last, cannot be loaded from "
                "this machine any more; the embedded model takes its place."
            )
            yield LoadModel(EMBEDDED)
            return
        if self.state.info is None:
            self.session.question = None
        self.session.say(failed.message)
