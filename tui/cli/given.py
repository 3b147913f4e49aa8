"""From an argument to the thing it names: texts, lists, heads; each is checked here, once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.analysis.interventions import CutBy, CutHead, Interventions, ordered
from tui.errors import RequestError
from tui.text import clean, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import ModelInfo
    from tui.storage.pairs_file import PairsRead

STANDARD_INPUT = "-"
"""Stands for standard input where a text or a file is asked for."""


def given_text(argument: str) -> str:
    """The text that an argument is, or standard input's."""
    return _standard_input() if argument == STANDARD_INPUT else argument


def given_sentence(argument: str, hint: str) -> str:
    """The text that an argument is, or standard input's, if there is any.

    Args:
        argument: as it was written.
        hint: what to give instead of nothing, such as `give a sentence`.

    Raises:
        RequestError: there is nothing in it.
    """
    text = given_text(argument)
    if not clean(text):
        raise RequestError(f"There is no text: {hint}.")
    return text


def given_list(name: str) -> tuple[str, ...]:
    """The sentences of a list, from a file or from standard input.

    Raises:
        RequestError: it cannot be read, or holds no sentence.
    """
    from tui.storage.sentence_list import read_list

    return tuple(read_list(sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name)))


def given_pairs(name: str) -> PairsRead:
    """The pairs of sentences of a file, or of standard input.

    Raises:
        RequestError: it cannot be read, or holds no pair.
    """
    from tui.storage.pairs_file import read_pairs

    return read_pairs(sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name))


def given_formats(asked: str, known: Sequence[str]) -> tuple[str, ...]:
    """The formats of a list with commas, each once.

    Args:
        asked: the list.
        known: those that there are.

    Raises:
        RequestError: one is unknown, or there is none.
    """
    formats = tuple(
        dict.fromkeys(part.strip().lower() for part in asked.split(",") if part.strip())
    )
    for one in formats:
        if one not in known:
            raise RequestError(
                f"There is no format {visible(one)}: choose some of {', '.join(known)}."
            )
    if not formats:
        raise RequestError(f"No format is asked for: choose some of {', '.join(known)}.")
    return formats


def check_head(model: ModelInfo, layer: int | None, head: int | None) -> None:
    """Refuse what the model does not have.

    Args:
        model: the model.
        layer: a layer, counted from 0, or None for any.
        head: a head, counted from 0, or None for any.

    Raises:
        RequestError: there is no such layer or head.
    """
    for kind, number, count in (("layer", layer, model.layers), ("head", head, model.heads)):
        if number is not None and number >= count:
            raise RequestError(
                f"There is no {kind} {number + 1}: {visible(model.name)} has {kind}s 1 to {count}."
            )


def given_cuts(model: ModelInfo, cuts: Iterable[tuple[int, int]], by: CutBy) -> Interventions:
    """The cuts of some heads.

    Args:
        model: the model.
        cuts: the (layer, head), counted from 0.
        by: what they give on.

    Raises:
        RequestError: the model has no such layer or head.
    """
    heads = tuple(cuts)
    for layer, head in heads:
        check_head(model, layer, head)
    return ordered(CutHead(layer, head, by) for layer, head in heads)


def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace")
