"""The quotas of a round's slots: students of a programme in another state, and of a school where places are
shared out. The file has one type of quota for a slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from marketplace.capacities import sharing
from marketplace.eligibility import limits
from marketplace.eligibility.facts import StudentFacts
from marketplace.eligibility.queries import Rules

Quotas = dict[int, dict[str, Any]]
_TYPE = "school"


def of_slots(
    rules: Rules, capacities: Mapping[int, int], there: Mapping[int, Mapping[int, int]] = MappingProxyType({})
) -> Quotas:
    """For the slots that need one: the file's ``quotas``.

    ``there`` counts who is in a slot already, by school, where only its open places are matched: they have
    taken of their school's share. The rules know by themselves who is in another state. Shares of schools
    that have no student in the round bind nobody, and stay out.

    Where both kinds apply, which only a later change can bring about, a school's places are shared out among
    its programmes, so that neither limit is exceeded.
    """
    found = limits.quotas(rules, capacities)
    schools = {student.school_id for student in rules.students.values()}
    for slot_id, shares in sharing.shares(capacities.keys()).items():
        taken = there.get(slot_id, {})
        shares = {i: max(0, most - taken.get(i, 0)) for i, most in shares.items() if i in schools}
        if not shares:
            continue
        if slot_id in found:
            found[slot_id] = _both(found[slot_id], shares, rules.students.values())
        else:
            most = {_school(school_id): places for school_id, places in shares.items()}
            found[slot_id] = {"quotas": {"type": _TYPE, "maximum": most}}
    return found


def types(student: StudentFacts) -> dict[str, str]:
    """The file's ``types`` of a student, which quotas count."""
    programme: dict[str, str] = limits.types(student)["types"]
    return {**programme, _TYPE: _school(student.school_id)}


def _school(school_id: int) -> str:
    return f"u{school_id}"


def _both(
    quota: Mapping[str, Any], shares: Mapping[int, int], students: Iterable[StudentFacts]
) -> dict[str, Any]:
    """The programme's quota, made narrower by the school's."""
    people: dict[int, Counter[str]] = {}
    for student in students:
        programme = limits.types(student)["types"][limits.TYPE]
        people.setdefault(student.school_id, Counter())[programme] += 1
    maximum = dict(quota["quotas"]["maximum"])
    for school_id, places in shares.items():
        for programme, part in _parts(places, people.get(school_id, Counter())).items():
            maximum[programme] = min(maximum.get(programme, part), part)
    return {"quotas": {"type": limits.TYPE, "maximum": maximum}}


def _parts(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` shared out by weight in whole numbers, the largest remainders first, then by name.

    >>> _parts(5, {"p1": 2, "p2": 1})
    {'p1': 3, 'p2': 2}
    """
    whole = sum(weights.values())
    parts = {key: total * weight // whole for key, weight in weights.items()}
    rest = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in rest[: total - sum(parts.values())]:
        parts[key] += 1
    return parts
