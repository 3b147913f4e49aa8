"""Which token of one run stands for which of another, so that their numbers can be compared.

An alignment pairs tokens one to one and in order; a token without a partner is alone. Of two texts
that one model read it follows an edit script over word pieces; of one text that two models cut into
other pieces, the characters that pieces cover. A person may correct it, pair by pair.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Token

Pair: TypeAlias = "tuple[int, int]"
"""A position on the left, and its partner on the right."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of tokens, each token in one pair at most.

    Attributes:
        pairs: positions of partners, left and right, ascending in both.
        left: how many tokens the left side has.
        right: how many tokens the right side has.
    """

    pairs: tuple[Pair, ...]
    left: int
    right: int

    @property
    def left_alone(self) -> tuple[int, ...]:
        """Positions on the left without partner, ascending."""
        paired = {left for left, _ in self.pairs}
        return tuple(at for at in range(self.left) if at not in paired)

    @property
    def right_alone(self) -> tuple[int, ...]:
        """Positions on the right without partner, ascending."""
        paired = {right for _, right in self.pairs}
        return tuple(at for at in range(self.right) if at not in paired)

    @property
    def is_identity(self) -> bool:
        """Whether every token's partner stands at its own position, and none is alone."""
        return self.left == self.right == len(self.pairs)

    @property
    def swapped(self) -> Alignment:
        """The same with the sides exchanged."""
        return Alignment(tuple((b, a) for a, b in self.pairs), self.right, self.left)

    def right_of(self, left: int) -> int | None:
        """The partner of a token on the left, or None."""
        return dict(self.pairs).get(left)


def align(a_tokens: Sequence[Token], b_tokens: Sequence[Token]) -> Alignment:
    """The alignment of two texts as one tokenizer cuts them.

    The shortest edit script over the pieces (Levenshtein 1966; of several the one that keeps most)
    says which are kept: these are partners. Between them, as many pieces on one side as on the
    other are taken for replaced, one by one; of fewer or more nobody can say which stands for
    which, and they stay alone. Special tokens pair only with special tokens. Exchanging the sides
    exchanges the partners and nothing else.

    Args:
        a_tokens: the left text's tokens.
        b_tokens: the right text's tokens.
    """
    a = [(token.special, token.text) for token in a_tokens]
    b = [(token.special, token.text) for token in b_tokens]
    kept = _kept(a, b) if a <= b else [(left, right) for right, left in _kept(b, a)]
    replaced = [
        (left, right)
        for lefts, rights in _gaps(kept, len(a), len(b))
        if len(lefts) == len(rights)
        for left, right in zip(lefts, rights, strict=True)
        if a[left][0] == b[right][0]
    ]
    return Alignment(tuple(sorted(kept + replaced)), len(a), len(b))


def align_by_characters(a_tokens: Sequence[Token], b_tokens: Sequence[Token]) -> Alignment:
    """The alignment of one text as two tokenizers cut it.

    Partners are pieces that share more characters with each other than with any other piece; of
    equal shares the first. Where one side has a word in one piece and the other in three, the piece
    pairs with the largest of the three, and the others are alone. Special tokens between the same
    partners pair in their order.

    Args:
        a_tokens: the left side's tokens.
        b_tokens: the right side's tokens.
    """
    n, m = len(a_tokens), len(b_tokens)
    shares = _overlaps(a_tokens, b_tokens)
    pairs: list[Pair] = []
    while found := _mutual(shares):
        pairs = sorted([*pairs, *found])
        shares = {pair: share for pair, share in shares.items() if _fits(pairs, *pair)}
    specials = [
        (left, right)
        for lefts, rights in _gaps(pairs, n, m)
        for left, right in zip(
            (at for at in lefts if a_tokens[at].special),
            (at for at in rights if b_tokens[at].special),
            strict=False,
        )
    ]
    return Alignment(tuple(sorted(pairs + specials)), n, m)


def corrected(alignment: Alignment, a: int, b: int) -> Alignment:
    """The alignment with a token on the left paired with one on the right by hand.

    Pairs that contradict it are dropped: other pairs of either token, and pairs that cross it.

    Args:
        alignment: as it was.
        a: the position on the left, counted from 0.
        b: the position on the right, counted from 0.

    Raises:
        ValueError: there is no such position.
    """
    if not (0 <= a < alignment.left and 0 <= b < alignment.right):
        raise ValueError(f"no tokens {a} and {b} among {alignment.left} and {alignment.right}")
    stay = (p for p in alignment.pairs if (p[0] < a and p[1] < b) or (p[0] > a and p[1] > b))
    return Alignment(tuple(sorted([*stay, (a, b)])), alignment.left, alignment.right)


