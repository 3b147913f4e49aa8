"""Which variable of the locale decides whether only ASCII is drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli.locales import _locale

ROOT = Path(__file__).parents[2]
CASES = [
    ({"LANG": "C"}, True),
    ({"LANG": "POSIX"}, True),
    ({"LANG": "C.UTF-8"}, False),
    ({}, False),
    ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
    ({"LC_CTYPE": "C", "LANG": "en_US.UTF-8"}, True),
    ({"LC_CTYPE": "POSIX", "LANG": "en_US.UTF-8"}, True),
    ({"LC_CTYPE": "", "LANG": "C"}, True),
    ({"LC_ALL": "C.UTF-8", "LC_CTYPE": "C", "LANG": "C"}, False),
    ({"LC_ALL": "C", "LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"}, True),
    ({"LC_ALL": "", "LC_CTYPE": "C", "LANG": "C.UTF-8"}, True),
    ({"LC_MESSAGES": "C", "LANG": "C.UTF-8"}, False),
]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no system tells it here")
def test_the_first_variable_that_is_set_decides() -> None:
    code = "from tui.cli.locales import speaks_ascii_only; print(speaks_ascii_only())"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    clean.pop("LANG", None)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=clean | case,
            stdout=subprocess.PIPE,
            text=True,
        )
        for case, _ in CASES
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in running]
    assert said == [str(ascii_only) for _, ascii_only in CASES]


def test_what_python_has_set_itself_is_not_believed_where_nothing_tells_the_rest() -> None:
    assert _locale({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, None) == "C"
    assert _locale({"LC_CTYPE": "C", "LANG": "en_US.UTF-8"}, None) == "C"
    assert _locale({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, {"LC_CTYPE": "", "LANG": "C"}) == "C"
