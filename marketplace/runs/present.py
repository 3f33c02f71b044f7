"""A sealed problem as things stand after the release: the places there are now, and who holds them. Pure.

The sealed file knows whoever was in the run. Since then students came to hold places in clearing or by an
appeal, some without a list: they are added, and stand in a slot's order where its host put them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Held = Mapping[str, str | None]
Tiers = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Unsealed:
    """What the file doesn't say of those who came later: their ``types`` by student, which quotas count, and
    the hosts' ``tiers`` by slot with everybody they named."""

    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tiers: Mapping[str, Tiers] = field(default_factory=dict)


def as_now(
    sealed: Json,
    held: Held,
    places: Mapping[str, int],
    *,
    barred: Collection[tuple[str, str]],
    unsealed: Unsealed,
) -> Json:
    """The problem's object with everybody who holds a place acceptable there, within the slot's quotas.

    A slot that the host's tiers are given for and the file doesn't know came to the round after the seal.
    """
    known = {slot["id"] for slot in sealed["slots"]}
    sealed = {
        **sealed,
        "slots": [*sealed["slots"], *(_late(code) for code in unsealed.tiers if code not in known)],
    }
    slots = {slot["id"] for slot in sealed["slots"]}
    here: dict[str, list[str]] = {}
    for code, slot in sorted(held.items()):
        if slot in slots:
            here.setdefault(str(slot), []).append(code)
    students = [*sealed["students"], *_added(sealed, here, unsealed)]
    types = {student["id"]: student.get("types", {}) for student in students}
    still = [each for each in sealed["ineligible"] if held.get(each[0]) != each[1]]
    new = {pair for pair in barred if pair[1] in slots} - {(each[0], each[1]) for each in still}
    return {
        **sealed,
        "students": students,
        "slots": [
            {
                **slot,
                "capacity": max(1, places.get(slot["id"], slot["capacity"])),
                "minimum": 0,
                "preferences": with_holders(
                    slot["preferences"],
                    here.get(slot["id"], []),
                    unsealed.tiers.get(slot["id"], []),
                    then_any=slot["then_any"],
                ),
                **_quotas(slot, here.get(slot["id"], []), types),
            }
            for slot in sealed["slots"]
        ],
        "preassigned": [pair for pair in sealed["preassigned"] if held.get(pair[0]) == pair[1]],
        "ineligible": [*still, *([code, slot, "not-now"] for code, slot in sorted(new))],
    }


def _late(code: str) -> Json:
    """A slot of which the file says nothing: only who is there stands in its order."""
    return {"id": code, "capacity": 1, "minimum": 0, "preferences": [], "then_any": False}


def _added(sealed: Json, here: Mapping[str, Sequence[str]], unsealed: Unsealed) -> list[Json]:
    known = {student["id"] for student in sealed["students"]}
    return [
        {"id": code, "preferences": [[slot]], "types": dict(unsealed.types.get(code, {}))}
        for slot, holders in here.items()
        for code in holders
        if code not in known
    ]


def with_holders(sealed: Tiers, here: Sequence[str], host: Tiers, *, then_any: bool) -> list[list[str]]:
    """The sealed tiers with everybody who is in the slot: where the host put them, else in the last tier.

    >>> with_holders([["b"], ["c"]], ["a", "b", "d"], [["a", "b"], ["d"], ["c"]], then_any=False)
    [['b', 'a'], ['d'], ['c']]
    >>> with_holders([["b"]], ["a", "b", "d"], [["b"]], then_any=False)
    [['b'], ['a', 'd']]
    >>> with_holders([["b"]], ["a", "b", "d"], [["b"]], then_any=True)
    [['b']]
    """
    found = [list(tier) for tier in sealed]
    named = {code for tier in found for code in tier}
    order = {code: rank for rank, tier in enumerate(host) for code in tier}
    late = [code for code in here if code not in named]
    for code in sorted((code for code in late if code in order), key=lambda code: order[code]):
        _insert(found, code, order)
    rest = [code for code in late if code not in order]
    return [*found, rest] if rest and not then_any else found


def _insert(tiers: list[list[str]], code: str, order: Mapping[str, int]) -> None:
    """Into the tier that the host gave this student, or as one of its own before the next that follows."""
    for position, tier in enumerate(tiers):
        ranks = [order[each] for each in tier if each in order]
        if order[code] in ranks:
            tier.append(code)
            return
        if ranks and min(ranks) > order[code]:
            tiers.insert(position, [code])
            return
    tiers.append([code])


def _quotas(slot: Json, here: Sequence[str], types: Mapping[str, Mapping[str, str]]) -> Json:
    """The slot's quotas, as large as those who are there need: nobody of them goes for a quota's sake."""
    if "quotas" not in slot:
        return {}
    quota = slot["quotas"]
    taken = Counter(types[code].get(quota["type"]) for code in here)
    maximum = {value: max(most, taken[value]) for value, most in quota["maximum"].items()}
    return {"quotas": {**quota, "maximum": maximum}}
