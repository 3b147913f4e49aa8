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


def join_shares(matrix: NDArray[np.float32], firsts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Shares of words, from shares of their pieces: what each row divides among the keys.

    The share *of* a split word is the sum over its pieces, that *from* it is their mean, so that
    a row of a word sums to what the rows of its pieces sum to in the mean (Clark et al. 2019, "What
    Does BERT Look At?", section 4.1).

    Args:
        matrix: shares between pieces, `[..., query, key]`.
        firsts: for each word its first piece; a word's pieces stand side by side, and the first
            word begins with piece 0.

    Returns:
        Shares between words, `[..., query, key]`, as many as `firsts`.
    """
    counts = np.diff(np.append(firsts, matrix.shape[-1]))
    return _summed(mean_rows(matrix, firsts), firsts, counts, -1)


def join_amounts(matrix: NDArray[np.float32], firsts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Amounts between words, from amounts between their pieces: sums both ways.

    An amount, such as what a weight adds to a logit, counts for itself whatever row it stands in,
    so that the sum over all cells stays what it was.

    Args:
        matrix: amounts between pieces, `[..., query, key]`.
        firsts: each word's first piece, as for `join_shares`.

    Returns:
        Amounts between words, `[..., query, key]`, as many as `firsts`.
    """
    counts = np.diff(np.append(firsts, matrix.shape[-1]))
    return _summed(_summed(matrix, firsts, counts, -2), firsts, counts, -1)


def mean_rows(matrix: NDArray[np.float32], firsts: NDArray[np.intp]) -> NDArray[np.float32]:
    """The rows of words, still piece by piece: the mean over the rows of a word's pieces.

    Args:
        matrix: numbers between pieces, `[..., query, key]`.
        firsts: each word's first piece, as for `join_shares`.

    Returns:
        `[..., word, key]`.
    """
    counts = np.diff(np.append(firsts, matrix.shape[-1]))
    summed = _summed(matrix, firsts, counts, -2)
    return np.asarray(summed / counts[:, np.newaxis].astype(np.float32), dtype=np.float32)


def weights_between(
    attention: NDArray[np.float32], query: range, key: range
) -> NDArray[np.float32]:
    """The weight from one word to another in every head, as `join_shares` has it.

    Args:
        attention: attention weights, `[layer, head, query, key]`.
        query: the positions of the pieces of the word that attends.
        key: those of the word attended to.

    Returns:
        `[layer, head]`.
    """
    part = attention[:, :, query.start : query.stop, key.start : key.stop]
    return np.asarray(part.sum(axis=-1).mean(axis=-1))


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
