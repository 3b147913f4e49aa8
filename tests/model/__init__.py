"""Tests of the model layer: beside transformers, in its own process, and when things go wrong."""

from __future__ import annotations
