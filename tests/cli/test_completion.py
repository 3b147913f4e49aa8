"""What a shell completes a word with: by click's protocol, and in the shells themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.cli.conftest import Call
from tui.analysis.columns import COLUMNS, TO_TOKEN
from tui.analysis.scales import SCALES
from tui.analysis.views import VIEWS
from tui.cli.main import APP, COMMANDS, COMPLETION
from tui.storage.formats import FORMATS

ROOT = Path(__file__).parents[2]

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(
    call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Complete:
    """What bash is told for the last of some words, `type,value` each."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    def completing(*words: str) -> list[str]:
        line = ["bertmask-tui", *words]
        with monkeypatch.context() as shell:
            shell.setenv(COMPLETION, "bash_complete")
            shell.setenv("COMP_WORDS", "\n".join(line))
            shell.setenv("COMP_CWORD", str(len(line) - 1))
            assert call() == 0
        assert call.err == ""
        return call.out.split()

    return completing


def plain(*values: str) -> list[str]:
    return [f"plain,{value}" for value in values]


def test_the_first_word_may_be_any_command(complete: Complete) -> None:
    assert complete("") == plain(*(name for name in COMMANDS if name != APP))
    assert complete("mod") == plain("models")
    assert complete("The cat") == []


def test_the_first_word_may_be_an_option_of_the_app(complete: Complete) -> None:
    offered = complete("-")
    assert {*plain("--model", "--no-mouse", "--version", "--help")} <= {*offered}
    assert len(offered) == len({*offered})
    assert complete("--col") == plain("--color")


def test_options_of_a_command(complete: Complete) -> None:
    assert complete("predict", "--cut") == plain("--cut", "--cut-by")
    assert complete("heads", "a", "--wh") == plain("--where")
    assert complete("--model", "embedded", "--col") == plain("--color"), "the app is meant"
    assert complete("--", "--col") == []


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("export", "x", "--view"), [view.slug or "raw" for view in VIEWS]),
        (("export", "x", "--scale"), [scale.slug for scale in SCALES]),
        (("heads", "x", "--sort"), [one.name for one in COLUMNS if one is not TO_TOKEN]),
        (("export", "x", "--format"), FORMATS),
        (("--color",), ["auto", "truecolor", "256", "16", "none"]),
        (("effects", "x", "--cut-by"), ["mean", "zero", "both"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_values(complete: Complete, words: tuple[str, ...], values: list[str]) -> None:
    assert complete(*words, "") == plain(*values)


def test_a_list_of_formats_grows(complete: Complete) -> None:
    assert complete("export", "x", "--format", "npz,") == plain(
        *(f"npz,{one}" for one in FORMATS if one != "npz")
    )


@pytest.fixture
def cached(tmp_path: Path) -> None:
    """A cache with one small model, one that is refused, and rubbish."""
    for name, config in {
        "models--somebody--tiny": {"num_hidden_layers": 2, "num_attention_heads": 3},
        "models--somebody--blocks": {"model_type": "big_bird"},
        "models--gpt": {"architectures": ["GPT2LMHeadModel"]},
        "models--list": ["no", "object"],
    }.items():
        folder = tmp_path / "cache" / name / "snapshots" / "0"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(config))
    (tmp_path / "cache" / "models--empty").mkdir()


@pytest.mark.usefixtures("cached")
def test_models_are_those_at_hand_and_folders(complete: Complete) -> None:
    expected = ["dir,", *plain("embedded", "list", "somebody/tiny")]
    assert complete("--model", "") == expected
    assert complete("predict", "x", "-m", "") == expected
    assert complete("--model", "some") == ["dir,some", *plain("somebody/tiny")]


@pytest.mark.usefixtures("cached")
def test_heads_are_those_of_the_model_that_is_asked_for(complete: Complete, tmp_path: Path) -> None:
    tiny = [f"{layer}.{head}" for layer in (1, 2) for head in (1, 2, 3)]
    assert complete("predict", "x", "--model", "somebody/tiny", "--cut", "") == plain(*tiny)
    assert complete("predict", "x", "-m", "somebody/tiny", "--cut", "2.") == plain(*tiny[3:])
    folder = tmp_path / "cache" / "models--somebody--tiny" / "snapshots" / "0"
    assert complete("--model", str(folder), "--layer", "") == plain("1", "2")
    assert complete("--model", str(folder), "--head", "") == plain("1", "2", "3")
    assert complete("predict", "x", "-m", "no/such", "--cut", "") == []
    assert complete("predict", "x", "--cut", "1.1") == plain("1.1", "1.10", "1.11", "1.12")
    assert complete("open", "x.npz", "--layer", "") == [], "that is no model"
    assert complete("lens", "x", "--mask", "") == []


def test_files_and_folders_are_left_to_the_shell(complete: Complete) -> None:
    assert complete("open", "a") == ["file,a"]
    assert complete("heads", "--from", "") == ["file,"]
    assert complete("export", "x", "--out", "") == ["dir,"]
    assert complete("--save-dir", "") == ["dir,"]


def test_the_model_of_the_settings_is_the_one_asked_for(
    complete: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: None
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "bertmask-tui").mkdir()
    file = tmp_path / "bertmask-tui" / "config.toml"
    file.write_text("model = 'somebody/tiny'")
    assert complete("predict", "x", "--cut", "2.") == plain("2.1", "2.2", "2.3")
    file.write_text("modle = 'somebody/tiny'")
    assert len(complete("predict", "x", "--cut", "2.")) == 12, "a broken file is not said here"


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense", ""), ("predict", "'unfinished [MASK]", "-"), ("--model", "\\"),
        ("predict", "--top-k", "nonsense", "-"), ("predict", "--cut", "x.y", "--cut", "z"),
        ("heads", "--nonsense", ""), ("--model", "~nobody/", "--layer", ""),
        ("--model", "é\udcff", "--layer", ""), ("--color", "--color", ""),
    ],
    ids=" ".join,
)  # fmt: skip
def test_nothing_is_said_in_the_middle_of_a_line(
    complete: Complete, words: tuple[str, ...]
) -> None:
    complete(*words)


