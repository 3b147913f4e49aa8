"""How keys are shown. The keys themselves stand in each screen's and widget's `BINDINGS`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType

_SYMBOLS = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "question_mark": "?",
    "colon": ":",
    "asterisk": "*",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "slash": "/",
    "comma": ",",
    "full_stop": ".",
    "upper_v": "V",
    "upper_n": "N",
    "number_sign": "#",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "plus": "+",
    "minus": "-",
    "backslash": "\\",
    "upper_c": "C",
    "upper_j": "J",
    "upper_k": "K",
}


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One line of the help screen.

    Attributes:
        keys: the keys, as they are shown.
        brief: those of them that the line at the bottom has: of several that do the same, one.
        short: a word or two, for the line at the bottom.
        long: what they do.
        shown: whether the line at the bottom has them.
    """

    keys: tuple[str, ...]
    brief: tuple[str, ...]
    short: str
    long: str
    shown: bool

    @property
    def in_a_field(self) -> KeyHelp:
        """The same with the last of its keys: the one that writes no letter, if there is one."""
        return replace(self, brief=self.keys[-1:])


def display(key: str) -> str:
    """A key's name as it is shown."""
    return _SYMBOLS.get(key, key)


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette.

    Attributes:
        title: what it is called.
        help: what it does, and its key.
        action: the action that its binding names.
    """

    title: str
    help: str
    action: str


def commands(bindings: Iterable[BindingType]) -> list[Command]:
    """The palette's lines for some bindings: each action once, with its first key."""
    found: dict[str, Command] = {}
    for binding in Binding.make_bindings(bindings):
        about = binding.tooltip or (binding.group.description if binding.group else "")
        if about and binding.id not in _NOT_IN_THE_PALETTE:
            title = (binding.id or binding.description).replace("-", " ").capitalize()
            command = Command(title, f"{about} (key: {display(binding.key)})", binding.action)
            found.setdefault(binding.action, command)
    return list(found.values())


_NOT_IN_THE_PALETTE = frozenset({"palette", "escape", "cancel"})


def explain(bindings: Iterable[BindingType]) -> list[KeyHelp]:
    """The lines for some bindings: those of one group, or of one action, make one line."""
    lines: dict[object, list[Binding]] = {}
    for binding in Binding.make_bindings(bindings):
        if binding.tooltip or binding.group:
            lines.setdefault(binding.group or binding.action, []).append(binding)
    return [
        KeyHelp(
            tuple(display(binding.key) for binding in group),
            tuple(display(binding.key) for binding in (group if group[0].group else group[:1])),
            group[0].description,
            group[0].group.description if group[0].group else group[0].tooltip,
            group[0].show,
        )
        for group in lines.values()
    ]
