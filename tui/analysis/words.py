"""From attention between word pieces to attention between words, and to parts of a pair.

Pure numpy: a matrix and what belongs together go in, a matrix comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def word_firsts(words: Sequence[int]) -> NDArray[np.intp]:
    """Each word's first piece, given the number of every piece's word."""
    return np.flatnonzero(np.diff(words, prepend=words[0] - 1))


def join_words(matrix: NDArray[np.float32], firsts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Attention between words, from attention between their pieces.

    Attention *to* a split word is the sum over its pieces, attention *from* it is their mean, so
    that each row sums to what it summed to before (Clark et al. 2019, "What Does BERT Look At?",
    section 4.1).

    Args:
        matrix: weights between pieces, `[..., query, key]`.
        firsts: for each word its first piece; a word's pieces stand side by side, and the first
            word begins with piece 0.

    Returns:
        Weights between words, `[..., query, key]`, as many as `firsts`.
    """
    counts = np.diff(np.append(firsts, matrix.shape[-1]))
    from_words = _summed(matrix, firsts, counts, -2) / counts[:, np.newaxis].astype(np.float32)
    return _summed(np.asarray(from_words, dtype=np.float32), firsts, counts, -1)


def _summed(
    matrix: NDArray[np.float32], firsts: NDArray[np.intp], counts: NDArray[np.intp], axis: int
) -> NDArray[np.float32]:
    """The sum over each word's pieces along the last axis (-1) or the one before (-2)."""
    summed = matrix.take(firsts, axis=axis)
    # Several times faster than `add.reduceat`, as most words are of one piece.
    for step in range(1, int(counts.max())):
        longer = np.flatnonzero(counts > step)
        pieces = matrix.take(firsts[longer] + step, axis=axis)
        if axis == -1:
            summed[..., longer] += pieces
        else:
            summed[..., longer, :] += pieces
    return summed


def only_block(
    matrix: NDArray[np.float32], sentences: NDArray[np.intp], block: tuple[int, int]
) -> NDArray[np.float32]:
    """The part of a pair's attention that goes from one of its sentences to one of them.

    Args:
        matrix: weights, `[query, key]`.
        sentences: which sentence each token belongs to, 0 or 1, `[token]`.
        block: the sentence that attends, and the one attended to.

    Returns:
        The weights as they are, `[query, key]`; what lies outside the block is not a number.
    """
    source, target = block
    inside = np.logical_and.outer(sentences == source, sentences == target)
    return np.where(inside, matrix, np.float32(np.nan))