def test_a_cache_that_cannot_be_read_is_no_error(
    complete: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file")
    assert complete("--model", "e") == ["dir,e", *plain("embedded")]


def test_an_unforeseen_error_is_silent(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMPLETION, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "bertmask-tui ")
    monkeypatch.setenv("COMP_CWORD", "no number")
    assert call() == 1
    assert (call.out, call.err) == ("", "")


@pytest.mark.parametrize(
    "words", [("",), ("predict", "x", "--cut", ""), ("--model", ""), ("heads", "x", "--sort", "")]
)
def test_completion_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    heavy = ("numpy", "torch", "transformers", "textual", "rich", "tokenizers", "httpx2", "lark")
    code = f"""
import sys
from tui.cli.main import main
try:
    main()
except SystemExit as leave:
    assert not leave.code, leave.code
print([name for name in {heavy} if name in sys.modules])
"""
    line = ["bertmask-tui", *words]
    asked = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ, COMPLETION: "bash_complete", "COMP_WORDS": "\n".join(line),
            "COMP_CWORD": str(len(words)),
        },
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert asked.stderr == ""
    assert asked.stdout.count("plain,") > 0
    assert asked.stdout.splitlines()[-1] == "[]"


# The shells themselves


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with `bertmask-tui`, the program of this checkout."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "bertmask-tui"
    script.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -m tui \"$@\"\n")
    script.chmod(0o755)
    return folder


BASH = """
eval "$(_BERTMASK_TUI_COMPLETE=bash_source bertmask-tui)"
COMP_WORDS=(bertmask-tui predict x --cut 2.1) COMP_CWORD=4
_bertmask_tui_completion bertmask-tui 2.1 --cut
echo "${COMPREPLY[@]}"
"""
ZSH = """
autoload -Uz compinit && compinit -D
eval "$(_BERTMASK_TUI_COMPLETE=zsh_source bertmask-tui)"
compadd() { print -r -- "${completions[@]}" }
words=(bertmask-tui predict x --cut 2.1) CURRENT=5
_bertmask_tui_completion
"""
FISH = """
_BERTMASK_TUI_COMPLETE=fish_source bertmask-tui | source
complete -C 'bertmask-tui predict x --cut 2.1' | string join ' '
"""


@pytest.mark.parametrize(("shell", "script"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)])
def test_a_shell_takes_the_line_of_the_readme(
    program: Path, tmp_path: Path, shell: str, script: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    (line,) = [line for line in script.splitlines() if "_source" in line]
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")
    env = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    env |= {"PATH": f"{program}:{os.environ['PATH']}"}
    done = subprocess.run(
        [shell, "-c", script], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["2.1", "2.10", "2.11", "2.12"], done.stderr
    assert done.stderr == ""
