"""Placements that stand. Runs lie above eligibility, so they say here who is placed where (features.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from flask import Flask, current_app

from marketplace.eligibility.facts import Held, Stay

_KEY = "practicum-stays"


class Knows(Protocol):
    """Whoever knows of placements."""

    def stays(self, programme_ids: frozenset[int]) -> Iterable[Stay]:
        """The placements of these programmes' students that stand."""

    def held(self, student_ids: Sequence[int]) -> Mapping[int, tuple[Held, ...]]:
        """For each of these students who has any, the places that the person has confirmed."""


def register(app: Flask, knows: Knows) -> None:
    """Have `knows` say which placements stand."""
    app.extensions[_KEY] = knows


def stays(programme_ids: frozenset[int]) -> list[Stay]:
    """The placements of these programmes' students."""
    return list(_knows().stays(programme_ids))


def held(student_ids: Sequence[int]) -> Mapping[int, tuple[Held, ...]]:
    """The confirmed places of these students."""
    return _knows().held(student_ids) if student_ids else {}


def _knows() -> Knows:
    known: Knows = current_app.extensions[_KEY]
    return known
