"""How many students are placed in a slot. Placements lie above, so they say it here (features.py)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app

_KEY = "practicum-holders"

#: Given the ids of a round and a slot: how many placements stand.
Ask = Callable[[int, int], int]


def register(app: Flask, ask: Ask) -> None:
    """Have `ask` say how many students of a released round are placed in a slot."""
    app.extensions.setdefault(_KEY, []).append(ask)


def count(round_id: int, slot_id: int) -> int:
    """How many students of a released round are placed in the slot."""
    asks: list[Ask] = current_app.extensions.get(_KEY, [])
    return sum(ask(round_id, slot_id) for ask in asks)
