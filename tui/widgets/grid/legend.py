"""The legend: how the shades of the grid read in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from tui.render.shading import FULL

if TYPE_CHECKING:
    from tui.analysis.scales import Scale
    from tui.render.ramps import Paint
    from tui.render.shading import Shading
    from tui.session.difference import Seen
    from tui.session.looks import Looks


def legend(viewing: Seen, looks: Looks, room: int) -> Text:
    """The shades and the numbers that they stand for, as far as there is room for them."""
    if viewing.analysis is None:
        return Text()
    forms = _forms(viewing, looks)
    return next((form for form in forms if form.cell_len <= room), forms[-1])


def shortest_with_a_number(viewing: Seen, looks: Looks) -> int:
    """The columns that the shortest legend takes that says a number."""
    return 0 if viewing.analysis is None else _forms(viewing, looks)[-2].cell_len


def _forms(viewing: Seen, looks: Looks) -> list[Text]:
    """The legend, the most telling first and the shortest last."""
    scale, head, shading = viewing.drawn_scale, viewing.head_matrix, looks.shading
    view, full = viewing.view, scale.full_weight(head)
    unit = "" if view.sums_to_one else f" {view.unit}"
    over = full is not None and bool((head.matrix > full * FULL).any())
    name = Text(f"hundredths · {scale.name}" if looks.numbers else scale.name, style="dim")
    if view.signed:
        return _signed_forms(name, scale, full, unit, shading, is_over=over)
    above = f", {shading.glyphs.over} above" if over else ""
    steps = name.copy()
    for share, paint in shading.samples():
        if paint == " ":
            continue
        _append_sample(steps.append("  "), paint)
        steps.append(
            f" {_said(scale.weight_at(share, full)) if full is not None else f'{share:.0%}'}"
        )
    steps.append(unit if full is not None else " of the row’s largest")
    ceiling = _append_sample(name.copy().append(", "), shading.samples()[-1][1])
    ceiling.append(f" = {f'{_said(full)}{unit}' if full is not None else 'the row’s largest'}")
    return [steps.append(above), ceiling.copy().append(above), ceiling, name]


def _signed_forms(
    name: Text, scale: Scale, full: float | None, unit: str, shading: Shading, *, is_over: bool
) -> list[Text]:
    """Both ends of the scale, as far from 0 on either side, and the steps between them."""
    over = f", {shading.glyphs.over} beyond" if is_over else ""
    positive, negative = (arm.samples() for arm in shading.arms)
    steps = name.copy()
    for sign, samples in (("−", negative[:0:-1]), ("+", positive[1:])):
        for share, paint in samples:
            _append_sample(steps.append("  "), paint)
            said = f"{share:.0%}" if full is None else _said(scale.weight_at(share, full))
            steps.append(f" {sign}{said}")
    steps.append(unit if full is not None else " of the row’s largest")
    said = "" if full is None else _said(full)
    ends = _append_sample(Text(), negative[-1][1]).append(f" −{said} … ")
    _append_sample(ends, positive[-1][1]).append(f" +{said}" if said else " +, the row’s largest")
    named = name.copy().append(", ").append_text(ends)
    brief = _append_sample(_append_sample(Text(), negative[-1][1]).append(" … "), positive[-1][1])
    brief.append(f" ±{said}" if said else " ± the row’s largest")
    return [
        steps.append(over), named.copy().append(unit if said else "").append(over),
        named.copy().append(over), named, ends, brief, name,
    ]  # fmt: skip


def _append_sample(text: Text, paint: Paint | str) -> Text:
    if isinstance(paint, str):
        return text.append(paint)
    from tui.widgets.grid.paint import sample

    return text.append(paint.glyph * 2, sample(paint) + Style(dim=False))


def _said(weight: float) -> str:
    """Two decimals, or two digits where these would be nought."""
    return f"{weight:.2f}" if weight >= 0.1 or weight == 0 else f"{weight:.2g}"
