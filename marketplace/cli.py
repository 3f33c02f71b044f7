"""The operator's shell: ``flask ...``. Each command is an edge: it reads the clock and commits."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the commands."""
