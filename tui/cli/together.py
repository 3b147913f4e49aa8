"""Options beside each other: which were given, and which say nothing without or beside another.

A setting of the user's file is a default: it is not given, and so is never refused for what it
does not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click
from click.core import ParameterSource

from tui.errors import RequestError

_GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.PROMPT)


def is_given(context: click.Context, name: str) -> bool:
    """Whether a parameter, by its name in code, was given, and not left to a default or setting."""
    return context.get_parameter_source(name) in _GIVEN


def spelt(context: click.Context, name: str) -> str:
    """An option as the command line has it, such as `--cut-by`, by its name in code."""
    return next(param.opts[0] for param in context.command.params if param.name == name)


def refuse_beside(context: click.Context, name: str, others: Iterable[str]) -> None:
    """Refuse options that say nothing beside another one, all by their names in code.

    Raises:
        RequestError: one of them is given, and the other too.
    """
    for other in others if is_given(context, name) else ():
        if is_given(context, other):
            raise RequestError(
                f"{spelt(context, other)} says nothing beside {spelt(context, name)}: leave one of "
                "them out."
            )


def refuse_without(context: click.Context, needed: str, others: Mapping[str, str]) -> None:
    """Refuse options that say nothing without another one, all by their names in code.

    Args:
        context: the command's.
        needed: the other one.
        others: the options, and what the other one gives them, in words.

    Raises:
        RequestError: one of them is given, and the other is not.
    """
    for other, saying in others.items():
        if is_given(context, other) and not is_given(context, needed):
            raise RequestError(
                f"{spelt(context, other)} goes with {spelt(context, needed)}: give {saying} too."
            )


def check_cut_by(context: click.Context) -> None:
    """Refuse a way to cut heads where none is cut.

    Raises:
        RequestError: there is one.
    """
    refuse_without(context, "cuts", {"cut_by": "a head to cut"})
