"""Threads of the model's process: with one that fails the process ends, and says why.

The app waits for what such a thread was to send. Of a process that has ended it hears; of a thread
that has, it would not.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from threading import Thread


def start_thread(work: Callable[[], None], name: str) -> None:
    """Run something in a thread of its own, which does not keep the process from ending.

    Args:
        work: the work; what it raises ends the process. An EOFError or an OSError is the app's end,
            about which nothing need be said.
        name: the thread's name.
    """
    Thread(target=_work_or_end, args=(work,), name=name, daemon=True).start()


def _work_or_end(work: Callable[[], None]) -> None:
    try:
        work()
    except (EOFError, OSError):
        # Nobody is left to answer; torch may be deep in a computation, so end without it.
        os._exit(0)
    except BaseException:
        traceback.print_exc()  # the app reads the last line of it
        sys.stderr.flush()
        os._exit(1)
