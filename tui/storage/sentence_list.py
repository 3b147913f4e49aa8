"""Lists of sentences: text files that people write, one sentence a line."""

from __future__ import annotations

from pathlib import Path

from tui.errors import RequestError
from tui.text import clean, visible


def read_list(source: Path | str) -> list[str]:
    """The sentences of a list, in order and each once.

    Empty lines, and lines that begin with `#` and a space, are passed over.

    Args:
        source: the file, or the text of one.

    Raises:
        RequestError: it cannot be read, or holds no sentence.
    """
    name = "The list" if isinstance(source, str) else visible(str(source))
    try:
        text = (
            source if isinstance(source, str) else source.expanduser().read_text("utf-8", "replace")
        )
    except (OSError, RuntimeError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise RequestError(f"{name} cannot be read: {cause}.") from error
    lines = (clean(line) for line in text.removeprefix("\ufeff").splitlines())
    sentences = [line for line in lines if line and not line.startswith("# ")]
    if not sentences:
        raise RequestError(f"{name} holds no sentence: write one a line.")
    return list(dict.fromkeys(sentences))
