"""One thread that owns every write: nobody waits for a disk, and leaving waits only so long.

A disk can hang (a server that is away, a full cache, a lock that another program holds), and no
call of Python's can be given up then. So everything that writes a file is handed over to one
thread, which a process may leave behind: a daemon, which nothing waits for at the exit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any, TypeVar

from tui.errors import SaveError, UserError
from tui.text import visible

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, eq=False)
class _Submission:
    """A write that waits, or is under way.

    Attributes:
        write: writes, and returns the result.
        done: takes the result, or the error.
        key: the key of writes that take each other's place; empty where none does.
        can_wait: at closing, everything that cannot wait goes first.
    """

    write: Callable[[], Any]
    done: Callable[[Any], None] | None
    key: str
    can_wait: bool


class Writer:
    """Carries out writes one after the other, in the order in which they were submitted.

    At closing there may not be time for all of them, and then the order is:

    1. what cannot wait, in the order of submission: texts that were typed, the reader's place;
    2. what can wait, in the order of submission: pictures, which can be made again.

    And where one write hangs for half of the time that closing has, those with a key are written
    by a second thread all the same: a folder of pictures on a server that is away must not cost
    the reader's place, which is kept on another disk. So a key says two things of a write: the
    newest of that key is enough, and it depends on no write of another key.

    The thread begins with the first write: a writer that has nothing to do costs nothing.

    Args:
        on_error: takes each error that nobody foresaw, of a write or of what is done with its
            result, in the writer's thread.
    """

    def __init__(self, on_error: Callable[[Exception], None] | None = None) -> None:
        self._on_error = on_error
        self._changed = Condition()
        self._waiting: list[_Submission] = []
        self._under_way: list[_Submission] = []
        self._has_thread = False
        self._closed = False
        self._failed_at_closing = False

    def submit(
        self,
        write: Callable[[], _Result],
        done: Callable[[_Result | SaveError], None] | None = None,
        *,
        instead_of: str = "",
        can_wait: bool = False,
    ) -> bool:
        """Have something written soon; returns at once.

        Args:
            write: writes, in the writer's thread, and returns a result. It should be short, one
                file or a few: a hundred files are a hundred submissions, so that others come in
                between at closing.
            done: takes the result, or the error, in the writer's thread. It must not wait for the
                thread that closes the writer. An error of any other kind comes as a SaveError too.
            instead_of: a key. A write of the same key that still waits is dropped, with its
                `done`, and this one takes its place in the queue.
            can_wait: at closing, whatever cannot wait goes before it.

        Returns:
            Whether it was taken: a writer that has been closed takes nothing.
        """
        new = _Submission(write, done, instead_of, can_wait)
        with self._changed:
            if self._closed:
                return False
            same = (at for at, one in enumerate(self._waiting) if instead_of and one.key == new.key)
            at = next(same, len(self._waiting))
            self._waiting[at : at + 1] = [new]
            self._start()
            self._changed.notify_all()
        return True

    def close(self, within: float) -> bool:
        """Take nothing more, and write what waits; may be called again to wait longer.

        Args:
            within: seconds that this may take; what is not written by then goes on for as long as
                the process lives.

        Returns:
            Whether everything that was submitted is written: false if something was not in time,
            or failed since the writer was closed.
        """
        deadline = time.monotonic() + within
        with self._changed:
            self._closed = True
            self._waiting.sort(key=lambda one: one.can_wait)  # stable: else in their order
            self._start()
            self._changed.notify_all()
            if not self._changed.wait_for(self._is_idle, within / 2):
                with suppress(RuntimeError):  # no more threads to be had: one must do
                    Thread(target=self._pass_by, name="writer-passing-by", daemon=True).start()
                self._changed.wait_for(self._is_idle, deadline - time.monotonic())
            return self._is_idle() and not self._failed_at_closing

    @property
    def is_idle(self) -> bool:
        """Whether everything that was submitted is written, and its result taken."""
        with self._changed:
            return self._is_idle()

    def _is_idle(self) -> bool:
        return not self._waiting and not self._under_way

    def _start(self) -> None:
        """Start the thread, if there is something to do for it; call with the lock held."""
        if self._has_thread or not self._waiting:
            return
        # The machine may have no more threads just now: the next submission tries again.
        with suppress(RuntimeError):
            Thread(target=self._work, name="writer", daemon=True).start()
            self._has_thread = True

    # In the writer's thread

    def _work(self) -> None:
        while self._carry_out(self._next()):
            pass

    def _next(self) -> _Submission | None:
        """Wait for the next write; None if there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return self._begin(0) if self._waiting else None

    def _pass_by(self) -> None:
        """While a write hangs: carry out those with a key that none under way has."""
        while self._carry_out(self._next_keyed()):
            pass

    def _next_keyed(self) -> _Submission | None:
        with self._changed:
            busy = {"", *(one.key for one in self._under_way)}
            at = next((at for at, one in enumerate(self._waiting) if one.key not in busy), None)
            return None if at is None else self._begin(at)

    def _begin(self, at: int) -> _Submission:
        one = self._waiting.pop(at)
        self._under_way.append(one)
        return one

    def _carry_out(self, one: _Submission | None) -> bool:
        """Write, and tell; no error ends the thread. False where there is nothing to be written."""
        if one is None:
            return False
        result = self._result(one.write)
        if one.done is not None:
            try:
                one.done(result)
            except Exception as error:
                self._tell(error)
        with self._changed:
            self._under_way.remove(one)
            self._failed_at_closing |= self._closed and isinstance(result, SaveError)
            self._changed.notify_all()
        return True

    def _result(self, write: Callable[[], Any]) -> Any:
        try:
            return write()
        except SaveError as error:
            return error
        except UserError as error:  # a sentence as well, but not of a kind that `done` takes
            return SaveError(str(error))
        except Exception as error:
            self._tell(error)
            kind, said = type(error).__name__, " ".join(str(error).split())
            return SaveError(
                f"It could not be saved, for a reason that nobody foresaw "
                f"({visible(f'{kind}: {said}' if said else kind)}): please try once more."
            )

    def _tell(self, error: Exception) -> None:
        if self._on_error is not None:
            with suppress(Exception):  # there is nobody left to be told
                self._on_error(error)
