"""The reason why a tokenizer is not read without transformers."""

from __future__ import annotations


class UnusualError(Exception):
    """Something that transformers may read in another way than it stands there, or refuse."""


def expect(usual: bool, reason: str) -> None:
    """Go on if a thing is as usual.

    Raises:
        UnusualError: it is not, for this reason.
    """
    if not usual:
        raise UnusualError(reason)
