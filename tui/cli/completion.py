"""Values that a shell completes, as click asks for them: quick, and silent whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    Completed = list[CompletionItem[str]]
    Completer = Callable[[click.Context, click.Parameter, str], Completed]


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """The embedded model, those in the local cache, and folders."""
    from tui.model.hub.cached_names import cached_names
    from tui.model.names import EMBEDDED

    # Folders come first: the shell's script forgets what came before them.
    return [*folders(ctx, param, incomplete), *_among([EMBEDDED, *cached_names()], incomplete)]


def heads(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """Every head of the model that is asked for, as `layer.head`."""
    layers, heads = _shape(ctx)
    return _among(
        (f"{layer}.{head}" for layer in range(1, layers + 1) for head in range(1, heads + 1)),
        incomplete,
    )


def counted(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """The numbers of a layer or a head, from 1; of a mask none, as the text is not read."""
    most = dict(zip(("layer", "head"), _shape(ctx), strict=True)).get(str(param.name), 0)
    return _among(map(str, range(1, most + 1)), incomplete)


def columns(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """The numbers by which the table of heads is ranked."""
    from tui.analysis.columns import COLUMNS, TO_TOKEN

    return _among((column.name for column in COLUMNS if column is not TO_TOKEN), incomplete)


def formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """Formats that a list, with commas between them, does not have yet."""
    from tui.storage.formats import FORMATS

    before, comma, _ = incomplete.rpartition(",")
    given = before.split(",")
    return _among((before + comma + one for one in FORMATS if one not in given), incomplete)


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """Files, which the shell itself looks up."""
    return _of_the_shell("file", incomplete)


def folders(ctx: click.Context, param: click.Parameter, incomplete: str) -> Completed:
    """Folders, which the shell itself looks up."""
    return _of_the_shell("dir", incomplete)


def _of_the_shell(kind: str, incomplete: str) -> Completed:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type=kind)]


def _among(values: Iterable[str], incomplete: str) -> Completed:
    from click.shell_completion import CompletionItem

    return [CompletionItem(value) for value in values if value.startswith(incomplete)]


def _shape(ctx: click.Context) -> tuple[int, int]:
    """Layers and heads of the model that is asked for; (0, 0) where none is, or nothing is known.

    Of the command's own parameters those that were read, so of `open`, which takes no model, none.
    """
    from tui.model.folders import EMBEDDED_FOLDER
    from tui.model.hub.cached_names import cached_folder
    from tui.model.hub.configuration import read_config, shape
    from tui.model.names import EMBEDDED, own_folder

    if "model" not in ctx.params:
        return 0, 0
    name = str(ctx.params["model"] or EMBEDDED)
    folder = EMBEDDED_FOLDER if name == EMBEDDED else own_folder(name) or cached_folder(name)
    return (0, 0) if folder is None else shape(read_config(folder))
