"""Whoever imports the model into a notebook finds other libraries' settings as they were."""

from __future__ import annotations

import logging
import subprocess
import sys
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest

from tui.model.library_settings import Scope, Setting

NOTEBOOK = """
import logging, gc, sys, signal, locale, os
import torch, transformers
from huggingface_hub import constants
from huggingface_hub.utils import are_progress_bars_disabled
from transformers.utils import logging as transformers_logging

def settings():
    return {
        "constants": {name: value for name, value in vars(constants).items() if name.isupper()},
        "levels": {
            name: logging.getLogger(name).level
            for name in ("", "transformers", "huggingface_hub", "torch", "httpx2")
        },
        "handlers": logging.getLogger().handlers[:],
        "verbosity": transformers_logging.get_verbosity(),
        "bars": transformers_logging.is_progress_bar_enabled(),
        "hub bars": are_progress_bars_disabled(),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "dtype": torch.get_default_dtype(),
        "seed": torch.initial_seed(),
        "collector": gc.isenabled(),
        "interrupt": signal.getsignal(signal.SIGINT),
        "recursion": sys.getrecursionlimit(),
        "environment": dict(os.environ),
        "locale": locale.setlocale(locale.LC_ALL),
    }

before = settings()
from tui.model.masked_lm import MaskedLM
from tui.model.hub import cache, download
model = MaskedLM.load()
try:
    MaskedLM.load("no/such-model", offline=True)
except Exception:
    pass
analysis = model.analyze("The cat [MASK].")
try:
    model.analyze("the " * 600)
except Exception:
    pass
after = settings()
print({name: (before[name], after[name]) for name in before if before[name] != after[name]})
"""


def test_a_notebook_s_settings_stay_as_they_were() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "{}\n", done.stderr
    assert done.stderr == "", "and nothing is written that nobody asked for"


def test_settings_hold_until_the_last_has_left() -> None:
    module = SimpleNamespace(value=1)
    scope = Scope([Setting.attribute(module, "value", lambda before: before + 1)])
    inside, leave = Barrier(2), Barrier(2)

    def other() -> None:
        with scope():
            inside.wait(10)
            leave.wait(10)

    thread = Thread(target=other)
    thread.start()
    inside.wait(10)
    with scope():
        assert module.value == 2
    assert module.value == 2, "the other is still inside"
    leave.wait(10)
    thread.join(10)
    assert module.value == 1


def test_settings_are_put_back_after_an_error() -> None:
    module = SimpleNamespace(value="before")
    scope = Scope([Setting.attribute(module, "value", lambda _: "inside")])

    def work() -> None:
        with scope():
            assert module.value == "inside"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert module.value == "before"


def test_a_library_that_is_quieter_already_stays_so() -> None:
    log = logging.getLogger("a library")
    for before, inside in ((logging.NOTSET, logging.ERROR), (logging.CRITICAL, logging.CRITICAL)):
        log.setLevel(before)
        with Scope([Setting.errors_alone("a library")])():
            assert log.level == inside
        assert log.level == before
