"""A text pasted with the tokens that the tokenizer adds itself, such as `[CLS] a [SEP]`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tui.text import PAIR

_OPENING = ("[CLS]", "<s>", "<cls>", "<bos>")
_CLOSING = ("[SEP]", "</s>", "<sep>", "<eos>")
_PADDING = ("[PAD]", "<pad>")


def without_added_tokens(
    text: str, opening: Iterable[str] = (), closing: Iterable[str] = (), padding: Iterable[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """Take away the tokens at a text's ends that the tokenizer puts there anyway.

    What separates two sentences, in a text that has such an end, becomes the sign of a pair. The
    usual models' tokens are known, in any case, besides those of the model itself.

    Args:
        text: the text on one line.
        opening: the tokens that the model's tokenizer begins with.
        closing: those that it ends with.
        padding: those that it fills up with; they stand behind the end.

    Returns:
        The text, and a sentence about it if there were such tokens.
    """
    end = _one_of(_CLOSING, closing)
    pad = _one_of(_PADDING, padding)
    before = re.match(rf"\s*({_one_of(_OPENING, opening)})\s*", text, re.IGNORECASE)
    rest = text[before.end() :] if before else text
    after = re.search(rf"\s*({end})(?:\s*{pad})*\s*$", rest, re.IGNORECASE)
    rest = rest[: after.start()] if after else rest
    if not (before or after) or not rest.strip():
        return text, ()
    taken = list(dict.fromkeys(one[1] for one in (before, after) if one))
    were = "were" if len(taken) > 1 else "was"
    note = f"{' and '.join(taken)} {were} taken as what the tokenizer adds itself"
    parts = re.split(rf"\s*(?:{end}\s*){{1,2}}", rest, flags=re.IGNORECASE)
    if len(parts) != 2 or PAIR in rest or not all(map(str.strip, parts)):
        return rest, (f"{note}.",)
    return f" {PAIR} ".join(parts), (f"{note}, and what is between the sentences as {PAIR}.",)


def _one_of(usual: Iterable[str], own: Iterable[str]) -> str:
    tokens = sorted({*usual, *filter(None, own)}, key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, tokens))})"
