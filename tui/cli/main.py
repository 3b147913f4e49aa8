"""The command line. It imports neither textual nor torch to say what it can do."""

from __future__ import annotations

import gc
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

import click

from tui import __version__
from tui.cli.evidence import export, lines_of, notes, open_command
from tui.errors import UserError
from tui.model.names import AUTO, DEVICES, DTYPES, EMBEDDED, FLOAT32, absolute_name
from tui.storage.paths import DEFAULT_SAVE_FOLDER, MODEL_FILE, history_file, state_folder
from tui.text import visible

_NAMES = "The masked language model: 'embedded', a folder, or a name on the hub."
_MODEL = click.option(
    "--model", "-m", default=EMBEDDED, show_default=True, metavar="NAME", help=_NAMES
)
_OFFLINE = click.option("--offline", is_flag=True, help="Never use the network.")
_DEVICE = click.option(
    "--device", type=click.Choice(DEVICES), default=AUTO, show_default=True,
    help="Where the model computes.",
)  # fmt: skip
_DTYPE = click.option(
    "--dtype", type=click.Choice(DTYPES), default=FLOAT32, show_default=True,
    help="The numbers it computes with, whatever its file holds.",
)  # fmt: skip


class _Commands(click.Group):
    """A group whose first argument is a command's name, or the text for the app."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = args and (args[0] in self.commands or args[0] in ("--help", "-h", "--version"))
        return super().parse_args(ctx, args if known else [_APP, *args])

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("bertmask-tui", "[OPTIONS] [TEXT]")
        formatter.write_usage("bertmask-tui", "COMMAND [OPTIONS] ...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        app = self.commands[_APP]
        records = [
            record
            for option in app.get_params(ctx)
            if not isinstance(option, click.Argument)
            and (record := option.get_help_record(ctx)) is not None
        ]
        version = next(p for p in self.get_params(ctx) if p.name == "version")
        if (record := version.get_help_record(ctx)) is not None:
            records.append(record)
        with formatter.section("Options"):
            formatter.write_dl(records)
        self.format_commands(ctx, formatter)


_APP = "app"
_SETTINGS = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


@click.group(cls=_Commands, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="bertmask-tui")
def cli() -> None:
    """Read BERT's predictions and attention in the terminal.

    TEXT is a sentence with [MASK] where a word is wanted; quote it. Without TEXT the app opens on
    the sentence asked last, or on an example. A text that is a command's name goes after --.
    """


@cli.command(_APP, hidden=True, context_settings=_SETTINGS)
@click.argument("text", required=False)
@click.option(
    "--model",
    "-m",
    metavar="NAME",
    help=f"{_NAMES} By default the one used last, in this folder or else in any.",
)
@click.option("--layer", type=click.IntRange(1), help="The layer to open on, counted from 1.")
@click.option("--head", type=click.IntRange(1), help="The head to open on, counted from 1.")
@click.option(
    "--top-k",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How many candidates each mask gets.",
)
@click.option(
    "--save-dir",
    type=click.Path(path_type=Path),
    default=DEFAULT_SAVE_FOLDER,
    show_default=True,
    help="Where pictures go.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "truecolor", "256", "16", "none"]),
    default="auto",
    show_default=True,
    help="The colours to use; auto asks NO_COLOR, COLORTERM and TERM.",
)
@click.option("--fresh", is_flag=True, help="Begin anew, not where you were in this folder.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters alone.")
@click.option("--mouse/--no-mouse", default=True, help="Leave the mouse to the terminal.")
@_OFFLINE
@_DEVICE
@_DTYPE
def app(
    text: str | None, model: str | None, layer: int | None, head: int | None, top_k: int,
    save_dir: Path, color: str, fresh: bool, ascii_only: bool, mouse: bool, offline: bool,
    device: str, dtype: str,
) -> None:  # fmt: skip
    """Open the app."""
    _need_terminal()
    # The model's process starts before textual is imported: the two load side by side.
    from tui.model.worker.client import ModelClient
    from tui.storage import kept_place as session
    from tui.storage import last_model

    kept_in = session.place_file(state_folder(), Path())
    kept = session.KeptPlace() if fresh else session.load(kept_in)
    client = ModelClient()
    remembered = kept.model or last_model.load(history_file().with_name(MODEL_FILE), EMBEDDED)
    name = absolute_name(model or (EMBEDDED if fresh else remembered))
    # The one used last was here then: if it no longer is, nothing is downloaded unasked.
    client.load(name, offline=offline or model is None, device=device, dtype=dtype)

    # Until the first frame there is hardly any garbage; looking for it takes a tenth of the time.
    gc.disable()
    from tui.render.depth import Depth, detect

    depth = detect(os.environ) if color == "auto" else Depth(color)
    if color != "auto":
        os.environ.pop("NO_COLOR", None)  # textual heeds it whatever else is asked for
    from tui.app import run
    from tui.session.options import Options

    options = Options(
        text=text, model=name, asked_for_model=model is not None, offline=offline,
        device=device, dtype=dtype, layer=_from_0(layer), head=_from_0(head),
        top_k=top_k, save_folder=save_dir, mouse=mouse, place=kept, place_file=kept_in,
        history_file=history_file(), model_file=history_file().with_name(MODEL_FILE),
        ascii_only=ascii_only or _speaks_ascii_only(), depth=depth,
    )  # fmt: skip
    run(client, options)


@cli.command(context_settings=_SETTINGS)
@click.argument("text")
@_MODEL
@click.option(
    "--top-k",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="How many candidates each mask gets.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_OFFLINE
@_DEVICE
@_DTYPE
def predict(
    text: str, model: str, top_k: int, as_json: bool, offline: bool, device: str, dtype: str
) -> None:
    """Print the candidates for each [MASK] of TEXT and leave.

    With - as TEXT, standard input is read.
    """
    from tui.cli.predict import predict as run

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    run(
        text, model=model, top_k=top_k, as_json=as_json, offline=offline, device=device,
        dtype=dtype,
    )  # fmt: skip


@cli.command(context_settings=_SETTINGS)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(as_json: bool) -> None:
    """List the models that can be used without network."""
    from tui.cli.models import models as run

    run(as_json=as_json)


class _HeadName(click.ParamType):  # type: ignore[type-arg]
    """A layer and a head, counted from 1, as in `2.5` or `2 5`."""

    name = "layer.head"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        numbers = re.fullmatch(r"\s*(\d{1,6})[\s.,:·-]+(\d{1,6})\s*", str(value))
        if numbers is None:
            self.fail(f"{value!r} is no layer and head: write them as in 2.5.", param, ctx)
        return int(numbers[1]), int(numbers[2])


@cli.command(context_settings=_SETTINGS)
@click.argument("text", required=False)
@click.option(
    "--from",
    "list_",
    metavar="FILE",
    help="A list of sentences, one a line ('-': standard input): means and spreads over them.",
)
@_MODEL
@click.option(
    "--where",
    default="",
    metavar="EXPR",
    help="Only heads that meet a query: 'prev > .5 and sep < .2', 'mask->cat > .3'.",
)
@click.option(
    "--sort",
    default="head",
    show_default=True,
    metavar="NAME",
    help="What heads are ranked by: a statistic, 'unlike' (with --like) or 'importance'.",
)
@click.option("--like", type=_HeadName(), help="Measure how unlike each head is to this one: 2.5.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, the statistics' formulas too.")
@_OFFLINE
def heads(
    text: str | None, list_: str | None, model: str, where: str, sort: str,
    like: tuple[int, int] | None, as_json: bool, offline: bool,
) -> None:  # fmt: skip
    """Print every head's statistics and label for TEXT ('-': standard input)."""
    if (text is None) == (list_ is None):
        raise click.UsageError("Give one of these: a TEXT, or --from FILE.")
    if list_ is not None:
        if where or like:
            raise click.UsageError("--where and --like ask about one TEXT, not about a list.")
        from tui.cli.heads_list import heads_list

        heads_list(lines_of(list_), model=model, sort=sort, as_json=as_json, offline=offline)
        return
    assert text is not None
    from tui.cli.heads import heads as run

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    run(
        text, model=model, where=where, sort=sort, like=like, as_json=as_json, offline=offline
    )  # fmt: skip


cli.add_command(export)
cli.add_command(notes)
cli.add_command(open_command(app))


def _from_0(number: int | None) -> int | None:
    """People count layers and heads from 1, code from 0."""
    return None if number is None else number - 1


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            "The app needs a terminal (over ssh: ssh -t); for a script there is: "
            "bertmask-tui predict TEXT."
        )
    if os.environ.get("TERM", "dumb") == "dumb":
        raise click.UsageError(
            "This terminal (TERM=dumb) cannot show the app; for plain output there is: "
            "bertmask-tui predict TEXT."
        )


def _speaks_ascii_only() -> bool:
    """Whether the locale says C or POSIX outright; an unset one often means that ssh lost it."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return locale in ("C", "POSIX")


def _fail(message: str, exit_code: int) -> NoReturn:
    click.echo(f"bertmask-tui: {visible(message)}", err=True)
    sys.exit(exit_code)


def main() -> None:
    """Run the command line; exit with 0 (done), 1 (failed) or 2 (the request is wrong)."""
    try:
        cli.main(prog_name="bertmask-tui", standalone_mode=False)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _fail(f"{error.format_message()} See bertmask-tui --help.", 2)
    except UserError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever read the output has had enough; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
