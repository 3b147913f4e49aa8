"""The user's settings: a TOML file of what options are where the command line does not say.

A setting is named as its option, without the dashes in front, and means what the option would mean
if it stood first on the command line. So its kind, its values, its default and what it is for are
the option's own, and stand here nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tui.errors import RequestError
from tui.storage.paths import settings_file
from tui.text import visible

Value = str | int | bool
"""What a setting can be."""


@dataclass(frozen=True, slots=True)
class UserSetting:
    """One setting.

    Attributes:
        name: its name in the file, and its option's without the dashes.
        of: a command that has the option; of several, whose default is the one to be told.
    """

    name: str
    of: str = "app"


TABLE = (
    UserSetting("model", of="predict"),
    UserSetting("offline"),
    UserSetting("device"),
    UserSetting("dtype"),
    UserSetting("top-k"),
    UserSetting("cut-by", of="predict"),
    UserSetting("view", of="export"),
    UserSetting("scale", of="notes"),
    UserSetting("save-dir"),
    UserSetting("color"),
    UserSetting("theme"),
    UserSetting("ascii"),
    UserSetting("mouse"),
)
"""Every setting, in the order in which they are printed."""


class ConfiguredCommand(click.Command):
    """A command whose options have the user's settings for defaults; its help has its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            ctx.default_map = settings_for(ctx, self.params)
        except RequestError:
            if not (ctx.resilient_parsing or {*ctx.help_option_names} & {*args}):
                raise
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        ctx.default_map = None
        super().format_help(ctx, formatter)


def settings_for(ctx: click.Context, params: Iterable[click.Parameter]) -> dict[str, Any]:
    """The values of a command's parameters by the user's settings, by the parameters' names.

    The file is read only if one of the parameters is a setting.

    Raises:
        RequestError: as `settings_in_force` does.
    """
    named = {name: param for param in params if (name := _setting_of(param))}
    if not named:
        return {}
    return {
        str(named[name].name): _expanded(value, named[name])
        for name, value in settings_in_force(ctx).items()
        if name in named
    }


def settings_in_force(ctx: click.Context) -> dict[str, Value]:
    """The settings that the user's file has, by their names; none where there is no file.

    Args:
        ctx: a context below the command line's, whose commands have the options.

    Raises:
        RequestError: the file cannot be read, is no TOML, or has a name or a value that is none.
    """
    path = settings_file()
    try:
        written = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise RequestError(
            f"The settings in {visible(str(path))} cannot be read: {error.strerror}."
        ) from error
    import tomllib

    try:
        text = written.decode("utf-8-sig")
        found = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RequestError(
            f"The settings in {visible(str(path))} are not UTF-8: save the file as UTF-8."
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RequestError(
            f"The settings in {visible(str(path))} are no TOML: {_sentence(str(error))}"
        ) from error
    for name, value in found.items():
        if wrong := _wrong(ctx, name, value):
            raise RequestError(f"In {visible(str(path))}{_line(text, name)}: {wrong}")
    return found


def option_of(ctx: click.Context, setting: UserSetting) -> click.Option:
    """The option that says what a setting is."""
    group = ctx.find_root().command
    command = group.get_command(ctx, setting.of) if isinstance(group, click.Group) else ctx.command
    assert command
    return next(
        param
        for param in command.params
        if isinstance(param, click.Option) and _setting_of(param) == setting.name
    )


def _setting_of(param: click.Parameter) -> str | None:
    """The name of the setting that a parameter is, if it is one."""
    return next((one.name for one in TABLE if f"--{one.name}" in param.opts), None)


def _wrong(ctx: click.Context, name: str, value: object) -> str | None:
    """A sentence about a setting that is none, or None if it is one."""
    setting = next((one for one in TABLE if one.name == name), None)
    if setting is None:
        from difflib import get_close_matches

        names = [one.name for one in TABLE]
        close = get_close_matches(name.replace("_", "-").casefold(), names, n=1)
        instead = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}."
        return f"There is no setting {visible(name)}; {instead}"
    option = option_of(ctx, setting)
    if option.is_flag:
        return None if isinstance(value, bool) else f"{name} is true or false, without quotes."
    if isinstance(option.type, click.IntRange):
        if not isinstance(value, int) or isinstance(value, bool):
            return f"{name} is a whole number, without quotes."
    elif not isinstance(value, str):
        return f"{name} is a text, in quotes."
    elif not value.strip() or "\0" in value:
        return f"{name} is empty, or no text; a # in front of its line takes it out."
    try:
        option.type.convert(value, option, ctx)
    except click.BadParameter as error:
        return f"{name}: {_sentence(error.message)}"
    return None


