"""Errors that are told to the user: each is one sentence that says what to do."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend; `str(error)` is one plain sentence, ready to be shown.

    Attributes:
        exit_code: what the command line exits with: 1, the request could not be carried out;
            2, the request itself is wrong.
    """

    exit_code = 1


class RequestError(UserError):
    """A request that cannot be carried out: an empty text, a layer that does not exist."""

    exit_code = 2


class NoMaskError(RequestError):
    """Something about a mask was asked, and the text has none."""

    def __init__(self) -> None:
        super().__init__(
            "There is no [MASK] in the text: put [MASK] where a word is wanted, "
            "as in 'I drank a cup of [MASK] this morning.'"
        )


class SeveralPiecesError(RequestError):
    """A word is several word pieces where one is wanted."""


class TextTooLongError(RequestError):
    """The text has more word pieces than the model has positions."""


class ModelError(UserError):
    """The model could not be found, read or run."""


class NoSuchModelError(ModelError):
    """The name of a model is nobody's: no folder, and no model that could be had anywhere."""

    exit_code = 2


class SaveError(UserError):
    """A file could not be written."""


class Cancelled(Exception):
    """The work under way was given up, as asked: nothing to be told to anybody."""
