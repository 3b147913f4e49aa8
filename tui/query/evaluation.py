"""Which heads a query asks for, found on arrays."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Token, Tree

from tui.analysis.decimals import HEAD_DECIMALS, WEIGHT_DECIMALS, as_shown
from tui.analysis.words import weights_between
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
}
_EQUAL = ("=", "==")
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
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


@dataclass(frozen=True, slots=True, eq=False)
class _Number:
    """A number of each head; NaN where it is not known.

    Attributes:
        values: float64, `[layer, head]` or one for all.
        decimals: how many are shown of it, or None if it was written in the query.
    """

    values: NDArray[np.float64]
    decimals: int | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class _Condition:
    """A condition that each head meets, does not meet, or of which nothing is known.

    Attributes:
        truth: 1 where it is met, -1 where it is not, 0 where nothing is known, `[layer, head]` or
            one for all. So `and` is the least, `or` the largest, `not` the negative (Kleene's
            strong logic).
    """

    truth: NDArray[np.int8]

    @classmethod
    def of(cls, met: NDArray[np.bool_], known: NDArray[np.bool_]) -> _Condition:
        return cls(np.where(known, np.where(met, 1, -1), 0).astype(np.int8))


def find(query: str, heads: QueryContext) -> Found:
    """Find the heads that meet a query.

    Of what is missing nothing is known: a head that has no number, or one that is divided by 0,
    meets neither a comparison with it nor the negation of that.

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
        matches = reading.condition(tree).truth == 1
    shape = heads.attention.shape[:2]
    return Found(np.broadcast_to(matches, shape).copy(), tuple(dict.fromkeys(reading.notes)))


