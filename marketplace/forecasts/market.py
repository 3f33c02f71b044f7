"""A round as forecasts draw from it: who applied where, whose list is in force, what slots answered. Pure.

Students and slots are numbered in the order of their tuples, as in the engine's problem.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.runs.matching_adapter import MatchingProblem


@dataclass(frozen=True, slots=True)
class Person:
    """A student with applications. ``wishes`` is the list in force, None without one.

    ``reach``: the slots that the student could still apply to; empty once applications are closed.
    """

    id: int
    programme_id: int
    applied: tuple[int, ...]
    wishes: tuple[int, ...] | None = None
    reach: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A slot. ``tiers`` is its certified list, None while it is silent.

    ``then_any``: everyone else who applied comes after the tiers; of a silent slot what was said at posting.
    """

    id: int
    kind: str
    capacity: int
    applicants: tuple[int, ...]
    tiers: tuple[tuple[int, ...], ...] | None = None
    then_any: bool = False


@dataclass(frozen=True, slots=True)
class Couple:
    """Two people who are placed together or not at all. ``pairs``: their places, best first, None: unplaced.

    ``apart``: the members' own lists, which count where no pair works and both asked for that; else None.
    """

    members: tuple[int, int]
    pairs: tuple[tuple[int | None, int | None], ...]
    apart: tuple[tuple[int, ...], tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Market:
    """Everyone who could be placed, and the problem that holds what no draw changes."""

    people: tuple[Person, ...]
    places: tuple[Place, ...]
    problem: MatchingProblem
    couples: tuple[Couple, ...] = ()
