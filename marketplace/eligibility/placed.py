"""Placements that stand. Runs lie above eligibility, so they say here who is placed where (features.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Flask, current_app

from marketplace.eligibility.facts import Stay

_KEY = "practicum-stays"

#: Given ids of programmes: the placements of their students that stand.
Ask = Callable[[frozenset[int]], Iterable[Stay]]


def register(app: Flask, ask: Ask) -> None:
    """Have `ask` say which placements stand."""
    app.extensions.setdefault(_KEY, []).append(ask)


def stays(programme_ids: frozenset[int]) -> list[Stay]:
    """The placements of these programmes' students."""
    asks: list[Ask] = current_app.extensions.get(_KEY, [])
    return [stay for ask in asks for stay in ask(programme_ids)]
