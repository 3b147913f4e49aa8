"""A model that is open: what runs it, and what reads texts for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.engine import Engine
    from tui.model.tokenizing.encoding import Encoder


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A masked language model, ready to be asked.

    Attributes:
        engine: runs it.
        encoder: turns texts into what it takes.
        has_head: the masked-LM head was among the weights.
        warnings: what makes its answers doubtful, a sentence each.
        source: the folder that it lies in, and the numbers that it computes with; None if it came
            from nowhere.
    """

    engine: Engine
    encoder: Encoder
    has_head: bool = True
    warnings: tuple[str, ...] = ()
    source: tuple[Path, str] | None = None
