"""The sentences of a list, one after the other: those that cannot be measured are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tui.errors import RequestError, UserError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FailedSentence:
    """A sentence that could not be measured.

    Attributes:
        text: the sentence.
        reason: why, in a sentence.
    """

    text: str
    reason: str


def left_out(failed: Sequence[FailedSentence]) -> str:
    """A sentence for the user about what is missing; empty if nothing is."""
    if not failed:
        return ""
    if len(failed) == 1:
        return f"One sentence is left out: {failed[0].reason}"
    return f"{len(failed)} sentences are left out, the first because: {failed[0].reason}"


def one_by_one(
    texts: Sequence[str],
    measure: Callable[[str], T],
    tell: Callable[[int], None] = lambda done: None,
) -> tuple[tuple[T, ...], tuple[FailedSentence, ...]]:
    """Measure each sentence of a list.

    Args:
        texts: the sentences.
        measure: measures one; a `UserError` of it leaves this sentence out, and the rest is done.
        tell: told how many sentences are done.

    Returns:
        What was measured, and the sentences that could not be, both in the order of the list.

    Raises:
        RequestError: the list is empty, or no sentence of it could be measured.
        Cancelled: it was given up.
    """
    if not texts:
        raise RequestError("The list has no sentence.")
    found: list[T] = []
    failed: list[FailedSentence] = []
    for done, text in enumerate(texts, start=1):
        try:
            found.append(measure(text))
        except UserError as error:
            failed.append(FailedSentence(text, str(error)))
        tell(done)
    if not found:
        raise RequestError(f"No sentence of the list could be measured: {failed[0].reason}")
    return tuple(found), tuple(failed)
