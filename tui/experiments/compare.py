"""Comparing two sentences, or many pairs of them, through one model or two.

Example:
    >>> from tui.experiments.compare import compare_texts
    >>> from tui.model.masked_lm import MaskedLM
    >>> model = MaskedLM.load()
    >>> comparison = compare_texts(model, "The cat [MASK].", "The old dog [MASK].")
    >>> comparison.changes().shape  # how much each head's attention differs, [layer, head]
    (6, 12)
    >>> comparison.difference(2, 3).shape  # A less B of layer 3, head 4, counted from 1
    (6, 6)

Of pairs of sentences of which one is better than the other, as BLiMP's (Warstadt et al. 2020), the
model prefers the one with the larger pseudo-log-likelihood (Salazar et al. 2020): the natural
logarithm of each ordinary piece's probability where it alone is masked, summed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Literal

from tui.analysis.comparison import Comparison
from tui.analysis.intervals import RESAMPLES, Interval, bootstrap_means, share_interval, sign_test
from tui.analysis.interventions import NONE, CutHead, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.errors import RequestError, UserError
from tui.experiments.lens import check_can_predict
from tui.experiments.means_first import means_first
from tui.experiments.words import pseudo_log_likelihood
from tui.lazy import np
from tui.model.budget import plan_memory
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis, Attention
    from tui.model.language_model import LanguageModel

PLL = (
    "Pseudo-log-likelihood: the sum over all ordinary word pieces of the natural logarithm of each "
    "one's probability with that piece masked alone (Salazar et al. 2020)."
)
"""How a sentence is scored, for people."""

Side = Literal["a", "b"]

_DRAWS, _LEAST_RESAMPLES = 20_000_000, 1_000
"""How many numbers a bootstrap draws in all, so that of many pairs it takes seconds: its intervals
are narrow then, and fewer samples find them as well; and how many samples at the least."""


@dataclass(frozen=True, slots=True)
class ComparePairs:
    """Compare the sentences of each pair.

    Attributes:
        pairs: the sentences of each pair, A and B.
        model: the model's name.
        interventions: what is changed inside the model all the while.
    """

    pairs: tuple[tuple[str, str], ...]
    model: str
    interventions: Interventions = NONE


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """One pair of sentences.

    Attributes:
        a: the first sentence, as analysed.
        b: the second.
        pll_a: the first one's pseudo-log-likelihood; None if it cannot be scored.
        pll_b: the second one's; likewise.
        against: both of them in the other model, if there is one and they can be scored.
        reason: why something is not there, a sentence; empty if nothing is missing.
    """

    a: str
    b: str
    pll_a: float | None = None
    pll_b: float | None = None
    against: tuple[float, float] | None = None
    reason: str = ""

    @property
    def prefers(self) -> Side | None:
        """The sentence that the model prefers; None if neither, or if nobody can say."""
        if self.pll_a is None or self.pll_b is None:
            return None
        return _preferred(self.pll_a, self.pll_b)

    @property
    def against_prefers(self) -> Side | None:
        """The sentence that the other model prefers; likewise."""
        return _preferred(*self.against) if self.against is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class PairsCompared:
    """Many pairs: how much each head changes within them, and which sentences are preferred.

    A change has no sign, so that nothing is tested of a head: its interval says how sure its size
    is, and every head changes where sentences differ.

    Attributes:
        model: the model's name.
        against: the other model's; empty if there is none.
        pairs: the pairs, in their order.
        change: each head's change, as `Comparison.changes`, the mean over the pairs whose attention
            was compared, `[layer, head]`.
        low: where its interval of 95 % begins, drawn by bootstrap, `[layer, head]`; NaN of fewer
            than two pairs.
        high: where it ends.
        count: over how many pairs the mean was taken.
        accuracy: in which share of the pairs that are scored A is preferred, with Wilson's interval
            of 95 %; a pair of which neither is preferred counts as one that is not.
        sign: how likely signs of `pll_a - pll_b` at least this uneven are if A and B were preferred
            equally often (sign test, two-sided); ties are left out.
        ties: how many of the pairs that are scored have two sentences of one score.
        against_accuracy: the same of the other model; None if there is none.
        against_sign: likewise.
        against_ties: likewise.
        told: everything that a reader must be told, a sentence each.
    """

    model: str
    against: str
    pairs: tuple[ComparedPair, ...]
    change: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    count: int
    accuracy: Interval
    sign: float
    ties: int
    against_accuracy: Interval | None = None
    against_sign: float | None = None
    against_ties: int | None = None
    told: tuple[str, ...] = ()


def compare_texts(
    model: LanguageModel,
    a: str,
    b: str | None = None,
    *,
    against: LanguageModel | None = None,
    interventions_a: Interventions = NONE,
    interventions_b: Interventions = NONE,
    words: bool = False,
    top_k: int = 10,
    wanted: WantedQuantities = WEIGHTS_ALONE,
    cancelled: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Compare two runs: of two sentences, of two models, or with something changed inside.

    Args:
        model: the model of A.
        a: the sentence of A, as `MaskedLM.analyze` takes it.
        b: that of B; None if it is the same.
        against: the model of B, if it is another.
        interventions_a: what is changed inside A's model while it runs.
        interventions_b: the same for B.
        words: rows and columns are words.
        top_k: how many candidates each mask gets.
        wanted: what is wanted beyond the attention weights, on both sides.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: a sentence cannot be analysed; which one is said.
        ModelError: as `MaskedLM.analyze`.
        Cancelled: it was given up.
    """
    other, text_b = against or model, a if b is None else b
    runs = [("A", model, a, interventions_a), ("B", other, text_b, interventions_b)]
    for side, one, text, _ in runs if text_b != a else ():
        try:
            one.count_tokens(text)
        except RequestError as error:  # nothing of it says which sentence it is about
            raise type(error)(f"{side}: {error}") from error
    if against is None and text_b == a and interventions_a == interventions_b:
        runs = runs[:1]  # the same is zero everywhere, to the last bit
    asked = {"top_k": top_k, "wanted": wanted, "cancelled": cancelled}
    if against is None and len(runs) == 2 and _fit(model, (a, text_b), wanted):
        changes = [interventions_a, interventions_b]
        found = model.analyze_batch([a, text_b], interventions=changes, **asked)  # type: ignore[arg-type]
    else:
        found = [
            one.analyze(text, interventions=changes, **asked)  # type: ignore[arg-type]
            for _, one, text, changes in runs
        ]
    return Comparison.of(found[0], found[-1], words=words)


