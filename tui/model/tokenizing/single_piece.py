"""A word as people write it becomes the one word piece that stands for it at a mask."""

from __future__ import annotations

from tui.errors import NoMaskError, RequestError, SeveralPiecesError
from tui.model.tokenizing.encoding import Encoded, Encoder
from tui.text import clean, visible


def find_piece(encoder: Encoder, encoded: Encoded, mask: int, word: str, vocabulary: int) -> int:
    """The word piece that a sentence has where a word stands in the place of a mask.

    A piece may also be given in the model's own form, such as `##ing`.

    Args:
        encoder: what turns texts into the model's input.
        encoded: the sentence with its masks.
        mask: which of them, counted from 0.
        word: the word.
        vocabulary: how many word pieces the model scores.

    Returns:
        The piece's number in the vocabulary.

    Raises:
        NoMaskError: the sentence has no mask.
        SeveralPiecesError: the word is several pieces of the vocabulary.
        RequestError: it has no such mask, or the word is not in the vocabulary.
    """
    places = [place for place, id_ in enumerate(encoded.ids) if id_ == encoder.mask_id]
    if not places:
        raise NoMaskError
    if not 0 <= mask < len(places):
        raise RequestError(
            f"There is no mask {mask + 1}: the text has {len(places)}; count them from 1."
        )
    written = clean(word)
    place = places[mask]
    filled = encoder.encode(encoded.masked.filled(mask, written)).ids if written else encoded.ids
    behind = len(encoded.ids) - place - 1
    found = filled[place : len(filled) - behind]
    fits = (
        filled[:place] == encoded.ids[:place]
        and filled[len(filled) - behind :] == (encoded.ids[place + 1 :])
    )
    if fits and len(found) == 1 and found[0] not in (encoder.facts.unknown_id, encoder.mask_id):
        return found[0]
    own = encoder.spell(range(vocabulary))
    if written in own:
        return own.index(written)
    if fits and len(found) > 1 and encoder.facts.unknown_id not in found:
        pieces = ", ".join(visible(piece) for piece in encoder.spell(found))
        raise SeveralPiecesError(
            f"“{visible(word)}” is {len(found)} word pieces of this model ({pieces}), and one is "
            "wanted: give one of them, or another word."
        )
    raise RequestError(
        f"“{visible(word)}” is no word piece of this model's vocabulary: give another word."
    )
