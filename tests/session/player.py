"""A session without an app: what it asks for is noted, and answered when the test says so."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TypeVar

from tests.session.made import MadeModel
from tui.errors import SaveError, UserError
from tui.model.worker.protocol import Analyzed, Failed, Loaded
from tui.session.effects import (
    Ask,
    CloseBoard,
    Effect,
    GiveUp,
    GiveUpJob,
    KeepPlace,
    Open,
    RunJob,
    ShowSentence,
    Write,
)
from tui.session.options import Options
from tui.session.sentences import Sentences
from tui.session.session import Session
from tui.storage.kept_place import KeptPlace

E = TypeVar("E")

TEXT = "the cat sat on [MASK] today"
SHORT = "a [MASK]"
SPLIT = "an unbelievable [MASK] slept"


class Player:
    """Does what the app does with effects, and nothing by itself.

    Attributes:
        session: the session.
        model: answers, when it is told to.
        effects: all effects so far, in their order.
        field: what stands in the sentence field.
        opened: the screens that lie over the main one.
        kept: the place that was kept last.
    """

    def __init__(self, folder: Path, *, model: MadeModel | None = None, **options: object) -> None:
        self.model = model or MadeModel()
        settings = {
            "text": TEXT,
            "model": self.model.name,
            "save_folder": folder / "pictures",
            "history_file": folder / "history.txt",
            "model_file": folder / "model.txt",
        }
        self.session = Session(Options(**{**settings, **options}), Sentences())  # type: ignore[arg-type]
        self.session.field = lambda: self.field
        self.field = self.session.first_text
        self.effects: list[Effect] = []
        self.opened: list[str] = []
        self.kept: KeptPlace | None = None
        self._asked: deque[tuple[int, Ask]] = deque()
        self._writes: deque[Write] = deque()
        self.jobs: dict[int, object] = {}
        self._number = 0

    # The app's part

    def does(self, effects: list[Effect]) -> list[Effect]:
        """Carry out the effects of an event."""
        self.effects += effects
        for effect in effects:
            match effect:
                case Ask():
                    self._number += 1
                    self._asked.clear()  # an earlier one is no longer wanted
                    self._asked.append((self._number, effect))
                    self.does(self.session.asked(self._number))
                case GiveUp():
                    self._asked.clear()
                case Write():
                    self._writes.append(effect)
                case ShowSentence():
                    self.field = effect.text
                case KeepPlace():
                    self.kept = effect.place
                case Open():
                    self.opened.append(effect.name)
                case CloseBoard():
                    self.opened.clear()
                case RunJob():
                    self._number += 1
                    self.jobs[self._number] = effect.job
                    self.does(self.session.jobs.started(effect.kind, self._number))
                case GiveUpJob():
                    self.jobs.pop(effect.number, None)
        return effects

    @property
    def is_asked(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._asked)

    def answers(self) -> None:
        """Let the model answer what it was asked last, if it was."""
        if self._asked:
            number, ask = self._asked.popleft()
            try:
                analysis = self.model.analyze(
                    ask.text,
                    ask.wanted,
                    layer=ask.layer,
                    top_k=self.session.options.top_k,
                    interventions=ask.interventions,
                )
            except UserError as error:
                self.does(self.session.take(Failed(number, str(error))))
            else:
                self.does(self.session.take(Analyzed(number, analysis)))

    def settles(self) -> None:
        """Let everything happen that follows."""
        while self._asked or self._writes:
            while self._writes:
                self.writes()
            self.answers()

    def writes(self, error: SaveError | None = None) -> None:
        """Carry out the write that has waited for longest, or have it fail."""
        write = self._writes.popleft()
        result: object = error
        if error is None:
            try:
                result = write.run()
            except SaveError as failed:
                result = failed
        if write.then is not None:
            self.does(write.then(result))

    # What a test calls

    def begins(self) -> Player:
        """Begin, with the first answer on screen."""
        self.does(self.session.begin())
        self.does(self.session.take(Loaded(1, self.model.info)))
        self.settles()
        return self

    def asks(self, text: str) -> None:
        """Type a text and press enter; the answer is still to come."""
        self.field = text
        self.does(self.session.ask(text))

    def loads(self, model: MadeModel) -> None:
        """Another model is there."""
        self.model = model
        self.does(self.session.take(Loaded(2, model.info)))

    def of(self, kind: type[E]) -> list[E]:
        """All effects of a kind so far."""
        return [effect for effect in self.effects if isinstance(effect, kind)]
