"""The tests mirror `tui/`; `benchmarks/` holds what `make bench` runs."""

from __future__ import annotations
