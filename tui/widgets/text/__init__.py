"""Widgets made of lines of text."""
