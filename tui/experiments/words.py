"""Any word at a mask: its probability and rank, and the pseudo-log-likelihood of a sentence.

A word of several pieces takes as many masks as it has pieces. Each piece is scored with those
before it filled in and those behind it still masked, and log p of the word is the sum: PLL-word-l2r
(Kauf & Ivanova 2023). With the pieces behind it in sight, as in Salazar et al. 2020, the end of a
rare word would give its beginning away, so that rare words would look likely.

The pseudo-log-likelihood of a sentence is the same sum over all of its words, or, where sentences
are compared as in the literature, that of Salazar et al. 2020, each piece masked alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.ranking import log_probability, rank_of
from tui.errors import RequestError
from tui.experiments.lens import check_can_predict
from tui.experiments.word_chain import Hiding, WordChain, check_can_be_changed, word_chains
from tui.model.batches import TOKENS_A_PASS
from tui.text import MASK, visible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel
    from tui.model.tokenizing.encoding import Encoded

NO_COMPARISON = (
    "Words of unlike numbers of pieces are no comparison: each number of masks is another question."
)
"""What is to be known of words where some have more pieces than others."""


@dataclass(frozen=True, slots=True)
class ScoreWords:
    """Score words in the place of a mask.

    Attributes:
        text: the sentence.
        model: the model's name.
        words: the words.
        mask: which of the masks, counted from 0.
        interventions: what is changed inside the model while it runs.
    """

    text: str
    model: str
    words: tuple[str, ...]
    mask: int = 0
    interventions: Interventions = NONE


@dataclass(frozen=True, slots=True)
class ScoredWord:
    """A word at a mask.

    Attributes:
        word: as it was asked for.
        ids: its pieces' numbers in the vocabulary.
        pieces: its pieces as people read them.
        log_probability: the sum over its pieces, in nats.
        rank: of one piece its place among the whole vocabulary, 1 the best; None of several.
    """

    word: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    log_probability: float
    rank: int | None

    @property
    def probability(self) -> float:
        """The product over its pieces, 0..1."""
        return exp(self.log_probability)


@dataclass(frozen=True, slots=True)
class PseudoLogLikelihood:
    """A sentence's pseudo-log-likelihood.

    Attributes:
        text: the text as analysed.
        places: the places among the tokens of the pieces that count: all but special tokens.
        log_probabilities: that of each, in nats.
    """

    text: str
    places: tuple[int, ...]
    log_probabilities: tuple[float, ...]

    @property
    def total(self) -> float:
        """The sum over the pieces, in nats."""
        return sum(self.log_probabilities)


def run_score_words(
    job: ScoreWords,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[ScoredWord, ...]:
    """Run the job; errors are those of `score_words`, nothing is allocated and no step is told."""
    return score_words(
        model, job.text, job.words, mask=job.mask, interventions=job.interventions,
        cancelled=cancelled,
    )  # fmt: skip


def score_words(
    model: LanguageModel,
    text: str,
    words: Sequence[str],
    *,
    mask: int = 0,
    interventions: Interventions = NONE,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[ScoredWord, ...]:
    """Score words in the place of a mask.

    Args:
        model: the model.
        text: a sentence with a mask; further masks stay masked.
        words: the words.
        mask: which of its masks, counted from 0.
        interventions: what is changed inside the model while it runs.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: the text has no such mask; or a word is empty, not in the vocabulary, or
            changes how its neighbours are read; or a change is about tokens by their places, which
            are other ones where a mask becomes several.
        ModelError: the model has no trained head.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    chains = word_chains(model, text, words, mask)
    for chain in chains:
        check_can_be_changed(chain.ids, interventions)
    steps = [(step.text, step.place) for chain in chains for step in chain.steps]
    scored = _scores(model, steps, interventions, cancelled)
    return tuple(_scored_word(chain, scored) for chain in chains)


def single_piece(model: LanguageModel, text: str, mask: int, word: str) -> int:
    """The number in the vocabulary of a word that is one piece in the place of a mask.

    Args:
        model: the model.
        text: a sentence with a mask.
        mask: which of its masks, counted from 0.
        word: the word.

    Raises:
        RequestError: as of `score_words`, or the word has several pieces.
    """
    check_can_predict(model)
    [chain] = word_chains(model, text, [word], mask)
    if len(chain.ids) > 1:
        raise RequestError(
            f"“{visible(chain.word)}” is {len(chain.ids)} word pieces, "
            f"{visible(' '.join(chain.pieces))}: choose a word that is one."
        )
    return chain.ids[0]


def pseudo_log_likelihood(
    model: LanguageModel,
    text: str,
    *,
    hides_rest: bool = True,
    interventions: Interventions = NONE,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PseudoLogLikelihood:
    """Score a sentence: every piece masked in turn, with those behind it in its word.

    Args:
        model: the model.
        text: a sentence without a mask.
        hides_rest: the pieces behind one in its word are masked with it; else each piece is masked
            alone, as Salazar et al. 2020 do.
        interventions: what is changed inside the model while it runs.
        progress: told how many pieces are done, and of how many.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: the text has a mask, or has nothing but special tokens.
        ModelError: the model has no trained head.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    encoded = model.encode(text)
    if encoded.masks:
        raise RequestError(f"A sentence is scored whole: put a word in the place of {MASK}.")
    places = [place for place, token in enumerate(encoded.tokens) if not token.special]
    if not places:
        raise RequestError("There is no word in the text to be scored: type a sentence.")
    hide, words = Hiding(model), [token.word for token in encoded.tokens]
    steps = [
        (
            hide(encoded, _rest_of_word(places, words, at) if hides_rest else [at]),
            at,
        )
        for at in places
    ]
    found = []
    for place, logits in zip(places, _scores(model, steps, interventions, cancelled), strict=True):
        found.append(log_probability(logits, encoded.ids[place]))
        progress(len(found), len(places))
    return PseudoLogLikelihood(encoded.masked.text, tuple(places), tuple(found))


def _rest_of_word(places: Iterable[int], words: Sequence[int], at: int) -> list[int]:
    """A piece's place and those behind it in its word."""
    return [other for other in places if other >= at and words[other] == words[at]]


def _scores(
    model: LanguageModel,
    steps: Sequence[tuple[Encoded, int]],
    interventions: Interventions,
    cancelled: Callable[[], bool],
) -> Iterator[NDArray[np.float32]]:
    """The logits, `[vocabulary]`, of each text at one place, several texts a pass."""
    for batch in _batches(steps):
        answers = model.run(
            [encoded for encoded, _ in batch],
            [[place] for _, place in batch],
            interventions=interventions,
            cancelled=cancelled,
        )
        for answer in answers:
            yield answer.logits[0]


def _batches(steps: Sequence[tuple[Encoded, int]]) -> Iterator[list[tuple[Encoded, int]]]:
    """The steps in their order, as many together as a pass has room for."""
    batch: list[tuple[Encoded, int]] = []
    for step in steps:
        longest = max(len(encoded.ids) for encoded, _ in [*batch, step])
        if batch and (len(batch) + 1) * longest > TOKENS_A_PASS:
            yield batch
            batch = []
        batch.append(step)
    if batch:
        yield batch


def _scored_word(chain: WordChain, scored: Iterator[NDArray[np.float32]]) -> ScoredWord:
    """A word, from the logits at its pieces."""
    total, rank = 0.0, None
    for id_ in chain.ids:
        logits = next(scored)
        total += log_probability(logits, id_)
        rank = rank_of(logits, id_) if len(chain.ids) == 1 else None
    return ScoredWord(chain.word, chain.ids, chain.pieces, total, rank)
