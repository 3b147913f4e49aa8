"""Comparing two runs: another sentence, another model, or the same with something cut.

Numbers are compared in the *aligned frame* (`tui/analysis/framing.py`): a row and a column for each
pair of tokens, and, where any token has no partner, one last column and one last row for all of
these. No weight disappears: where rows sum to 1 they do so in the frame, and the rows of a
difference sum to 0. A side that has no token without partner gives 0 to the last column, and its
last row is NaN: there is none, and so there is no difference either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from tui.analysis.alignment import Alignment, align, align_by_characters, corrected, without
from tui.analysis.analysis import Token
from tui.analysis.displayed import displayed_matrix
from tui.analysis.framing import FramedHead, framed
from tui.analysis.merged_candidates import merged, merged_by
from tui.analysis.ranking_at_mask import RankingAtMask
from tui.analysis.units import Units
from tui.analysis.views import AMOUNTS, RAW, View
from tui.analysis.words import join_shares
from tui.errors import RequestError
from tui.lazy import np
from tui.text import MASK, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.merged_candidates import MergedCandidate

CHANGE = (
    "Jensen-Shannon divergence between the rows of partners in A and in B, all that has no partner "
    "in one column, the mean over these rows, in nats: 0 for the same weights, ln 2 = 0.693 at the "
    "most."
)
"""How a head's change is measured, for people."""

