"""The man page, made of what `--help` is made of: `python -m tui.cli.manual > man/bertmask-tui.1`.

The requests are those of groff_man(7).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import click

from tui import __version__
from tui.cli.main import APP, cli
from tui.cli.output import PROGRAM

_FILES = (
    ("$XDG_CONFIG_HOME/bertmask-tui/config.toml", "Settings; in ~/.config without the variable."),
    ("screenshots/", "Pictures and notes, below the current folder."),
)
_STATUS = (("0", "Done."), ("1", "It failed."), ("2", "The request is wrong."))


def manual() -> str:
    """The man page in roff: every command with every option, as their help has them."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    ctx = _context(cli, PROGRAM)
    app = cli.get_command(ctx, APP)
    assert app
    about, *more = _paragraphs(cli.help or "")
    yield r".\" Made by `make man` of what --help is made of; change that."
    yield f'.TH BERTMASK\\-TUI 1 "" "bertmask\\-tui {__version__}"'
    yield from (".SH NAME", rf"bertmask\-tui \- {_plain(about[0].lower() + about[1:].rstrip('.'))}")
    yield from (".SH SYNOPSIS", ".B bertmask\\-tui", "[OPTIONS] [TEXT]", ".br")
    yield from (".B bertmask\\-tui", "COMMAND [OPTIONS] ...")
    yield from (".SH DESCRIPTION", *_text([about, *more]))
    yield ".SH OPTIONS"
    yield from _options(app, _context(app, APP, ctx), leave_out=("--help",))
    yield from _options(cli, ctx)
    yield ".SH COMMANDS"
    for name in cli.list_commands(ctx):
        command = cli.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        within = _context(command, name, ctx)
        usage = " ".join(command.collect_usage_pieces(within))
        yield from (f".SS {name}", ".B bertmask\\-tui " + _plain(name), _plain(usage), ".PP")
        yield from _text(_paragraphs(command.help or ""))
        yield from _options(command, within, leave_out=("--help",))
    yield ".SH FILES"
    for path, what in _FILES:
        yield from (".TP", rf".I {_plain(path)}", _plain(what))
    yield ".SH EXIT STATUS"
    for code, what in _STATUS:
        yield from (".TP", f".B {code}", _plain(what))


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    """A context as click makes it for help; nothing of the user's settings is in it."""
    return click.Context(command, info_name=name, parent=parent, **command.context_settings)


def _options(
    command: click.Command, ctx: click.Context, *, leave_out: tuple[str, ...] = ()
) -> Iterator[str]:
    for param in command.get_params(ctx):
        if not isinstance(param, click.Option) or {*param.opts} & {*leave_out}:
            continue
        if (record := param.get_help_record(ctx)) is not None:
            yield from (".TP", f".B {_plain(record[0])}", _plain(" ".join(record[1].split())))


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part]


def _text(paragraphs: list[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines[0] == "\b":  # click's sign for lines that stay as they are
            yield from (".PP", ".nf", *map(_plain, lines[1:]), ".fi")
        else:
            yield from (".PP", _plain(" ".join(lines)))


def _plain(text: str) -> str:
    """A text in which roff finds nothing of its own."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    return rf"\&{text}" if text.startswith(".") else text


if __name__ == "__main__":
    sys.stdout.write(manual())
