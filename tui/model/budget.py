"""How much memory a text's answer may take, known before any of it is allocated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tui.analysis.thumbnails import SIDE
from tui.analysis.wanted import WEIGHTS_ALONE, Quantity, WantedQuantities
from tui.errors import TextTooLongError

SHARE = 0.5
"""Of the memory that is free matrices take at most this share: what grows with the tokens alone,
such as the hidden states on the way of a gradient, comes on top, and the machine is not ours alone.
"""

BUDGET = 4 << 30
"""Bytes that matrices take at the most, however much is free: more of them take minutes."""

SMALL = 64 << 20
"""Bytes about which nobody is asked."""

MOST_SCORES = 4_000_000
"""Scores of the vocabulary at a text's masks that are held at the most: 16 MB of them."""

COPIES = 3
"""A layer's weights while they are computed: the scores, the weights, and the array kept."""

HEAD_SIZE = 128
"""Numbers of one head's value of a token: 64 in most models, seldom more than this."""

NO_ROOM = (
    "There is not enough free memory for this beside the attention of so long a text; "
    "shorten the text."
)
"""Why a quantity that takes much memory is not given."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The part of a text's answer that there is room for.

    Attributes:
        first: the first layer whose attention is held, counted from 0.
        layers: how many layers' are.
        wanted: what there is room for besides.
        refused: what was wanted and there is no room for.
    """

    first: int
    layers: int
    wanted: WantedQuantities = WEIGHTS_ALONE
    refused: frozenset[Quantity] = frozenset()


def plan_memory(
    layers: int,
    heads: int,
    tokens: int,
    *,
    shown: int,
    texts: int = 1,
    wanted: WantedQuantities = WEIGHTS_ALONE,
) -> Holding:
    """Decide how many layers' attention is held at once, and what is computed besides.

    Where not everything finds room the gradient goes first, which takes several times the
    attention; then all that is wanted besides; and at last all layers but the one that is shown.

    Args:
        layers: how many the model has.
        heads: attention heads a layer.
        tokens: the longest text's word pieces.
        shown: the layer that is looked at, counted from 0.
        texts: how many texts are asked about together.
        wanted: what is wanted beyond the attention weights.

    Raises:
        TextTooLongError: one layer alone is more than there is free memory.
    """
    whole = needed(layers, heads, tokens, texts=texts, wanted=wanted)
    if whole <= min(SMALL, BUDGET):
        return Holding(0, layers, wanted)
    free = free_memory()
    room = min(SHARE * free, BUDGET)
    bare = WantedQuantities(words=wanted.words)
    for less in (wanted, replace(wanted, gradient=None), bare):
        if needed(layers, heads, tokens, texts=texts, wanted=less) <= room:
            return Holding(0, layers, less, wanted.quantities - less.quantities)
    layer = COPIES * 4 * heads * tokens * tokens * texts
    if layer > free:
        raise TextTooLongError(
            f"The attention of {tokens:,} word pieces takes {gigabytes(layer)} a layer, "
            f"and {gigabytes(free)} of memory are free; shorten the text."
        )
    return Holding(min(max(shown, 0), layers - 1), 1, bare, wanted.quantities)


def needed(
    layers: int, heads: int, tokens: int, *, texts: int = 1, wanted: WantedQuantities
) -> int:
    """Bytes that the matrices of answers take while they are computed, at the worst moment.

    Args:
        layers: how many the model has.
        heads: attention heads a layer.
        tokens: the word pieces of each text.
        texts: how many texts.
        wanted: what is wanted beyond the attention weights.
    """
    matrix = 4 * tokens * tokens  # one matrix, [query, key], float32
    layer = heads * matrix
    attention = layers * layer
    # Of one layer at a time, whatever is computed of it: scores; logarithms; a view's peak; words.
    held = attention + COPIES * layer
    held += layers * heads * SIDE * SIDE  # thumbnails, a byte a pixel
    if wanted.mixing:
        # Means and rollout up to each layer, each computed and then put where it is shared.
        held += (4 * layers + 1) * matrix
    if wanted.values:
        # As they are seen, put together, and put where they are shared.
        held += 3 * 4 * layers * heads * tokens * HEAD_SIZE
    if wanted.gradient:
        # The weights on their way to the logits, their gradients, and the products of both; then
        # the products where they are shared, and the relevance up to each layer twice.
        held += 3 * attention + 2 * layers * matrix
        if wanted.margin_products:
            held += attention  # products kept during the second way back, and then put beside them
    if wanted.likeness:
        held += layer  # the mean with the head at hand, beside its logarithm
    return texts * held


def free_memory() -> int:
    """Bytes of memory that this process can still get: the machine's, or its cgroup's if less."""
    import psutil

    rooms = cgroup_rooms(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
    return min([int(psutil.virtual_memory().available), *rooms])


def cgroup_rooms(membership: Path, mounted: Path) -> list[int]:
    """Bytes that each of a process's control groups with a limit still has for it.

    A container, a batch system's job and a systemd unit are such groups; what the machine has free
    is not theirs. A limit above holds for everything below it, so all groups up to the root count.
    What a group has read from files can be dropped, the part of it that has not been used of late
    at once (`inactive_file`), so that part counts as free.

    Args:
        membership: the file that says which groups a process is in, `/proc/self/cgroup`; not there
            on other systems than Linux.
        mounted: where the groups are to be read, `/sys/fs/cgroup`, of version 1 or 2.
    """
    rooms: list[int] = []
    for folder, names in _groups(membership, mounted):
        with suppress(OSError, ValueError):  # no limit, or a group that is not ours to read
            limit = int((folder / names.limit).read_text(encoding="ascii"))
            used = int((folder / names.used).read_text(encoding="ascii"))
            rooms.append(max(0, limit - used + _droppable(folder, names)))
    return rooms


@dataclass(frozen=True, slots=True)
class _Names:
    """How a version of control groups calls its files, and a number in `memory.stat`."""

    limit: str
    used: str
    droppable: str


_VERSION_1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _Names("memory.max", "memory.current", "inactive_file")


def _groups(membership: Path, mounted: Path) -> Iterator[tuple[Path, _Names]]:
    """The folders of the groups that account for a process's memory, the innermost first.

    In a container its own group may be the root that is mounted, whatever it is called outside.
    """
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            root, names = mounted, _VERSION_2
        elif "memory" in controllers.split(","):
            root, names = mounted / "memory", _VERSION_1
        else:
            continue
        folder = root / group.lstrip("/")
        yield from ((one, names) for one in (folder, *folder.parents) if one.is_relative_to(root))


def _droppable(folder: Path, names: _Names) -> int:
    lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
    numbers = dict(line.split(" ", 1) for line in lines)
    return int(numbers.get(names.droppable, 0))


def gigabytes(size: int) -> str:
    """Bytes for people, such as `1.3 GB`."""
    return f"{size / 1e9:.1f} GB"
