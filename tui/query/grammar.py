"""From the text of a query to its tree, or to the place where it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from tui.errors import RequestError

EXAMPLE = "prev > .5 and sep < .2"

_WORDS = {
    "WORD": "a name",
    "QUOTED": 'a "token"',
    "NUMBER": "a number",
    "ORDER": "a comparison (<, >, =)",
    "SIGN": "+ or -",
    "TIMES": "* or /",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "$END": "the end",
}
"""The grammar's terminals as people call them; they are named in this order."""
_ARROW = "->"


class QueryError(RequestError):
    """A query that cannot be answered.

    Attributes:
        position: where in its text, counted from 0.
        reason: what is wrong there, and what is allowed.
    """

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"At character {position + 1}: {reason}")
        self.position = position
        self.reason = reason


@cache
def _parser() -> Lark:
    grammar = files("tui.query").joinpath("heads.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True)


@lru_cache(maxsize=64)
def parse(text: str) -> Tree[Token] | Token:
    """The tree of a query.

    Raises:
        QueryError: it follows no rule of the grammar.
    """
    if not text.strip():
        raise QueryError(0, f"there is no query: write one, such as {EXAMPLE}.")
    try:
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        at = int(error.pos_in_stream)  # type: ignore[call-overload]
        found = text[at]
        expected = _expected(accepted(text[:at]) or error.allowed or ())
        if found in "\"'":
            raise QueryError(at, f"the quotation {found} does not end.") from None
        reason = f"{found} cannot stand here; expected {expected}."
        raise QueryError(at, reason) from None
    except UnexpectedToken as error:
        expected = _expected(error.accepts or error.expected)
        if error.token.type == "$END":
            raise QueryError(len(text), f"the query stops short; expected {expected}.") from None
        reason = f"{error.token} cannot stand here; expected {expected}."
        raise QueryError(error.token.start_pos or 0, reason) from None


def accepted(text: str) -> set[str] | None:
    """The kinds of words that may follow the beginning of a query, or None where it is wrong."""
    reader = _parser().parse_interactive(text)
    try:
        reader.exhaust_lexer()
    except UnexpectedInput:
        return None
    return set(reader.accepts())  # type: ignore[no-untyped-call]


def _expected(terminals: Iterable[str]) -> str:
    known = set(terminals)
    words = [word for terminal, word in _WORDS.items() if terminal in known]
    if known - set(_WORDS):
        words.append(_ARROW)
    return words[0] if len(words) == 1 else f"one of: {', '.join(words)}"
