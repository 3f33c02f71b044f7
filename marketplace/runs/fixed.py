"""Which of the places given before the match stand when the input is built.

One that no longer may be formed falls away: its student left the round or took the application back, the
slot left it, a rule of eligibility forbids the pair, or too few places are left. Then the student's own list
counts again, and the coordinator's page shows it as not possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from marketplace.eligibility.queries import Rules
from marketplace.rounds import preassigned

Quotas = Mapping[int, Mapping[str, Any]]
Types = Mapping[int, Mapping[str, str]]


def standing(
    round_id: int,
    rules: Rules,
    *,
    capacities: Mapping[int, int],
    applied: Mapping[int, Collection[int]],
    quotas: Quotas,
    types: Types,
) -> dict[int, int]:
    """Student id to slot id of the places given that stand.

    `capacities` are those of the slots in the match, `applied` the standing applications by student, `quotas`
    the file's by slot and `types` the file's by student.
    """
    filled: Counter[tuple[int, str]] = Counter()
    found: dict[int, int] = {}
    for student_id, slot_id in preassigned.pairs(round_id):
        if student_id not in rules.students or slot_id not in applied.get(student_id, ()):
            continue
        if slot_id not in capacities or not rules.verdict(student_id, slot_id).eligible:
            continue
        bounds = [("", capacities[slot_id]), *_quota(quotas.get(slot_id, {}), types.get(student_id, {}))]
        if all(filled[slot_id, value] < most for value, most in bounds):
            filled.update((slot_id, value) for value, _most in bounds)
            found[student_id] = slot_id
    return found


def _quota(quota: Mapping[str, Any], mine: Mapping[str, str]) -> list[tuple[str, int]]:
    """The bound that a student counts towards at a slot, if there is one."""
    if not quota:
        return []
    value = mine[quota["quotas"]["type"]]
    maximum = quota["quotas"]["maximum"]
    return [(value, maximum[value])] if value in maximum else []
