"""Lists of sentences: text files that people write, one sentence a line."""

from __future__ import annotations

from pathlib import Path

from tui.errors import RequestError
from tui.text import clean, visible


def read_list(source: Path | bytes | str) -> list[str]:
    """The sentences of a list, in order and each once.

    Empty lines, and lines that begin with `#` and a space, are passed over.

    Args:
        source: the file, what is in one, or the text of one.

    Raises:
        RequestError: it cannot be read, is no text in UTF-8, or holds no sentence.
    """
    name = visible(str(source)) if isinstance(source, Path) else "The list"
    try:
        content = source.expanduser().read_bytes() if isinstance(source, Path) else source
    except (OSError, RuntimeError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise RequestError(f"{name} cannot be read: {cause}.") from error
    text = content if isinstance(content, str) else _decoded(content, name)
    lines = (clean(line) for line in text.removeprefix("\ufeff").splitlines())
    sentences = [line for line in lines if line and not line.startswith("# ")]
    if not sentences:
        raise RequestError(f"{name} holds no sentence: write one a line.")
    return list(dict.fromkeys(sentences))


def _decoded(content: bytes, name: str) -> str:
    """The text that a file is; a sentence of which nobody can say what it says is none.

    Raises:
        RequestError: it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RequestError(
            f"{name} is no text in UTF-8, in line {line}: save it as UTF-8."
        ) from error