class _Reading:
    """Walks the tree of one query."""

    def __init__(self, heads: QueryContext) -> None:
        self._heads = heads
        self.notes: list[str] = []

    def condition(self, node: Tree[Token] | Token) -> _Condition:
        value = self._value(node)
        if isinstance(value, _Number):
            reason = f"this is a number and no condition: compare it, as in {EXAMPLE}."
            raise QueryError(_start(node), reason)
        return value

    def number(self, node: Tree[Token] | Token) -> _Number:
        value = self._value(node)
        if isinstance(value, _Condition):
            reason = "this is a condition and no number: join conditions with and, or, not."
            raise QueryError(_start(node), reason)
        return value

    def _value(self, node: Tree[Token] | Token) -> _Number | _Condition:
        assert isinstance(node, Tree)
        value: _Number | _Condition = getattr(self, f"_{node.data}")(node)
        return value

    # Conditions

    def _either(self, node: Tree[Token]) -> _Condition:
        return self._joined(np.maximum, node)

    def _both(self, node: Tree[Token]) -> _Condition:
        return self._joined(np.minimum, node)

    def _joined(self, join: np.ufunc, node: Tree[Token]) -> _Condition:
        truths = [self.condition(child).truth for child in node.children]
        return _Condition(np.asarray(join.reduce(np.broadcast_arrays(*truths))))

    def _negation(self, node: Tree[Token]) -> _Condition:
        return _Condition(-self.condition(node.children[0]).truth)

    def _order(self, node: Tree[Token]) -> _Condition:
        """`a < b < c` is `a < b and b < c`."""
        numbers = [self.number(child) for child in node.children[::2]]
        truths = [
            _compared(str(sign), left, right).truth
            for sign, left, right in zip(node.children[1::2], numbers, numbers[1:], strict=False)
        ]
        return _Condition(np.asarray(np.minimum.reduce(np.broadcast_arrays(*truths))))

    def _membership(self, node: Tree[Token]) -> _Condition:
        """In one of the ranges; a range of one number is that number."""
        number = self.number(node.children[0])
        met = np.zeros(number.values.shape, dtype=bool)
        for range_ in node.children[1:]:
            assert isinstance(range_, Tree)
            first, last = (self._bound(bound) for bound in range_.children)
            if first is None:
                continue
            if last is None:
                met = met | _equal(number, _Number(np.array(first)))
                continue
            if last < first:
                raise QueryError(
                    _start(range_),
                    f"there is nothing in {first:g}..{last:g}: the lesser comes first.",
                )
            met = met | ((number.values >= first) & (number.values <= last))
        return _Condition.of(np.asarray(met), number.known)

    def _bound(self, bound: Any) -> float | None:
        if bound is None:
            return None
        return float("".join(bound.children[:-1]) + "1") * _number(bound.children[-1])

    # Numbers

    def _sum(self, node: Tree[Token]) -> _Number:
        number = self.number(node.children[0])
        for sign, other in zip(node.children[1::2], node.children[2::2], strict=True):
            number = _calculated(str(sign), number, self.number(other))
        return number

    _product = _sum

    def _sign(self, node: Tree[Token]) -> _Number:
        number = self.number(node.children[1])
        return _Number(-number.values, number.decimals) if node.children[0] == "-" else number

    def _number(self, node: Tree[Token]) -> _Number:
        return _Number(np.array(_number(str(node.children[0]))))

    def _name(self, node: Tree[Token]) -> _Number:
        name = str(node.children[0])
        known = self._heads.numbers
        if name.casefold() in self._heads.unmeasured:
            how = self._heads.unmeasured[name.casefold()]
            raise QueryError(_start(node), f"{name} is not measured here: {how}.")
        if name.casefold() not in known:
            hint = ""
            if self._heads.places(name) or name.casefold() == MASK:
                hint = f"; to ask for a weight write {name}->token or token->{name}"
            elif close := difflib.get_close_matches(name.casefold(), known, 1):
                hint = f" (did you mean {close[0]}?)"
            reason = f"there is no number {name}{hint}. The names are: {', '.join(known)}."
            raise QueryError(_start(node), reason)
        values = known[name.casefold()].astype(np.float64)
        return _Number(np.where(np.isfinite(values), values, np.nan), HEAD_DECIMALS)

    def _weight(self, node: Tree[Token]) -> _Number:
        query, key = (self._place(child) for child in node.children)
        weights = weights_between(self._heads.attention, query, key)
        return _Number(weights.astype(np.float64), WEIGHT_DECIMALS)

    # Tokens

    def _place(self, node: Any) -> range:
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

    def _part(self, node: Any, word: str) -> range:
        if word in self._heads.parts:
            place = self._heads.parts[word]
            return range(place, place + 1)
        what = {MASK: "mask", OPENING: "opening token", CLOSING: "closing token"}[word]
        raise QueryError(_start(node), f"this sentence has no {what}.")

    def _no_token(self, word: str) -> str:
        pieces = zip(self._heads.spelt, self._heads.tokens, strict=True)
        spelt = dict.fromkeys([*self._heads.words, *(piece or token for piece, token in pieces)])
        close = difflib.get_close_matches(word, spelt, 1)
        hint = (
            f"; did you mean {close[0]}?" if close else ": its word pieces label the grid's rows."
        )
        return f"there is no {word} in this sentence{hint}"


def _compared(sign: str, left: _Number, right: _Number) -> _Condition:
    """How two numbers stand to each other; where one is not known, nothing is known."""
    if sign in _EQUAL:
        met = _equal(left, right)
    elif sign == "!=":
        met = ~_equal(left, right)
    else:
        met = _ORDERS[sign](left.values, right.values)
    return _Condition.of(met, left.known & right.known)


def _equal(left: _Number, right: _Number) -> NDArray[np.bool_]:
    """Whether two numbers are shown as the same: each to the decimals of the coarser one."""
    shown = _coarser(left, right)
    if shown is None:
        return np.asarray(left.values == right.values)
    return np.asarray(as_shown(left.values, shown) == as_shown(right.values, shown))


def _coarser(left: _Number, right: _Number) -> int | None:
    """The fewest decimals that are shown of two numbers, or None if both were written."""
    return min((one.decimals for one in (left, right) if one.decimals is not None), default=None)


def _calculated(sign: str, left: _Number, right: _Number) -> _Number:
    """The sum, difference, product or quotient of two numbers; by 0 nothing is divided."""
    if sign == "/":
        divisor = np.where(right.values == 0, np.nan, right.values)
        return _Number(np.asarray(left.values / divisor), _coarser(left, right))
    values = _ARITHMETIC[sign](left.values, right.values)
    return _Number(np.asarray(values), _coarser(left, right))


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
