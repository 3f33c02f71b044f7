"""Numbers about a problem: its size, how long and how tied its lists are. Nothing is solved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matching.entities import Facility, Slot, Tiers
from matching.problem import Problem


def describe(problem: Problem) -> dict[str, Any]:
    """Counts by name, in the order a reader wants them; ``tied`` is the share of entries in tiers of two
    or more.

    >>> describe(Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a", "b"], ["c"]]}, {"id": "s2"}],
    ...     "slots": [{"id": "a", "capacity": 2}, {"id": "b"}, {"id": "c", "then_any": True}],
    ... }))["student lists"]
    'length 0 to 3, mean 1.5; 66.7 % tied'
    """
    places = sum(slot.capacity for slot in problem.slots)
    holders: list[Slot | Facility] = [*problem.slots, *problem.facilities]
    counts: dict[str, Any] = {
        "name": problem.name or "(none)",
        "problem_sha256": problem.digest(),
        "students": len(problem.students),
        "students without a list": sum(not student.preferences for student in problem.students),
        "slots": len(problem.slots),
        "places": places,
        "student lists": _lists([student.preferences for student in problem.students]),
        "slot and facility lists": _lists([holder.preferences for holder in holders if holder.preferences]),
        "taking any other applicant": sum(holder.then_any for holder in holders),
        "facilities": len(problem.facilities),
        "couples": len(problem.couples),
        "quotas": sum(holder.quota is not None for holder in holders),
        "slots with a minimum": sum(slot.minimum > 0 for slot in problem.slots),
        "preassigned": len(problem.preassigned),
        "ineligible pairs": len(problem.ineligible),
        "lottery": f"{problem.lottery.mode}, seed {problem.lottery.seed}",
    }
    return counts


def _lists(lists: Sequence[Tiers]) -> str:
    lengths = [sum(map(len, tiers)) for tiers in lists]
    if not sum(lengths):
        return "empty"
    tied = sum(len(tier) for tier in _flat(lists) if len(tier) > 1)
    mean = sum(lengths) / len(lengths)
    return f"length {min(lengths)} to {max(lengths)}, mean {mean:.1f}; {100 * tied / sum(lengths):.1f} % tied"


def _flat(lists: Iterable[Tiers]) -> Iterable[tuple[str, ...]]:
    return (tier for tiers in lists for tier in tiers)
