"""What `make bench` measures: figures beside their baselines, never tests with a time limit."""

from __future__ import annotations