def _expanded(value: Value, param: click.Parameter) -> Value:
    """A value as the shell would have given it: `~` is the user's home."""
    if isinstance(param.type, click.Path):
        with suppress(RuntimeError):
            return str(Path(str(value)).expanduser())
    return value


def _line(text: str, name: str) -> str:
    """Where a name is set, `, line 3`; empty where it is written in some unusual way."""
    found = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(name)}\b", text, re.MULTILINE)
    return f", line {text.count(chr(10), 0, found.start()) + 1}" if found else ""


def _sentence(words: str) -> str:
    words = visible(words.strip())
    return words if words.endswith(".") else f"{words}."


# As a file


def as_toml(
    ctx: click.Context, in_force: Mapping[str, Value], *, can_say: Callable[[str], bool]
) -> str:
    """Every setting with what it is for, as a file that says what is in force.

    What is not set stands as a comment: a later version's default is not held back by the file.

    Args:
        ctx: as for `settings_in_force`.
        in_force: the settings that are set.
        can_say: whether a text can be written as it is; else its signs are numbers.
    """
    path = visible(str(settings_file()))
    lines = [
        "# Settings of bertmask-tui: each is as if its option stood first on the command line.",
        f"# They are read from {path if can_say(path) else ascii(path)}.",
        "# A line with a # in front is not in force, and shows the default.",
    ]
    for setting in TABLE:
        option = option_of(ctx, setting)
        default = plain_default(option)
        lines += ["", *_about(ctx, setting, option)]
        if setting.name in in_force:
            written = toml_value(in_force[setting.name], can_say=can_say)
            lines.append(f"{setting.name} = {written}")
        else:
            assert default is not None
            lines.append(f"# {setting.name} = {toml_value(default, can_say=can_say)}")
    return "\n".join(lines) + "\n"


def plain_default(option: click.Parameter) -> Value | None:
    """An option's own default as the file has it, or None if it has none."""
    default = option.default
    if isinstance(default, bool | int):
        return default
    return str(default) if isinstance(default, str | Path) else None


def _about(ctx: click.Context, setting: UserSetting, option: click.Option) -> list[str]:
    """Comments: what it is for, which values it has, its default, and who takes it."""
    default, others, takers = plain_default(option), [], []
    for command, of in _who_has(ctx, setting):
        takers.append(command)
        if (own := plain_default(of)) != default and own is not None:
            others.append(f"{own} of {command}")
    if setting.name == "model":
        others.append("of the app the one used last")
    values = ""
    if isinstance(option.type, click.Choice):
        values = f" One of: {', '.join(map(str, option.type.choices))}."
    elif isinstance(option.type, click.IntRange):
        values = f" From {option.type.min} to {option.type.max}."
    told = str(default).lower() if isinstance(default, bool) else str(default)
    of_others = "".join(f"; {one}" for one in others)
    for_whom = ", ".join("the app" if one == "app" else one for one in takers)
    said = (option.help or "").strip()
    return _comment(f"{said}{values} Default: {told}{of_others}. For: {for_whom}.")


def _comment(text: str) -> list[str]:
    from textwrap import wrap

    return wrap(text, 88, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _who_has(ctx: click.Context, setting: UserSetting) -> Iterable[tuple[str, click.Parameter]]:
    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        for param in command.params if command else ():
            if _setting_of(param) == setting.name:
                yield name, param


def toml_value(value: Value, *, can_say: Callable[[str], bool] = lambda _: True) -> str:
    """A value as TOML writes it: a text as a basic string (TOML 1.0, Strings)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return f'"{"".join(_escaped(sign, can_say) for sign in value)}"'


def _escaped(sign: str, can_say: Callable[[str], bool]) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable() and can_say(sign):
        return sign
    return f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08X}"
