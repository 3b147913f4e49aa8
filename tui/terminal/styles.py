"""A cell's style: read from what the interface writes, said in the colours the terminal has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tui.render.depth import PALETTE, SIXTEEN, Depth, Rgb, contrast_ratio, lab, nearest

_BRIGHT_GROUND = 40.0
"""Without colours, a ground lighter than this (L*) is said by reverse video."""

_FAINT_INK = 45.0
"""Without colours, ink darker than this (L*) is said by faint text."""

READ = 4.5
"""The contrast from which a text is read (WCAG 2.2, 1.4.3)."""

_ENDS = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 7: 27, 9: 29}
"""The number that switches an attribute off again; 22 ends both bold and faint."""


@dataclass(frozen=True, slots=True)
class Style:
    """A cell's attributes and colours, as numbers of SGR (ECMA-48, 8.3.117).

    Attributes:
        attributes: such as 1, bold, or 7, reverse; ascending.
        ink: the numbers that set the foreground, empty for the terminal's own.
        ground: the numbers that set the background, empty for the terminal's own.
    """

    attributes: tuple[int, ...] = ()
    ink: str = ""
    ground: str = ""

    def after(self, before: Style | None) -> str:
        """The shortest sequence that leads here from another style, None being unknown."""
        return _transition(before, self)

    @property
    def of_blanks(self) -> Style:
        """The part of it that shows on a blank: blanks of different inks are the same."""
        return _of_blanks(self)

    def for_blanks(self, before: Style | None) -> Style:
        """This style of blanks with as much of the one before as a blank does not show."""
        return _for_blanks(self, before)


PLAIN = Style()

_SEEN_ON_BLANKS = frozenset({4, 7, 9})


@cache
def _of_blanks(style: Style) -> Style:
    seen = tuple(one for one in style.attributes if one in _SEEN_ON_BLANKS)
    return Style(seen, style.ink if seen else "", style.ground)


@cache
def _for_blanks(style: Style, before: Style | None) -> Style:
    if before is None or style.attributes or _SEEN_ON_BLANKS.intersection(before.attributes):
        return style
    return (
        before
        if before.ground == style.ground
        else Style(before.attributes, before.ink, style.ground)
    )


@cache
def _transition(before: Style | None, after: Style) -> str:
    if before == after:
        return ""
    afresh = ["0", *map(str, after.attributes), after.ink, after.ground]
    ways = [afresh]
    if before is not None:
        ended = {_ENDS[one] for one in before.attributes if one not in after.attributes}
        kept = [one for one in before.attributes if _ENDS[one] not in ended]
        change = [str(number) for number in sorted(ended)]
        change += [str(one) for one in after.attributes if one not in kept]
        if after.ink != before.ink:
            change.append(after.ink or "39")
        if after.ground != before.ground:
            change.append(after.ground or "49")
        ways.append(change)
    numbers = min((";".join(filter(None, way)) for way in ways), key=len)
    return f"\x1b[{'' if numbers == '0' else numbers}m"


@cache
def read(numbers: str, depth: Depth) -> Style:
    """The style that a sequence sets in a terminal that has just been reset.

    Args:
        numbers: what stands between `ESC [` and `m`.
        depth: the colours there are.

    Returns:
        The style, in those colours.
    """
    attributes: set[int] = set()
    ink: Rgb | None = None
    ground: Rgb | None = None
    rest = iter([int(number or 0) for number in numbers.split(";")])
    for number in rest:
        if number in (38, 48):
            colour = _colour(rest)
            ink, ground = (colour, ground) if number == 38 else (ink, colour)
        elif number in _ENDS:
            attributes.add(number)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            ink = SIXTEEN[number % 10 + (8 if number >= 90 else 0)]
        elif 40 <= number <= 47 or 100 <= number <= 107:
            ground = SIXTEEN[number % 10 + (8 if number >= 100 else 0)]
    return _limited(frozenset(attributes), ink, ground, depth)


def _colour(numbers: Iterator[int]) -> Rgb:
    """The colour behind 38 or 48: `2;r;g;b` or `5;n`."""
    if next(numbers) == 5:
        return PALETTE[next(numbers)]
    return next(numbers), next(numbers), next(numbers)


def _limited(
    attributes: frozenset[int], ink: Rgb | None, ground: Rgb | None, depth: Depth
) -> Style:
    if depth is Depth.NONE:
        reverse = ground is not None and lab(ground)[0] > _BRIGHT_GROUND
        faint = ink is not None and not reverse and lab(ink)[0] < _FAINT_INK
        extra = ({7} if reverse else set()) | ({2} if faint else set())
        return Style(tuple(sorted(attributes | extra)))
    if depth is not Depth.TRUECOLOR and ink and ground:
        ink = _apart(ink, ground, depth)
    return Style(tuple(sorted(attributes)), _said(ink, depth, 30), _said(ground, depth, 40))


def _apart(ink: Rgb, ground: Rgb, depth: Depth) -> Rgb:
    """An ink that is read on a ground in few colours too, if it was meant to be."""
    told = PALETTE[nearest(ink, depth)], PALETTE[nearest(ground, depth)]
    falls_together = depth is Depth.SIXTEEN and told[0] == told[1]
    if not falls_together and contrast_ratio(*told) >= min(READ, contrast_ratio(ink, ground)):
        return ink
    return max(SIXTEEN[0], SIXTEEN[15], key=lambda one: contrast_ratio(one, told[1]))


def _said(colour: Rgb | None, depth: Depth, base: int) -> str:
    if colour is None:
        return ""
    if depth is Depth.TRUECOLOR:
        return f"{base + 8};2;{colour[0]};{colour[1]};{colour[2]}"
    number = nearest(colour, depth)
    if depth is Depth.PALETTE:
        return f"{base + 8};5;{number}"
    return str(base + number if number < 8 else base + 52 + number)
