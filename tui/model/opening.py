"""A model's name becomes what runs it: numpy at once where it can, else torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import ModelError
from tui.model.collector import without_collector
from tui.model.folders import find_folder
from tui.model.handover import Handover, PlainEngine
from tui.model.names import AUTO, CPU, FLOAT32
from tui.model.numpy_engine.plain import open_plain
from tui.model.opened import Opened
from tui.model.tokenizing.encoding import Encoder
from tui.model.tokenizing.plain_tokenizer import open_plain_tokenizer
from tui.text import clean

if TYPE_CHECKING:
    from tui.model.engine import Engine
    from tui.model.hub.download import Report


def open_model(
    name: str,
    *,
    offline: bool,
    device: str,
    dtype: str,
    report: Report,
    cancelled: Callable[[], bool],
    waits: Callable[[float], None],
) -> Opened:
    """Open a model by the quickest means that give its numbers.

    Args:
        name: `embedded`, a folder, or a hub name.
        offline: never use the network.
        device: where it computes; numpy is used where none is asked for but the processor.
        dtype: the numbers it computes with; numpy is used for float32 alone.
        report: told how far a download is.
        cancelled: asked during a download; once it is true, it is given up.
        waits: told the seconds that an answer has waited for torch, when one has to.

    Raises:
        ModelError: there is no such model, or it cannot be read or shown.
        Cancelled: the download was given up.
    """
    folder = fetch(name, offline=offline, report=report, cancelled=cancelled)

    def on_torch() -> Opened:
        with without_collector():
            try:
                from tui.model.torch_engine.opening import open_torch
            except ImportError as error:
                raise ModelError(
                    "torch and transformers, which this needs, cannot be imported "
                    f"({clean(str(error))[:200]}): install bertmask-tui anew."
                ) from error
            return open_torch(name, offline=True, device=device, dtype=dtype)

    def torch_engine() -> Engine:
        return on_torch().engine

    if dtype == FLOAT32 and device in (AUTO, CPU) and (plain := _opened_plain(folder)) is not None:
        first, encoder = plain
        return Opened(Handover(first, torch_engine, waits), encoder, source=(folder, dtype))
    return replace(on_torch(), source=(folder, dtype))


def fetch(name: str, *, offline: bool, report: Report, cancelled: Callable[[], bool]) -> Path:
    """Have a model's files on this machine, so that opening it need not wait for the network.

    Args and errors are those of `open_model`.
    """
    return find_folder(
        name, offline=offline, report=report, cancelled=cancelled, check=_check_configuration
    )


def _opened_plain(folder: Path) -> tuple[PlainEngine, Encoder] | None:
    """What runs a plain model, and what reads texts for it; None if anything is unusual.

    Then torch's side runs it, or says what is wrong with it.
    """
    engine = open_plain(folder)
    if engine is None:
        return None
    tokenizer = open_plain_tokenizer(folder, engine.shape.type)
    if tokenizer is None or not tokenizer.fits(engine.shape.embeddings):
        return None
    return engine, Encoder(tokenizer, engine.shape.takes, engine.shape.segments)


def _check_configuration(shown: str, folder: Path) -> None:
    from tui.model.torch_engine.loading import check_configuration

    check_configuration(shown, folder)
