"""Options beside each other, names that are empty, and settings, which are not given."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tests.cli.conftest import Call
from tui.cli.main import COMMANDS, cli
from tui.cli.options import ModelName, PathName
from tui.storage.paths import settings_file

TEXT = "The [MASK] sat."
FROM = ("--from", "The dogs [MASK].")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file, with some in it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("cut-by = 'zero'\ntop-k = 7\n")
    return settings_file()


def refused(call: Call, *arguments: str) -> str:
    """The sentence by which a request is refused."""
    assert call(*arguments) == 2
    assert call.out == ""
    [line] = call.err.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("effects", TEXT, *FROM, "--cut-by", "zero"), "--cut-by says nothing beside --from"),
        (("effects", TEXT, *FROM, "--sort", "estimate"), "Transplants have no estimate"),
        (("effects", TEXT, "--arrows", "--measure", "kl", "--sort", "estimate"), "other measure"),
        (("effects", TEXT, "--measure", "kl", "--sort", "estimate"), "take another measure"),
        (("effects", TEXT, "--sort", "estimate"), "ask for it: --estimate"),
        (("effects", "--arrows", TEXT), "follows --arrows, or nothing; TEXT stands before it"),
        (("predict", TEXT, "--cut-by", "zero"), "--cut-by goes with --cut"),
        (("heads", TEXT, "--cut-by", "zero"), "--cut-by goes with --cut"),
        (("export", TEXT, "--out", "x", "--cut-by", "zero"), "--cut-by goes with --cut"),
        (("compare", TEXT, TEXT, "--cut-by", "zero"), "--cut-by goes with --cut"),
        (("compare", "--pairs", "x", "--top-k", "4"), "--top-k says nothing beside --pairs"),
        (("compare", "--pairs", "x", "--csv", "--top", "4"), "--top says nothing beside --csv"),
        (("lens", TEXT, "--direct", "--top-k", "4"), "--top-k says nothing beside --direct"),
        (("notes", "--scale", "perhead"), "A note needs a sentence: give a TEXT"),
        (("notes", "--model", "y"), "A note needs a sentence: give a TEXT"),
        (("export", "--open", "x.npz", "--model", "y"), "--model says nothing beside --open"),
    ],
    ids=str,
)
def test_an_option_that_says_nothing_is_refused(
    call: Call, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(call, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("effects", TEXT, *FROM, "--top", "1"),
        ("effects", TEXT, *FROM, "--residual"),
        ("lens", TEXT, "--direct"),
        ("predict", TEXT),
        ("heads", TEXT),
        ("compare", "--pairs", "pairs.tsv"),
    ],
    ids=" ".join,
)
def test_a_setting_is_not_given(
    call: Call, settings: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(settings.parent)
    Path("pairs.tsv").write_text("The cat sat.\tThe cat sit.\n")
    assert call(*arguments) == 0, call.err
    assert call.out


def test_a_setting_is_no_way_to_cut_arrows_by(call: Call, settings: Path) -> None:
    """As far as the text without a mask: no gradient is needed to see that it is let through."""
    assert "There is no [MASK] in the text" in refused(call, "effects", "The cat sat.", "--arrows")
    said = refused(call, "effects", TEXT, "--arrows", "--cut-by", "zero")
    assert "--cut-by says nothing beside --arrows" in said


def names() -> list[tuple[str, click.Parameter]]:
    """Every parameter of every command that names a file, a folder or a model."""
    with click.Context(cli) as context:
        commands = [(name, cli.get_command(context, name)) for name in COMMANDS]
    return [
        (name, param)
        for name, command in commands
        for param in (command.params if command else ())
        if isinstance(param.type, PathName | ModelName)
    ]


@pytest.mark.parametrize(
    ("command", "param"), names(), ids=[f"{name} {one.opts[0]}" for name, one in names()]
)
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_name_is_refused(
    call: Call, command: str, param: click.Parameter, empty: str
) -> None:
    written = (param.opts[0], empty) if isinstance(param, click.Option) else (empty,)
    assert "the name is empty: write one" in refused(call, command, *written)


def test_whatever_names_a_file_is_such_a_name() -> None:
    with click.Context(cli) as context:
        commands = [(name, cli.get_command(context, name)) for name in COMMANDS]
    known = {(name, one.name) for name, one in names()}
    for name, command in commands:
        for param in command.params if command else ():
            named = (param.metavar or "").split(".")[0]
            if named in ("FILE", "DIR") or param.name in ("model", "against"):
                assert (name, param.name) in known, f"{name} {param.opts[0]}"
            assert type(param.type) is not click.Path


@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        ("--out", ("compare", TEXT, TEXT, "--out", "file/x", "--layer", "1")),
        ("--out", ("export", TEXT, "--out", "file/x", "--layer", "1")),
        ("--notes", ("notes", TEXT, "--layer", "1", "--head", "1", "--notes", "file/x")),
        ("--notes", ("notes", "--notes", "file/x")),
    ],
    ids=" ".join,
)
def test_the_way_out_is_an_option_of_the_command(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine")
    assert call(*arguments) == 1
    assert f"a part of that path is a file; choose another folder with {option}." in call.err
