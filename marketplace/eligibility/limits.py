"""The limit on a programme's students at one site in another state, as quotas of a round's file.

Within one run the match itself must not exceed it. A site's limit is shared out among the slots that the
round has there, by capacity: the file knows quotas of slots. Where the site's places can't exceed the limit
nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.eligibility.facts import SlotFacts, StudentFacts
from marketplace.eligibility.queries import Rules
from marketplace.eligibility.rules import out_of_state

TYPE = "programme"
#: From this share of the limit on coordinators are warned: 8 of 10.
WARNED = 0.8


@dataclass(frozen=True, slots=True)
class Pressure:
    """A site in another state, a programme, and how many of its students are there or could come."""

    site_id: int
    programme_id: int
    there: int
    places: int
    limit: int

    @property
    def left(self) -> int:
        """How many more may come."""
        return max(0, self.limit - self.there)

    @property
    def warned(self) -> bool:
        """Whether the limit is near enough to tell a coordinator."""
        return self.there + self.places >= WARNED * self.limit


def pressures(rules: Rules, capacities: Mapping[int, int]) -> list[Pressure]:
    """Every programme of the round at every site in another state, with the round's places there."""
    programmes = {s.programme_id: s for s in rules.students.values()}
    found = []
    for site_id, slots in sorted(_by_site(rules, capacities).items()):
        whole = _span(slots)
        places = sum(capacities[slot.id] for slot in slots)
        for programme_id, one in sorted(programmes.items()):
            if out_of_state(one.school_state, whole.state):
                there = rules.book.peak(programme_id, whole)
                found.append(Pressure(site_id, programme_id, there, places, one.limit))
    return found


def quotas(rules: Rules, capacities: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """For the slots that need one: the file's ``quotas``."""
    maximum: dict[int, dict[str, int]] = {}
    sites = _by_site(rules, capacities)
    for each in pressures(rules, capacities):
        if each.places > each.left:
            shares = _share(each.left, {slot.id: capacities[slot.id] for slot in sites[each.site_id]})
            for slot_id, share in shares.items():
                maximum.setdefault(slot_id, {})[_value(each.programme_id)] = share
    return {slot_id: {"quotas": {"type": TYPE, "maximum": most}} for slot_id, most in maximum.items()}


def types(student: StudentFacts) -> dict[str, Any]:
    """The file's ``types`` of a student, which quotas count."""
    return {"types": {TYPE: _value(student.programme_id)}}


def _value(programme_id: int) -> str:
    return f"p{programme_id}"


def _by_site(rules: Rules, slot_ids: Iterable[int]) -> dict[int, list[SlotFacts]]:
    found: dict[int, list[SlotFacts]] = {}
    for slot_id in sorted(slot_ids):
        slot = rules.slots[slot_id]
        found.setdefault(slot.site_id, []).append(slot)
    return found


def _span(slots: list[SlotFacts]) -> SlotFacts:
    """One slot with the dates of all."""
    first, last = min(slot.starts_on for slot in slots), max(slot.ends_on for slot in slots)
    return slots[0]._replace(starts_on=first, ends_on=last)


def _share(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """`total` shared out by weight in whole numbers, the largest remainders first, then the lower id."""
    whole = sum(weights.values())
    shares = {key: total * weight // whole for key, weight in weights.items()}
    rest = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in rest[: total - sum(shares.values())]:
        shares[key] += 1
    return shares
