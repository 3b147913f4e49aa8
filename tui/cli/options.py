"""The command line's options, each once: what two commands offer means the same in both."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from tui.analysis.interventions import CUTS
from tui.cli import completion
from tui.cli.settings import ConfiguredCommand
from tui.model.names import AUTO, DEVICES, DTYPES, EMBEDDED, FLOAT32
from tui.storage.paths import DEFAULT_SAVE_FOLDER
from tui.window_size import own_size

LEAST_HELP, MOST_HELP = 50, 98
"""Columns that a line of help has at least, and at most."""


def _help_width() -> int | None:
    """Columns for help: what the terminal itself has; without one, as click has it."""
    columns = own_size(1)[0]
    return min(max(columns - 2, LEAST_HELP), MOST_HELP) if columns else None


SETTINGS = {
    "help_option_names": ["--help", "-h"],
    "max_content_width": MOST_HELP + 2,
    "terminal_width": _help_width(),
}
"""Settings that all commands share, for click."""

command = partial(click.command, cls=ConfiguredCommand, context_settings=SETTINGS)

Decorator = Callable[[Any], Any]


class CountedFromOne(click.IntRange):
    """A layer, head or mask. People count from 1, code from 0: here the one becomes the other.

    The command gets the number counted from 0.
    """

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        return int(super().convert(value, param, ctx)) - 1

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> completion.Completed:
        return completion.counted(ctx, param, incomplete)


def layer(help_: str) -> Decorator:
    """`--layer`; the command gets it counted from 0."""
    return click.option("--layer", type=CountedFromOne(), help=help_)


def head(help_: str) -> Decorator:
    """`--head`; the command gets it counted from 0."""
    return click.option("--head", type=CountedFromOne(), help=help_)


# What is changed inside the model


class HeadName(click.ParamType):  # type: ignore[type-arg]
    """A layer and a head, written from 1, as in `2.5` or `2 5`; the command gets them from 0."""

    name = "layer.head"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        written = re.fullmatch(r"\s*(\d{1,6})[\s.,:·-]+(\d{1,6})\s*", str(value))
        layer, head = map(int, written.groups()) if written else (0, 0)
        if not (layer and head):
            self.fail(
                f"{value!r} is no layer and head: write them, counted from 1, as in 2.5.",
                param,
                ctx,
            )
        return layer - 1, head - 1

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> completion.Completed:
        return completion.heads(ctx, param, incomplete)


CUT = click.option(
    "--cut",
    "cuts",
    multiple=True,
    type=HeadName(),
    help="Cut a head, such as 2.9, counted from 1; it may be given again.",
)
CUT_BY = click.option(
    "--cut-by",
    type=click.Choice(CUTS),
    default=CUTS[0],
    show_default=True,
    help="What a cut head gives on: its mean over reference sentences, or nothing.",
)


def mask() -> Decorator:
    """`--mask`; the command gets it counted from 0."""
    return click.option(
        "--mask", type=CountedFromOne(), default="1", show_default=True, help="Which of the masks."
    )


# Files and folders


class PathName(click.Path):
    """The name of a file or a folder, which is not empty: nothing would mean the current folder."""

    def __init__(self, *, path_type: type[Path] | None = None) -> None:
        super().__init__(readable=False, path_type=path_type)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        refuse_empty(str(value), self, param, ctx)
        return super().convert(value, param, ctx)


class ModelName(click.ParamType):  # type: ignore[type-arg]
    """The name of a model, likewise."""

    name = "text"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        refuse_empty(str(value), self, param, ctx)
        return str(value)


def refuse_empty(
    name: str,
    kind: click.ParamType,  # type: ignore[type-arg]
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> None:
    """Fail, in a sentence, where a name is empty."""
    if not name.strip():
        out = ", or leave the option out" if isinstance(param, click.Option) else ""
        kind.fail(f"the name is empty: write one{out}.", param, ctx)


# Texts


class Words(click.ParamType):  # type: ignore[type-arg]
    """A text in people's words, in UTF-8 whatever the locale says.

    Where that is C, Python reads what is no ASCII as bytes without a meaning, which would be lost.
    """

    name = "text"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        words = str(value)
        if not any("\udc80" <= character <= "\udcff" for character in words):
            return words
        try:
            return os.fsencode(words).decode("utf-8")
        except UnicodeError:
            return words


TEXT = click.argument("text", type=Words())

TEXT_IF_ANY = click.argument("text", required=False, type=Words())


def sentences(of_them: str = "") -> Decorator:
    """`--from`, a list of sentences.

    Args:
        of_them: what is made of them, if the help is to say it.
    """
    return click.option(
        "--from",
        "list_",
        type=PathName(),
        metavar="FILE",
        shell_complete=completion.files,
        help=f"A list of sentences, one a line ('-': standard input){of_them and f': {of_them}'}.",
    )


def word(help_: str, *, multiple: bool = False) -> Decorator:
    """`--word`, once or several times."""
    return click.option("--word", type=Words(), multiple=multiple, metavar="WORD", help=help_)


# Models

MODEL_NAMES = "The masked language model: 'embedded', a folder, or a name on the hub."

MODEL = click.option(
    "--model",
    "-m",
    type=ModelName(),
    default=EMBEDDED,
    show_default=True,
    metavar="NAME",
    shell_complete=completion.models,
    help=MODEL_NAMES,
)
OFFLINE = click.option("--offline/--no-offline", default=False, help="Never use the network.")
DEVICE = click.option(
    "--device",
    type=click.Choice(DEVICES),
    default=AUTO,
    show_default=True,
    help="Where the model computes.",
)
DTYPE = click.option(
    "--dtype",
    type=click.Choice(DTYPES),
    default=FLOAT32,
    show_default=True,
    help="The numbers it computes with, whatever its file holds.",
)


def top_k(default: int) -> Decorator:
    """`--top-k`."""
    return click.option(
        "--top-k",
        type=click.IntRange(1, 1000),
        default=default,
        show_default=True,
        help="How many candidates each mask gets.",
    )


# What is looked at, and how it is printed or kept


def view() -> Decorator:
    """`--view`; the command gets the view's slug, of raw weights `raw`."""
    from tui.analysis.views import VIEWS

    return click.option(
        "--view",
        type=click.Choice([view.slug or "raw" for view in VIEWS]),
        default="raw",
        show_default=True,
        help="Which numbers; of gradients, those towards the first candidate.",
    )


def scale(help_: str, default: str | None = None) -> Decorator:
    """`--scale`; the command gets the scale's slug."""
    from tui.analysis.scales import SCALES

    return click.option(
        "--scale",
        type=click.Choice([scale.slug for scale in SCALES]),
        default=default,
        show_default=default is not None,
        help=help_,
    )


SAVE_DIR = click.option(
    "--save-dir",
    type=PathName(path_type=Path),
    default=DEFAULT_SAVE_FOLDER,
    show_default=True,
    shell_complete=completion.folders,
    help="Where pictures go.",
)


def as_json(help_: str = "Print JSON.") -> Decorator:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help=help_)