def run_compare_pairs(
    job: ComparePairs,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PairsCompared:
    """Run the job as `compare_pairs`; `allocate` is not needed, the result is small."""
    return compare_pairs(
        model, job.pairs, interventions=job.interventions, progress=progress, cancelled=cancelled
    )


def compare_pairs(
    model: LanguageModel,
    pairs: Sequence[tuple[str, str]],
    *,
    against: LanguageModel | None = None,
    interventions: Interventions = NONE,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PairsCompared:
    """Compare the sentences of each pair, and see which one the model prefers.

    Of each pair one number a head is kept, so that a list may be long.

    Args:
        model: the model.
        pairs: the sentences of each pair, A and B; of BLiMP A is the good one. Those with a mask
            are not scored, and their heads are compared all the same.
        against: another model, which scores the sentences too.
        interventions: what is changed inside the first model all the while.
        progress: told how many pairs are done, and of how many.
        cancelled: asked before each layer of a pass; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: there is no pair, or none could be compared.
        ModelError: the other model predicts nothing, or memory ran out.
        Cancelled: it was given up.
    """
    if not pairs:
        raise RequestError("There is no pair to compare: give two sentences.")
    if against is not None:
        check_can_predict(against)
    to_mean = any(isinstance(one, CutHead) and one.by == "mean" for one in interventions)
    _, tell = means_first(model, "mean" if to_mean else "zero", len(pairs), progress, cancelled)
    found: list[ComparedPair] = []
    changes = np.empty((len(pairs), model.info.layers, model.info.heads), dtype=np.float32)
    told: dict[str, None] = {}
    count = longer = 0
    for a, b in pairs:
        try:
            one = compare_texts(
                model, a, b, interventions_a=interventions, interventions_b=interventions,
                top_k=1, cancelled=cancelled,
            )  # fmt: skip
            changes[count] = one.changes()
        except RequestError as error:
            found.append(ComparedPair(a, b, reason=str(error)))
        else:
            count += 1
            runs = one.a.analysis, one.b.analysis
            told.update(dict.fromkeys(sentence for run in runs for sentence in run.told))
            scored = _scored(model, against, runs, interventions, cancelled)
            found.append(scored)
            longer += scored.pll_a is not None and len(set(map(_ordinary, runs))) > 1
        tell(len(found))
    if not count:
        raise RequestError(f"No pair could be compared: {found[0].reason}")
    if not model.info.has_head:
        name = visible(model.info.name)
        told[f"{name} has no trained masked-LM head, so that no sentence is scored."] = None
    if against is not None:
        told.update(dict.fromkeys(f"Against: {warning}" for warning in against.info.warnings))
    if longer:
        which = f"In {longer:,} of {len(pairs):,} pairs"
        told[
            f"{which} one sentence has more word pieces than the other, which by itself makes its "
            "pll smaller."
        ] = None
    mean, low, high = (
        numbers.reshape(changes.shape[1:])
        for numbers in bootstrap_means(
            changes[:count].reshape(count, -1),
            resamples=min(RESAMPLES, max(_LEAST_RESAMPLES, _DRAWS // count)),
        )
    )
    own = [(one.pll_a, one.pll_b) for one in found if one.pll_a is not None]
    others = [one.against for one in found if one.against is not None]
    return PairsCompared(
        model=model.info.name,
        against=against.info.name if against is not None else "",
        pairs=tuple(found),
        change=mean,
        low=low,
        high=high,
        count=count,
        accuracy=_accuracy(one.prefers for one in found if one.pll_a is not None),
        sign=sign_test([_less(a, b) for a, b in own]),
        ties=_ties(own),
        against_accuracy=(
            _accuracy(one.against_prefers for one in found if one.against is not None)
            if against is not None
            else None
        ),
        against_sign=sign_test([_less(*both) for both in others]) if against is not None else None,
        against_ties=_ties(others) if against is not None else None,
        told=tuple(told),
    )


def _fit(model: LanguageModel, texts: Sequence[str], wanted: WantedQuantities) -> bool:
    """Whether there is room for all of these texts' attention in one pass."""
    info, longest = model.info, max(map(model.count_tokens, texts))
    try:
        plan = plan_memory(
            info.layers, info.heads, longest, shown=0, texts=len(texts), wanted=wanted
        )
    except UserError:
        return False
    return plan.layers == info.layers and not plan.refused


def _scored(
    model: LanguageModel,
    against: LanguageModel | None,
    runs: tuple[Analysis, Analysis],
    interventions: Interventions,
    cancelled: Callable[[], bool],
) -> ComparedPair:
    """A pair whose attention was compared, scored if it can be."""
    a, b = (run.text for run in runs)
    own: tuple[float | None, float | None] = None, None
    others: tuple[float, float] | None = None
    try:
        if model.info.has_head:
            own = _plls(model, (a, b), interventions, cancelled)
        if against is not None:
            others = _plls(against, (a, b), NONE, cancelled)
    except RequestError as error:
        return ComparedPair(a, b, own[0], own[1], others, str(error))
    return ComparedPair(a, b, own[0], own[1], others)


def _plls(
    model: LanguageModel,
    texts: tuple[str, str],
    interventions: Interventions,
    cancelled: Callable[[], bool],
) -> tuple[float, float]:
    a, b = (
        pseudo_log_likelihood(
            model, text, hides_rest=False, interventions=interventions, cancelled=cancelled
        ).total
        for text in texts
    )
    if isnan(a) or isnan(b):
        raise RequestError(
            f"The scores of {visible(model.info.name)} are no numbers (NaN), so that nothing is "
            "preferred: the checkpoint is broken, or its numbers overflow their precision."
        )
    return a, b


def _ordinary(run: Analysis) -> int:
    return int((~run.special).sum())


def _preferred(a: float, b: float) -> Side | None:
    return "a" if a > b else "b" if b > a else None


def _less(a: float | None, b: float | None) -> float:
    return float("nan") if a is None or b is None else a - b


def _ties(scores: Iterable[tuple[float | None, float | None]]) -> int:
    return sum(a == b for a, b in scores)


def _accuracy(preferred: Iterable[Side | None]) -> Interval:
    every = list(preferred)
    return share_interval(every.count("a"), len(every))
