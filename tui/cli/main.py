"""The command line: ties the commands together. Each is imported when it is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from tui.cli.options import SETTINGS
from tui.cli.output import PROGRAM, say
from tui.cli.streams import OutputError, StandardStreams
from tui.errors import UserError

if TYPE_CHECKING:
    from tui.cli.completion import Completed

COMPLETION = "_BERTMASK_TUI_COMPLETE"
"""The variable by which a shell asks click what a word may become."""

APP = "app"
"""The command that is meant where none is named."""

COMMANDS = {
    APP: "tui.cli.app:app",
    "compare": "tui.cli.compare:compare",
    "config": "tui.cli.config:config",
    "effects": "tui.cli.effects:effects",
    "export": "tui.cli.export_options:export",
    "heads": "tui.cli.heads:heads",
    "lens": "tui.cli.lens:lens",
    "models": "tui.cli.models:models",
    "notes": "tui.cli.notes:notes",
    "open": "tui.cli.open:open_saved",
    "predict": "tui.cli.predict:predict",
}
"""Every command: its name, its module, and what it is called there."""


class _Commands(click.Group):
    """A group whose first argument is a command's name, or the text for the app."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = args and (args[0] in COMMANDS or args[0] in ("--help", "-h", "--version"))
        begins = not args and ctx.resilient_parsing  # a shell completes the first word
        return super().parse_args(ctx, args if known or begins else [APP, *args])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> Completed:
        """Completions of the first word: a command, or an option of the app or of the program."""
        app = self.get_command(ctx, APP)
        assert app
        with app.make_context(APP, [], parent=ctx, resilient_parsing=True) as within:
            of_app = app.shell_complete(within, incomplete)
        found = {item.value: item for item in [*super().shell_complete(ctx, incomplete), *of_app]}
        return [*found.values()]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(PROGRAM, "[OPTIONS] [TEXT]")
        formatter.write_usage(PROGRAM, "COMMAND [OPTIONS] ...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        app = self.get_command(ctx, APP)
        assert app
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


def _print_versions(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from tui.cli.version import versions

        print("\n".join(versions()))
        ctx.exit()


@click.group(cls=_Commands, context_settings=SETTINGS)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_versions,
    help="Show the versions, of the libraries and the embedded model too, and exit.",
)
def cli() -> None:
    """Read BERT's predictions and attention in the terminal.

    TEXT is a sentence with [MASK] where a word is wanted; quote it. Without TEXT the app opens on
    the sentence asked last, or on an example. A text that is a command's name goes after --.

    What is always wanted can be set in a file: bertmask-tui config. bash and zsh (zsh_source)
    complete commands, options and values after the first line below, fish after the second:

    \b
    eval "$(_BERTMASK_TUI_COMPLETE=bash_source bertmask-tui)"
    _BERTMASK_TUI_COMPLETE=fish_source bertmask-tui | source
    """  # noqa: D301


def main() -> None:
    """Run the command line; exit with 0 (done), 1 (failed) or 2 (the request is wrong)."""
    if os.environ.get(COMPLETION):
        _complete()
    streams = StandardStreams()
    try:
        code = _run(streams)
    except BrokenPipeError:  # whoever read the output has had enough
        streams.drop_output()
        code = 1
    except OutputError as error:
        streams.drop_output()
        say([str(error)])
        code = error.exit_code
    sys.exit(code)


def _complete() -> NoReturn:
    """Tell a shell what it asks; what goes wrong is not said in the middle of somebody's typing."""
    try:
        cli.main(prog_name=PROGRAM, complete_var=COMPLETION)
    except Exception:
        sys.exit(1)
    sys.exit(0)


def _told(error: click.ClickException) -> str:
    """What is wrong with a request, in whole sentences, the last on where to look."""
    said = error.format_message()
    if not said.endswith((".", "?", "!")):
        said += "."
    if said.startswith("Got unexpected extra argument"):
        said += " Put a sentence in quotes."
    return f"{said} See {PROGRAM} --help."


def _run(streams: StandardStreams) -> int:
    """Run the command line and say what went wrong; returns the exit code."""
    code = 0
    try:
        cli.main(prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except click.Abort:
        code = 130
    except click.ClickException as error:
        say([_told(error)])
        code = 2
    except OutputError:
        raise
    except UserError as error:
        say([str(error)])
        code = error.exit_code
    if replaced := streams.end():
        say([replaced])
    return code
