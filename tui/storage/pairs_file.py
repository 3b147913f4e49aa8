"""Files of pairs of sentences: two a line with a tab between, or BLiMP's lines of JSON."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from pathlib import Path

from tui.errors import RequestError
from tui.text import clean, visible

FORMS = (
    "write two sentences a line, a tab between them, or lines of JSON with sentence_good and "
    "sentence_bad"
)
"""The forms that a file of pairs has, for people."""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no pair.

    Attributes:
        number: its number, counted from 1.
        reason: why it is none, a part of a sentence.
    """

    number: int
    reason: str

    @property
    def said(self) -> str:
        """A sentence about it."""
        return f"Line {self.number} is left out: {self.reason}."


@dataclass(frozen=True, slots=True)
class PairsRead:
    """The pairs of a file.

    Attributes:
        pairs: the sentences of each pair, the first and the second, in their order.
        lines: the number of each pair's line, counted from 1.
        broken: lines that are no pair, in their order.
    """

    pairs: tuple[tuple[str, str], ...]
    lines: tuple[int, ...]
    broken: tuple[BrokenLine, ...]


def read_pairs(source: Path | bytes) -> PairsRead:
    """The pairs of a file, of which each line has one.

    A line is two sentences with a tab between them, or a JSON object with `sentence_good`, the
    first of the pair, and `sentence_bad` (Warstadt et al. 2020), whose other fields are passed
    over. So are empty lines, and lines that begin with `#` and a space. A file may mix them. A line
    that is not UTF-8 is no pair: nobody can say what it says.

    Args:
        source: the file, or what is in one.

    Raises:
        RequestError: it cannot be read, is no text, or holds no pair.
    """
    name = visible(str(source)) if isinstance(source, Path) else "Standard input"
    try:
        content = source if isinstance(source, bytes) else source.expanduser().read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise RequestError(f"{name} cannot be read: {cause}.") from error
    if b"\0" in content:
        raise RequestError(f"{name} is no text in UTF-8: {FORMS}.")
    pairs: list[tuple[str, str]] = []
    lines: list[int] = []
    broken: list[BrokenLine] = []
    written = content.removeprefix(codecs.BOM_UTF8)
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", written), start=1):
        if not line.strip() or line.startswith(b"# "):
            continue
        found = _pair(line)
        if isinstance(found, str):
            broken.append(BrokenLine(number, found))
        else:
            pairs.append(found)
            lines.append(number)
    if not pairs:
        first = f" (line {broken[0].number}: {broken[0].reason})" if broken else ""
        raise RequestError(f"{name} holds no pair{first}: {FORMS}.")
    return PairsRead(tuple(pairs), tuple(lines), tuple(broken))


def _pair(written: bytes) -> tuple[str, str] | str:
    """The sentences of a line, or why it has none."""
    try:
        line = written.decode()
    except UnicodeDecodeError:
        return "it is no text in UTF-8"
    if line.lstrip().startswith("{") and "\t" not in line.strip():
        return _pair_of_json(line)
    parts = [clean(part) for part in line.split("\t")]
    while len(parts) > 2 and not parts[-1]:
        parts.pop()  # tabs at the end are nobody's
    if len(parts) == 1:
        return "there is no tab between two sentences"
    if len(parts) > 2:
        return f"it has {len(parts)} parts between tabs, and a pair has two"
    if not all(parts):
        return "one of its sentences is empty"
    return parts[0], parts[1]


def _pair_of_json(line: str) -> tuple[str, str] | str:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return "it begins as JSON and is none"
    found = []
    for name in ("sentence_good", "sentence_bad"):
        value = fields.get(name)
        if not isinstance(value, str):
            return f"it has no text {name}"
        if not (sentence := clean(value)):
            return f"its {name} is empty"
        found.append(sentence)
    return found[0], found[1]