def without(alignment: Alignment, a: int) -> Alignment:
    """The alignment with a token on the left, counted from 0, and its partner left alone."""
    stay = tuple(pair for pair in alignment.pairs if pair[0] != a)
    return Alignment(stay, alignment.left, alignment.right)


def _gaps(pairs: Sequence[Pair], n: int, m: int) -> Iterable[tuple[range, range]]:
    """The positions between neighbouring pairs, on both sides."""
    for (a, b), (c, d) in pairwise([(-1, -1), *pairs, (n, m)]):
        yield range(a + 1, c), range(b + 1, d)


def _kept(a: Sequence[tuple[bool, str]], b: Sequence[tuple[bool, str]]) -> list[Pair]:
    """The pieces that the shortest edit script keeps; what both begin and end with is kept."""
    shorter = min(len(a), len(b))
    begin = next((at for at in range(shorter) if a[at] != b[at]), shorter)
    rest = shorter - begin
    end = next((at for at in range(rest) if a[-1 - at] != b[-1 - at]), rest)
    n, m = len(a) - end, len(b) - end
    inner = _kept_inside(a[begin:n], b[begin:m])
    return [
        *((at, at) for at in range(begin)),
        *((begin + left, begin + right) for left, right in inner),
        *((n + at, m + at) for at in range(end)),
    ]


_REPLACED, _REMOVED, _ADDED, _KEPT = range(4)


def _kept_inside(a: Sequence[tuple[bool, str]], b: Sequence[tuple[bool, str]]) -> list[Pair]:
    """The pieces that the shortest edit script keeps, by dynamic programming, a row a piece."""
    n, m = len(a), len(b)
    if not n or not m:
        return []
    numbers = {piece: number for number, piece in enumerate(dict.fromkeys([*a, *b]))}
    pieces = np.array([numbers[piece] for piece in b])
    special = np.array([piece[0] for piece in b])
    step = n + m + 1  # an edit costs more than all that could be kept
    never = step * (n + m + 1)
    ramp = np.arange(m + 1, dtype=np.int64) * step
    costs = ramp.copy()  # of the script from the pieces so far to each beginning of `b`
    moves = np.empty((n, m), dtype=np.uint8)
    for row, piece in enumerate(a):
        same = pieces == numbers[piece]
        across = costs[:-1] + np.where(same, -1, np.where(special == piece[0], step, never))
        down = costs + step
        best = down.copy()
        np.minimum(best[1:], across, out=best[1:])
        # Adding pieces of `b`: the least of all that stand before, and a step for each added.
        costs = np.minimum.accumulate(best - ramp) + ramp
        moves[row] = np.select(
            [costs[1:] == across, costs[1:] == down[1:]],
            [np.where(same, _KEPT, _REPLACED), _REMOVED],
            _ADDED,
        )
    kept: list[Pair] = []
    while n and m:
        move = moves[n - 1, m - 1]
        if move == _KEPT:
            kept.append((n - 1, m - 1))
        n -= int(move != _ADDED)
        m -= int(move != _REMOVED)
    return kept[::-1]


def _overlaps(a: Sequence[Token], b: Sequence[Token]) -> dict[Pair, int]:
    """How many characters ordinary pieces share, of those that share any."""
    starts: NDArray[np.intp] = np.array([token.start for token in b], dtype=np.intp)
    ends: NDArray[np.intp] = np.array([token.end for token in b], dtype=np.intp)
    ordinary = np.array([not token.special for token in b], dtype=bool)
    found: dict[Pair, int] = {}
    for left, token in enumerate(a):
        if token.special:
            continue
        shared = np.minimum(ends, token.end) - np.maximum(starts, token.start)
        for right in np.flatnonzero((shared > 0) & ordinary).tolist():
            found[left, right] = int(shared[right])
    return found


def _fits(pairs: Sequence[Pair], a: int, b: int) -> bool:
    """Whether two tokens can be paired besides these pairs, which are ascending in both."""
    at = bisect_left(pairs, (a, -1))
    return (at == 0 or pairs[at - 1][1] < b) and (
        at == len(pairs) or (pairs[at][0] > a and pairs[at][1] > b)
    )


def _mutual(shares: dict[Pair, int]) -> list[Pair]:
    """The pairs in which each is the other's best, ascending in both."""
    best_of_left: dict[int, int] = {}
    best_of_right: dict[int, int] = {}
    for (a, b), share in shares.items():  # ascending, so that of equal ones the first stays
        if a not in best_of_left or share > shares[a, best_of_left[a]]:
            best_of_left[a] = b
        if b not in best_of_right or share > shares[best_of_right[b], b]:
            best_of_right[b] = a
    pairs: list[Pair] = []
    for a, b in sorted((a, b) for a, b in best_of_left.items() if best_of_right[b] == a):
        if not pairs or pairs[-1][1] < b:  # places that overlap within one side could cross
            pairs.append((a, b))
    return pairs
