"""Couples in a round's input: whose list of pairs counts, as the problem file says it. Reads rows only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.couples import queries
from marketplace.couples.models import Couple, PairList
from marketplace.rounds.models import Round

Json = dict[str, Any]


@dataclass(frozen=True)
class Paired:
    """The couples that count in a round. ``apart``: those who would rather be processed separately if no
    pair works. ``members``: everybody in one; their own lists don't count unless that happens."""

    round: Round
    couples: list[tuple[Couple, PairList]]

    @property
    def members(self) -> frozenset[int]:
        """The students in them."""
        return frozenset(i for couple, _saved in self.couples for i in couple.members)

    @property
    def apart(self) -> list[Couple]:
        """The couples of which both asked for it."""
        return [couple for couple, saved in self.couples if saved.apart]

    @property
    def separable(self) -> frozenset[int]:
        """The students in these: their own lists may count yet, so they are sealed with all others."""
        return frozenset(i for couple in self.apart for i in couple.members)

    @property
    def leaves(self) -> list[str]:
        """The digests of the lists of pairs."""
        return [saved.digest for _couple, saved in self.couples if saved.digest is not None]

    def code(self, couple: Couple) -> str:
        """The couple's name in the round's files."""
        return queries.code(self.round, couple)

    def entries(
        self,
        students: Mapping[int, str],
        slots: Mapping[int, str],
        applied: Mapping[int, Collection[int]],
    ) -> list[Json]:
        """The file's ``couples``, without pairs that name a place which no longer counts."""
        found = []
        for couple, saved in self.couples:
            kept = [
                [None if i is None else slots[i] for i in pair]
                for pair in saved.pairs
                if all(
                    i is None or (i in slots and i in applied.get(member, ()))
                    for member, i in zip(couple.members, pair, strict=True)
                )
            ]
            names = [students[i] for i in couple.members]
            found.append({"id": self.code(couple), "members": names, "preferences": kept})
        return sorted(found, key=lambda entry: str(entry["id"]))


def of_round(round_: Round, students: Collection[int]) -> Paired:
    """The couples of which both members are among these students of the round."""
    found = queries.counting(round_.id) if round_.couples else []
    return Paired(round_, [each for each in found if set(each[0].members) <= set(students)])


def within(entry: Json, quotas: Mapping[str, Any], *, held: int = 0) -> Json:
    """A slot with quotas, for a problem with couples, whose objective takes none: it has no more places than
    any of the quotas that lets somebody in, and those that are `held` already. None of the quotas is exceeded
    so; in exchange a place may stay empty.

    >>> within({"id": "a", "capacity": 12, "minimum": 0},
    ...     {"quotas": {"type": "programme", "maximum": {"p1": 10, "p2": 0}}})
    {'id': 'a', 'capacity': 10, 'minimum': 0}
    """
    maximum = quotas.get("quotas", {}).get("maximum", {})
    capacity = min([entry["capacity"], *(most for most in maximum.values() if most)])
    capacity = max(capacity, min(held, entry["capacity"]))
    return {**entry, "capacity": capacity, "minimum": min(entry["minimum"], capacity)}


def barred(quotas: Mapping[str, Json], types: Mapping[str, Mapping[str, str]]) -> set[tuple[str, str]]:
    """(student, slot) by code where a quota of nobody keeps the student out.

    >>> barred({"a": {"quotas": {"type": "t", "maximum": {"x": 0}}}}, {"s": {"t": "x"}, "z": {"t": "y"}})
    {('s', 'a')}
    """
    return {
        (student, slot)
        for slot, entry in quotas.items()
        for student, values in types.items()
        if entry["quotas"]["maximum"].get(values[entry["quotas"]["type"]]) == 0
    }
