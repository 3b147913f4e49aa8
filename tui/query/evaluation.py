"""Which heads a query asks for, found on arrays."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Token, Tree

from tui.lazy import np
from tui.query.context import CLOSING, MASK, OPENING, QueryContext
from tui.query.grammar import EXAMPLE, QueryError, parse

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_NUMBERED = re.compile(r"(.+)#(\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The answer to a query.

    Attributes:
        heads: which heads meet it, `[layer, head]`.
        notes: which of several tokens of the same spelling was taken, a sentence each.
    """

    heads: NDArray[np.bool_]
    notes: tuple[str, ...]


def find(query: str, heads: QueryContext) -> Found:
    """Find the heads that meet a query. Where a head has no number, it meets no comparison.

    Args:
        query: such as `prev > .5 and mask->cat > .3`.
        heads: what it is asked of.

    Raises:
        QueryError: it cannot be read, or names something that is not there; it says where, and
            what is allowed.
    """
    reading = _Reading(heads)
    tree = parse(query)
    with np.errstate(all="ignore"):
        matches = reading.condition(tree)
    shape = heads.attention.shape[:2]
    return Found(np.broadcast_to(matches, shape).copy(), tuple(dict.fromkeys(reading.notes)))


class _Reading:
    """Walks the tree of one query. A number is an array of floats, a condition one of truths."""

    def __init__(self, heads: QueryContext) -> None:
        self._heads = heads
        self.notes: list[str] = []

    def condition(self, node: Tree[Token] | Token) -> NDArray[np.bool_]:
        value = self._value(node)
        if value.dtype != bool:
            reason = f"this is a number and no condition: compare it, as in {EXAMPLE}."
            raise QueryError(_start(node), reason)
        return value

    def number(self, node: Tree[Token] | Token) -> NDArray[np.float64]:
        value = self._value(node)
        if value.dtype == bool:
            reason = "this is a condition and no number: join conditions with and, or, not."
            raise QueryError(_start(node), reason)
        return value

    def _value(self, node: Tree[Token] | Token) -> NDArray[Any]:
        assert isinstance(node, Tree)
        value: NDArray[Any] = getattr(self, f"_{node.data}")(node)
        return value

    # Conditions

    def _either(self, node: Tree[Token]) -> NDArray[np.bool_]:
        return self._joined(np.logical_or, node)

    def _both(self, node: Tree[Token]) -> NDArray[np.bool_]:
        return self._joined(np.logical_and, node)

    def _joined(self, join: np.ufunc, node: Tree[Token]) -> NDArray[np.bool_]:
        conditions = np.broadcast_arrays(*map(self.condition, node.children))
        return np.asarray(join.reduce(conditions))

    def _negation(self, node: Tree[Token]) -> NDArray[np.bool_]:
        return np.asarray(~self.condition(node.children[0]))

    def _order(self, node: Tree[Token]) -> NDArray[np.bool_]:
        """`a < b < c` is `a < b and b < c`."""
        values = [self.number(child) for child in node.children[::2]]
        met = np.array(True)
        for sign, left, right in zip(node.children[1::2], values, values[1:], strict=False):
            known = ~(np.isnan(left) | np.isnan(right))
            met = met & known & _ORDERS[str(sign)](left, right)
        return np.asarray(met)

    def _membership(self, node: Tree[Token]) -> NDArray[np.bool_]:
        value = self.number(node.children[0])
        met = np.array(False)
        for range_ in node.children[1:]:
            assert isinstance(range_, Tree)
            first, last = (self._bound(bound) for bound in range_.children)
            if first is None:
                continue
            if last is not None and last < first:
                raise QueryError(
                    _start(range_),
                    f"there is nothing in {first:g}..{last:g}: the lesser comes first.",
                )
            met = met | ((value >= first) & (value <= (first if last is None else last)))
        return np.asarray(met)

    def _bound(self, bound: Any) -> float | None:
        if bound is None:
            return None
        return float("".join(bound.children[:-1]) + "1") * _number(bound.children[-1])

    # Numbers

    def _sum(self, node: Tree[Token]) -> NDArray[np.float64]:
        value = self.number(node.children[0])
        for sign, other in zip(node.children[1::2], node.children[2::2], strict=True):
            value = _ARITHMETIC[str(sign)](value, self.number(other))
        return np.asarray(value)

    _product = _sum

    def _sign(self, node: Tree[Token]) -> NDArray[np.float64]:
        value = self.number(node.children[1])
        return np.asarray(-value if node.children[0] == "-" else value)

    def _number(self, node: Tree[Token]) -> NDArray[np.float64]:
        return np.array(_number(str(node.children[0])))

    def _name(self, node: Tree[Token]) -> NDArray[np.float64]:
        name = str(node.children[0])
        known = self._heads.numbers
        if name.casefold() not in known:
            hint = ""
            if self._heads.places(name) or name.casefold() == MASK:
                hint = f"to ask for a weight write {name}->token or token->{name}. "
            elif close := difflib.get_close_matches(name.casefold(), known, 1):
                hint = f"did you mean {close[0]}? "
            reason = f"there is no number {name}; {hint}The names are: {', '.join(known)}."
            raise QueryError(_start(node), reason)
        return known[name.casefold()].astype(np.float64)

    def _weight(self, node: Tree[Token]) -> NDArray[np.float64]:
        query, key = (self._place(child) for child in node.children)
        return self._heads.attention[:, :, query, key].astype(np.float64)

    # Tokens

    def _place(self, node: Any) -> int:
        word = str(node.children[0])
        if node.data == "quoted":
            word = word[1:-1]
        elif word.casefold() in (MASK, OPENING, CLOSING):
            return self._part(node, word.casefold())
        places, order = self._heads.places(word), None
        if not places and (numbered := _NUMBERED.fullmatch(word)):
            word, order = numbered[1], int(numbered[2])
            places = self._heads.places(word)
        if not places:
            raise QueryError(_start(node), self._no_token(word))
        if order is None:
            if len(places) > 1:
                self.notes.append(_several(word, len(places)))
            return places[0]
        if not 1 <= order <= len(places):
            reason = f"there is no {word}#{order}: {word} occurs {_times(len(places))}."
            raise QueryError(_start(node), reason)
        return places[order - 1]

    def _part(self, node: Any, word: str) -> int:
        if word in self._heads.parts:
            return self._heads.parts[word]
        what = {MASK: "mask", OPENING: "opening token", CLOSING: "closing token"}[word]
        raise QueryError(_start(node), f"this sentence has no {what}.")

    def _no_token(self, word: str) -> str:
        spelt = dict.fromkeys(
            piece or token
            for piece, token in zip(self._heads.spelt, self._heads.tokens, strict=True)
        )
        close = difflib.get_close_matches(word, spelt, 1)
        hint = (
            f"; did you mean {close[0]}?" if close else ": its word pieces label the grid's rows."
        )
        return f"there is no {word} in this sentence{hint}"


def _several(word: str, count: int) -> str:
    others = (
        f'"{word}#2" is the other'
        if count == 2
        else f'"{word}#2" to "{word}#{count}" are the others'
    )
    return f"{word} occurs {_times(count)}: the first is taken, {others}."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _number(written: str) -> float:
    return float(written[:-1]) / 100.0 if written.endswith("%") else float(written)


def _start(node: Any) -> int:
    """Where a part of the query begins."""
    return int(node.meta.start_pos)
