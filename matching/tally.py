"""What an assignment achieved, counted from the problem's lists. Solvers and verifier count alike; neither
is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from matching.problem import Problem


def statistics_of(problem: Problem, assignment: Mapping[str, str | None]) -> dict[str, Any]:
    """How many are placed, and how many of those with a list got their first, second, … tier.

    A member of a couple counts at the position of the couple's pair; preassigned students have no list.
    """
    profile: Counter[int] = Counter()
    for student in problem.students:
        slot = assignment.get(student.id)
        if slot is not None:
            for rank, tier in enumerate(student.preferences, 1):
                if slot in tier:
                    profile[rank] += 1
                    break
    for couple in problem.couples:
        pair = (assignment.get(couple.members[0]), assignment.get(couple.members[1]))
        if pair in couple.preferences:
            rank = couple.preferences.index(pair) + 1
            profile[rank] += sum(slot is not None for slot in pair)
    return {
        "placed": sum(slot is not None for slot in assignment.values()),
        "rank_profile": {str(rank): profile[rank] for rank in sorted(profile)},
    }
