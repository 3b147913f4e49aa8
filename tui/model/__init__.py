"""Masked language models: loading, running, and the process they run in."""