_NAMED = 4
"""How many tokens without partner are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two runs, A and B; a change is always A less B.

    Attributes:
        a: the rows and columns of A, and its answer.
        b: those of B; word pieces, or words, as A's are.
        alignment: which of A's rows and columns stand for which of B's.
    """

    a: Units
    b: Units
    alignment: Alignment

    @classmethod
    def of(
        cls,
        a: Analysis,
        b: Analysis,
        alignment: Alignment | None = None,
        *,
        words: bool = False,
    ) -> Comparison:
        """Compare two answers.

        Args:
            a: the one.
            b: the other.
            alignment: which of their word pieces, or words, are partners; by default as
                `align_units` has it.
            words: rows and columns are words.

        Raises:
            ValueError: the alignment is of other numbers of tokens.
        """
        units_a, units_b = Units.of(a, words=words), Units.of(b, words=words)
        found = alignment or align_units(units_a, units_b)
        if (found.left, found.right) != (len(units_a), len(units_b)):
            raise ValueError("the alignment is one of other texts")
        return cls(units_a, units_b, found)

    @property
    def swapped(self) -> Comparison:
        """B against A."""
        return Comparison(self.b, self.a, self.alignment.swapped)

    # Where two models can be compared at all

    @property
    def refusal(self) -> str:
        """Why heads cannot be compared, in a sentence; empty if they can."""
        a, b = self.a.analysis, self.b.analysis
        shapes = [(one.model.layers, one.model.heads) for one in (a, b)]
        if shapes[0] != shapes[1]:
            sizes = [
                f"{visible(one.model.name)} has {layers} layers of {heads}"
                for one, (layers, heads) in zip((a, b), shapes, strict=True)
            ]
            return (
                "Heads are compared one by one, and these models have others: "
                f"{sizes[0]}, {sizes[1]}; compare models of one size."
            )
        if a.held != b.held:
            return (
                "Heads are compared layer by layer, and of a text this long one layer is held, of "
                "each side another; shorten it."
            )
        return ""

    # One head

    @property
    def has_unaligned(self) -> bool:
        """Whether the frame has the last row and column, of tokens without partner."""
        return bool(self.alignment.left_alone or self.alignment.right_alone)

    @property
    def size(self) -> int:
        """How many rows the frame has, and columns."""
        return len(self.alignment.pairs) + self.has_unaligned

    def side_a(
        self, layer: int, head: int, *, view: View = RAW, hides: bool = False
    ) -> NDArray[np.float32]:
        """The numbers of one head of A in the frame, `[row, column]`.

        Args:
            layer: counted from 0.
            head: counted from 0.
            view: which numbers; its answers must have what it needs.
            hides: special tokens are left out and rows renormalised, as `displayed_matrix` does.
        """
        return self._framed(self.a, 0, layer, head, view, hides).matrix

    def side_b(
        self, layer: int, head: int, *, view: View = RAW, hides: bool = False
    ) -> NDArray[np.float32]:
        """The numbers of one head of B in the frame, as `side_a`."""
        return self._framed(self.b, 1, layer, head, view, hides).matrix

    def difference(
        self, layer: int, head: int, *, view: View = RAW, hides: bool = False
    ) -> NDArray[np.float32]:
        """A less B in one head, `[row, column]`, as `side_a`; NaN in rows that one of them lacks.

        Raises:
            RequestError: heads cannot be compared.
        """
        self._check()
        a, b = self.framed_heads(layer, head, view=view, hides=hides)
        return a.less(b)

    def framed_heads(
        self, layer: int, head: int, *, view: View = RAW, hides: bool = False
    ) -> tuple[FramedHead, FramedHead]:
        """One head of A and of B in the frame, as `side_a`, with what is shown and hidden of it."""
        return (
            self._framed(self.a, 0, layer, head, view, hides),
            self._framed(self.b, 1, layer, head, view, hides),
        )

    def _framed(
        self, units: Units, side: int, layer: int, head: int, view: View, hides: bool
    ) -> FramedHead:
        return FramedHead.of(
            displayed_matrix(units, view, layer, head, hides=hides),
            [pair[side] for pair in self.alignment.pairs],
            pools=self.has_unaligned,
            adds_rows=view.joining is AMOUNTS,
        )

    # All heads

    def changes(self) -> NDArray[np.float32]:
        """How much each head's attention differs, `[layer, head]`, as `CHANGE` says (Lin 1991).

        It is of the weights themselves, whatever is looked at; NaN of layers that are not held,
        and where no two tokens are partners.

        Raises:
            RequestError: heads cannot be compared.
        """
        self._check()
        analysis = self.a.analysis
        found = np.full((analysis.model.layers, analysis.model.heads), np.nan, dtype=np.float32)
        if pairs := len(self.alignment.pairs):
            for place, layer in enumerate(analysis.held):
                a, b = (weights[:, :pairs] for weights in self._weights(place))
                found[layer] = js_of_rows(a, b).mean(axis=-1)
        return found

    def changes_of_cell(self, row: int, column: int) -> NDArray[np.float32]:
        """A less B in one cell of the frame in every head, `[layer, head]`; NaN if not held.

        Args:
            row: the pair that attends, counted from 0, or the last row.
            column: the pair attended to, counted from 0, or the last column.

        Raises:
            RequestError: heads cannot be compared.
        """
        self._check()
        analysis = self.a.analysis
        found = np.full((analysis.model.layers, analysis.model.heads), np.nan, dtype=np.float32)
        for place, layer in enumerate(analysis.held):
            a, b = (weights[:, row, column] for weights in self._weights(place))
            found[layer] = a - b
        return found

    # Candidates

    @property
    def masks(self) -> tuple[tuple[int | None, int | None], ...]:
        """Which masks are partners, each counted from 0 among its side's masks.

        First those of A in their order, with None where the partner is no mask, then those that B
        alone has, with None before.
        """
        places_b = {unit: order for order, unit in enumerate(self.b.masks)}
        found: list[tuple[int | None, int | None]] = []
        for order, unit in enumerate(self.a.masks):
            partner = self.alignment.right_of(unit)
            other = None if partner is None else places_b.pop(partner, None)
            found.append((order, other))
        return (*found, *((None, order) for order in places_b.values()))

    def candidates(self, pair: int = 0) -> tuple[MergedCandidate, ...]:
        """The candidates of either side for a pair of masks, those of A first.

        Within one vocabulary they are the same by their numbers, and one that a list does not have
        is looked up among all scores; between two they are the same by their words, and of one
        that a list does not have there is but a bound.

        Args:
            pair: which of `masks`, counted from 0.
        """
        a, b = self.masks[pair]
        sides = (self.a.analysis, a), (self.b.analysis, b)
        of_a, of_b = (RankingAtMask() if mask is None else one.ranking(mask) for one, mask in sides)
        one_vocabulary = self.a.analysis.model.name == self.b.analysis.model.name
        return merged(of_a, of_b) if one_vocabulary else merged_by(of_a, of_b, _word)

    # Words for people

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the frame's rows, and columns: `cat`, or `cat/dog` of unlike partners."""
        a, b = self.a.labels, self.b.labels
        pairs = [(a[left], b[right]) for left, right in self.alignment.pairs]
        names = [one if one == other else f"{one}/{other}" for one, other in pairs]
        return (*names, *(["unaligned"] if self.has_unaligned else []))

    @property
    def told(self) -> tuple[str, ...]:
        """Everything that whoever reads any of this must be told, a sentence each.

        What holds of both sides stands once; what holds of one is said to be that one's.
        """
        return (*told_of_both(self.a.analysis.told, self.b.analysis.told), *self.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """Whatever must be told of the comparison itself, a sentence each."""
        return tuple(filter(None, [self.refusal, self._of_models, self._of_tokens, self._of_masks]))

    @property
    def _of_models(self) -> str:
        if self.refusal or self.a.analysis.model.name == self.b.analysis.model.name:
            return ""
        return (
            "Heads of two models are paired by their place, which means something only where one "
            "model was trained from the other."
        )

    @property
    def _of_tokens(self) -> str:
        """What has no partner, or that nothing is alike."""
        special_a, special_b = self.a.special, self.b.special
        ordinary = [(a, b) for a, b in self.alignment.pairs if not special_a[a]]
        if not ordinary and not (special_a.all() and special_b.all()):
            only = "only special tokens are" if self.alignment.pairs else "nothing is"
            return (
                f"The two have no token in common: {only} compared, and all others together, as "
                "unaligned."
            )
        a, b = self.a.labels, self.b.labels
        if ordinary and all(a[left] != b[right] for left, right in ordinary):
            return "The two have no word in common: their tokens are paired by their place."
        alone = [
            f"{_named([labels[at] for at in places])} of {side}"
            for side, labels, places in (
                ("A", a, self.alignment.left_alone),
                ("B", b, self.alignment.right_alone),
            )
            if places
        ]
        if not alone:
            return ""
        return f"Without a partner, together in the row and column “unaligned”: {'; '.join(alone)}."

    @property
    def _of_masks(self) -> str:
        alone = {"B" if a is None else "A" for a, b in self.masks if a is None or b is None}
        if not alone:
            return ""
        sides = " and ".join(sorted(alone))
        return (
            f"A {MASK} of {sides} has none as its partner, so that its candidates stand beside no "
            "others."
        )

    def _check(self) -> None:
        if self.refusal:
            raise RequestError(self.refusal)

    def _weights(self, place: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The weights of a layer that is held, in the frame: those of A, and those of B."""
        lefts, rights = (
            zip(*self.alignment.pairs, strict=True) if self.alignment.pairs else ((), ())
        )
        found = []
        for units, places in ((self.a, lefts), (self.b, rights)):
            weights = units.analysis.attention[place]
            if len(units) < len(units.analysis.tokens):
                weights = join_shares(weights, np.array(units.firsts))
            found.append(framed(weights, places, pools=self.has_unaligned))
        return found[0], found[1]


def align_units(a: Units, b: Units) -> Alignment:
    """Which rows and columns of two answers are partners.

    Texts that one model read are aligned by their pieces; one text that two models read by its
    characters, unless both cut it alike; two texts that two models read by what stands in the
    texts, as one model's `##s` is another's `s`. Words are aligned as pieces are, so that one that
    stands in another's place is its partner, into however many pieces each is cut.
    """
    tokens_a, tokens_b = _tokens(a), _tokens(b)
    names = [(one.special, one.text) for one in tokens_a], [(o.special, o.text) for o in tokens_b]
    if a.analysis.model.name == b.analysis.model.name or names[0] == names[1]:
        return align(tokens_a, tokens_b)
    if a.analysis.text == b.analysis.text:
        return align_by_characters(tokens_a, tokens_b)
    return align(_as_written(a, tokens_a), _as_written(b, tokens_b))


def align_corrected_units(
    a: Units, b: Units, automatic: Alignment, by_hand: Alignment
) -> Alignment:
    """Which rows and columns are partners where those of the word pieces are corrected by hand.

    Words follow: of two whose pieces were paired by hand each is the other's partner, and two that
    no pair of pieces holds together any more are none.

    Args:
        a: the rows and columns of A.
        b: those of B.
        automatic: the partners among their word pieces, as `align_units` has them.
        by_hand: the same with all corrections.
    """
    if not a.of_words:
        return by_hand
    found = align_units(a, b)
    before, after = set(automatic.pairs), set(by_hand.pairs)
    held = {(a.unit_of(left), b.unit_of(right)) for left, right in after}
    for left, right in before - after:
        pair = a.unit_of(left), b.unit_of(right)
        if pair in found.pairs and pair not in held:
            found = without(found, pair[0])
    for left, right in sorted(after - before, reverse=True):  # of a word's partners the first stays
        found = corrected(found, a.unit_of(left), b.unit_of(right))
    return found


@cache
def difference_of(view: View) -> View:
    """The view of A less B, of the numbers of another view."""
    return replace(
        view,
        name="A − B" if view is RAW else f"A − B, {view.name}",
        slug="_".join(filter(None, ["difference", view.slug])),
        signed=True,
        sums_to_one=False,
    )


def js_of_rows(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """The Jensen-Shannon divergence of each row of one to the same row of another (Lin 1991).

    JS(p, q) = (KL(p ‖ m) + KL(q ‖ m)) / 2 with m = (p + q) / 2, in nats.

    Args:
        a: distributions, `[..., row, column]`.
        b: as many.

    Returns:
        `[..., row]`, from 0 to ln 2; 0 for the same row, and NaN where a number is none.
    """
    p, q = a.astype(np.float64), b.astype(np.float64)
    middle = (p + q) / 2
    found = (_divergence(p, middle) + _divergence(q, middle)) / 2
    return np.clip(found, 0.0, np.log(2.0))


def told_of_both(a: Sequence[str], b: Sequence[str]) -> tuple[str, ...]:
    """The sentences of two sides: what both tell once, what one tells with its name before it."""
    return (
        *(one if one in b else f"A: {one}" for one in dict.fromkeys(a)),
        *(f"B: {one}" for one in dict.fromkeys(b) if one not in a),
    )


def _divergence(p: NDArray[np.float64], m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ p ln (p / m) of each row; 0 ln 0 is 0."""
    is_zero = p == 0
    ratio = np.where(is_zero, 1.0, p) / np.where(is_zero, 1.0, m)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((p * np.log(ratio)).sum(axis=-1))


def _tokens(units: Units) -> list[Token]:
    """Units as tokens: pieces as they are, of words their names and places."""
    if not units.of_words:
        return list(units.analysis.tokens)
    special = units.special
    return [
        Token(label, 0, bool(special[unit]), *units.span(unit))
        for unit, label in enumerate(units.labels)
    ]


def _as_written(units: Units, tokens: Sequence[Token]) -> list[Token]:
    text = units.analysis.text
    return [replace(one, text=text[one.start : one.end].casefold() or one.text) for one in tokens]


def _word(candidate: Candidate) -> str:
    return candidate.label.strip()


def _named(labels: Sequence[str]) -> str:
    more = len(labels) - _NAMED
    shown = ", ".join(f"“{visible(label)}”" for label in labels[:_NAMED])
    return shown + (f" and {more} more" if more > 0 else "")
