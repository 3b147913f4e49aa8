"""Two engines for one model: the one that is there at once answers until the other is needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol

from tui.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tui.model.engine import Engine, EngineAnswer, EngineQuestion, EngineShape

_LOOK_EVERY = 0.05
"""Seconds between two looks whether the answer that is waited for is still wanted."""

_TELL_EVERY = 1.0
"""Seconds between two words about how long it has taken so far."""


class PlainEngine(Protocol):
    """An engine that can do less than all, and says what."""

    @property
    def shape(self) -> EngineShape:
        """The facts about its model."""

    @property
    def can_start_inside(self) -> bool:
        """Whether a pass that starts above the first layer leaves out what is below."""

    def gives(self, question: EngineQuestion) -> bool:
        """Whether it can answer all of a question."""

    def run(self, question: EngineQuestion) -> Sequence[EngineAnswer]:
        """Answer a question."""

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logits that its model's head makes of hidden states."""


class Handover:
    """Answers with one engine until something is asked that only the other one can do.

    From then on the other one answers everything: both have the same model's weights, and they are
    held but once. It is made in a thread of its own, so that whoever waits for it can give up, and
    be answered about something else meanwhile.

    Args:
        first: the engine that is there.
        make: makes the other one, which takes seconds.
        waits: told the seconds that an answer has waited for it, at once and every second.
    """

    def __init__(
        self,
        first: PlainEngine,
        make: Callable[[], Engine],
        waits: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.shape = first.shape
        self._first: PlainEngine | None = first
        self._make = make
        self._waits = waits
        self._lock = Lock()
        self._making: Thread | None = None
        self._made: Engine | None = None
        self._failed: Exception | None = None

    @property
    def first(self) -> PlainEngine | None:
        """The engine that was there at once; None once the other one has taken over."""
        return self._first

    @property
    def can_start_inside(self) -> bool:
        """Whether the engine that answers now can start above the first layer."""
        engine = self._first or self._made
        return engine is not None and engine.can_start_inside

    def run(self, question: EngineQuestion) -> Sequence[EngineAnswer]:
        """Answer a question; errors are those of the engine that answers, and of making it.

        Raises:
            Cancelled: it was given up.
        """
        first = self._first
        if first is not None and first.gives(question):
            return first.run(question)
        return self.other(question.cancelled).run(question)

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """Ask the head alone: both engines have it, so that nothing is waited for."""
        return (self._first or self.other()).score(hidden)

    def other(self, cancelled: Callable[[], bool] = lambda: False) -> Engine:
        """The other engine, made if it is not there yet.

        Raises:
            Cancelled: it was no longer wanted before it was there; it is made all the same.
            UserError: it cannot be made; the next one who asks has it tried again.
        """
        if self._made is None:
            self._wait(cancelled)
        assert self._made is not None
        return self._made

    def _wait(self, cancelled: Callable[[], bool]) -> None:
        with self._lock:
            if self._made is not None:
                return
            if self._making is None:
                self._failed = None
                self._making = Thread(target=self._run_make, name="other-engine", daemon=True)
                self._making.start()
            making = self._making
        began = told = time.monotonic()
        self._waits(0.0)
        while making.is_alive():
            making.join(_LOOK_EVERY)
            if cancelled():
                raise Cancelled
            if (now := time.monotonic()) >= told + _TELL_EVERY:
                told = now
                self._waits(now - began)
        with self._lock:
            if self._making is making:
                self._making = None
        if self._failed is not None:
            raise self._failed

    def _run_make(self) -> None:
        try:
            self._made = self._make()
        except Exception as error:  # told to whoever waits
            self._failed = error
        else:
            self._first = None
