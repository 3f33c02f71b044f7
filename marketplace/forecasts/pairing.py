"""The couples of a round as its forecast draws them: whose list of pairs counts, and which pairs are open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marketplace.couples import queries
from marketplace.forecasts.market import Couple, Person
from marketplace.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Pairs:
    """A couple with its list of pairs of slot ids, and the members' own lists where these may count yet."""

    members: tuple[int, int]
    pairs: Sequence[tuple[int | None, int | None]]
    apart: tuple[Sequence[int], Sequence[int]] | None = None


def of_round(round_: Round, lists: Mapping[int, Sequence[int]], given: Mapping[int, int]) -> list[Pairs]:
    """The couples whose list of pairs counts, but those of whom one has a place before the match."""
    found: list[Pairs] = []
    for couple, saved in queries.counting(round_.id) if round_.couples else ():
        first, second = couple.members
        if first not in given and second not in given:
            own = (lists.get(first, ()), lists.get(second, ())) if saved.apart else None
            found.append(Pairs((first, second), saved.pairs, own))
    return found


def sides(pairs: Sequence[Pairs]) -> dict[int, list[int]]:
    """Each member's own side of the list of pairs, for what is said of one student's list."""
    return {
        member: [slot_id for slot_id in dict.fromkeys(p[side] for p in each.pairs) if slot_id is not None]
        for each in pairs
        for side, member in enumerate(each.members)
    }


def together(
    couples: Sequence[Pairs], people: Sequence[Person], number: Mapping[int, int]
) -> tuple[Couple, ...]:
    """The couples of two who are drawn, with the pairs whose places are open to them still."""
    index = {person.id: i for i, person in enumerate(people)}
    found = []
    for each in couples:
        if not all(member in index for member in each.members):
            continue  # who applied nowhere has no place in any pair: the other's side is all there is
        first, second = (index[member] for member in each.members)
        open_ = [{None, *people[i].applied} for i in (first, second)]
        pairs = [tuple(None if j is None else number.get(j, -1) for j in pair) for pair in each.pairs]
        own = None
        if each.apart is not None:
            own = _still(each.apart[0], open_[0], number), _still(each.apart[1], open_[1], number)
        kept = tuple((a, b) for a, b in pairs if a in open_[0] and b in open_[1])
        found.append(Couple((first, second), kept, own))
    return tuple(found)


def _still(own: Sequence[int], open_: Collection[int | None], number: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(j for slot_id in own if (j := number.get(slot_id)) in open_ and j is not None)
