"""Draw how a round may end, many times, and count. Pure; nobody's place in a draw ever leaves this module.

Each draw has one lottery, and settles what is open (:mod:`marketplace.forecasts.chances`):

* A student's list in force counts, and is now and then changed before the deadline. A student without one
  certifies with the drawn chance, then lists every application in an order drawn evenly: what they will
  prefer is not known, and guessing it from others' lists would name favourites that nobody chose.
* A slot's list counts. A silent slot answers with the drawn chance, by an order of applicants drawn evenly
  that leaves some out; otherwise what it said at posting holds: any applicant, or nobody.
* While applications are open a student may apply to more of the slots within reach, drawn evenly. They join
  the student's list anywhere; a list that a slot has made leaves the student out, unless it ends with
  everyone else.
* A couple has both places of a pair on its list or neither (:mod:`marketplace.forecasts.together`).
* Who applied nowhere is not in the draw and gets no forecast.

The shares themselves are drawn anew each time, so that totals are as wide as rounds differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from marketplace.forecasts.chances import FEW, Chances
from marketplace.forecasts.market import Couple, Market, Person, Place
from marketplace.forecasts.together import settle
from marketplace.runs.matching_adapter import MatchingRedraw

_SIZE = 30  # bits of a drawn rank


@dataclass(frozen=True)
class Tally:
    """Counts over draws: for each student how often placed, for each slot how often every place was taken
    and how many were taken in all; for each draw the places taken by slot, and the students placed."""

    draws: int
    placed: Sequence[int]
    full: Sequence[int]
    taken: Sequence[int]
    by_programme: Sequence[dict[int, int]]
    by_kind: Sequence[dict[str, int]]


def simulate(market: Market, chances: Chances | None, *, draws: int, seed: str) -> Tally:
    """So many draws; the same market, chances and seed give the same counts.

    Without `chances` nothing more happens before the deadline: tonight's lists, and the lottery alone.
    """
    rng = Random(seed)
    redraw = MatchingRedraw(market.problem)
    answered = [_positions(place, len(market.people)) for place in market.places]
    placed = [0] * len(market.people)
    full, taken = [0] * len(market.places), [0] * len(market.places)
    programmes: list[dict[int, int]] = []
    kinds: list[dict[str, int]] = []
    for _ in range(draws):
        numbers = list(range(len(market.people)))
        rng.shuffle(numbers)
        rates = _Rates(chances, rng) if chances is not None else None
        late = _late(market.people, rates, rng)
        wishes = [_wishes(person, more, rates, rng) for person, more in zip(market.people, late, strict=True)]
        newcomers = _newcomers(late)
        ranks = [
            _ranks(place, answered[j], newcomers.get(j, ()), numbers, rates, rng)
            for j, place in enumerate(market.places)
        ]
        if market.couples:
            couples = [_pairs(couple, rates, rng) for couple in market.couples]
            slots = settle(couples, wishes, partial(redraw.solve, ranks=ranks), rng)
        else:
            slots = redraw.solve(wishes, ranks)
        here = [0] * len(market.places)
        programme = dict.fromkeys((person.programme_id for person in market.people), 0)
        for i, j in enumerate(slots):
            if j >= 0:
                placed[i] += 1
                here[j] += 1
                programme[market.people[i].programme_id] += 1
        programmes.append(programme)
        kinds.append(_count(market, here, full, taken))
    return Tally(draws, placed, full, taken, programmes, kinds)


class _Rates:
    """The shares of one draw."""

    def __init__(self, chances: Chances, rng: Random) -> None:
        self._others = chances.others.drawn(rng)
        self._submits = {programme: share.drawn(rng) for programme, share in chances.submits.items()}
        self.edits, self.answers = chances.edits.drawn(rng), chances.answers.drawn(rng)
        self.accepts, self.further = chances.accepts.drawn(rng), chances.further

    def submits(self, programme_id: int) -> float:
        """The share of a programme's students without a list who certify one."""
        return self._submits.get(programme_id, self._others)


def _late(people: Sequence[Person], rates: _Rates | None, rng: Random) -> Sequence[Sequence[int]]:
    """The slots that each student still applies to."""
    if rates is None or not rates.further:
        return [()] * len(people)
    late: list[Sequence[int]] = []
    for person in people:
        more = rng.choice(rates.further[min(len(person.applied), FEW) - 1]) if person.applied else 0
        late.append(rng.sample(person.reach, min(more, len(person.reach))) if more else ())
    return late


def _newcomers(late: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """By slot who still applies to it."""
    found: dict[int, list[int]] = {}
    for i, slots in enumerate(late):
        for j in slots:
            found.setdefault(j, []).append(i)
    return found


def _wishes(person: Person, more: Sequence[int], rates: _Rates | None, rng: Random) -> Sequence[int]:
    """A student's list at the deadline, `more` being the slots still applied to."""
    if person.wishes is not None:
        wishes = _joined(person.wishes, more, rng) if more else person.wishes
        return _changed(wishes, person.applied, rng) if rates and rng.random() < rates.edits else wishes
    if rates is None or rng.random() >= rates.submits(person.programme_id):
        return ()
    order = [*person.applied, *more]
    rng.shuffle(order)
    return order


def _pairs(couple: Couple, rates: _Rates | None, rng: Random) -> Couple:
    """A couple's list at the deadline: now and then an entry moves or leaves."""
    if rates is None or rng.random() >= rates.edits:
        return couple
    order = _changed(range(len(couple.pairs)), (), rng)
    return replace(couple, pairs=tuple(couple.pairs[number] for number in order))


def _joined(wishes: Sequence[int], more: Sequence[int], rng: Random) -> list[int]:
    """A list with further slots anywhere on it."""
    order = list(wishes)
    for j in more:
        order.insert(rng.randint(0, len(order)), j)
    return order


def _changed(wishes: Sequence[int], applied: Sequence[int], rng: Random) -> Sequence[int]:
    """A list changed late: an application that was not on it joins, or an entry moves or leaves."""
    absent = [j for j in applied if j not in wishes]
    if absent and rng.random() < 0.5:
        return _joined(wishes, [rng.choice(absent)], rng)
    if len(wishes) < 2:
        return wishes
    order = list(wishes)
    entry = order.pop(rng.randrange(len(order)))
    return _joined(order, [entry], rng) if rng.random() < 0.7 else order


def _positions(place: Place, width: int) -> list[tuple[int, int]]:
    """(student, rank before the lottery) of everyone whom the slot's list, or its word at posting, takes."""
    tiers = list(place.tiers or ())
    if place.then_any:
        named = {i for tier in tiers for i in tier}
        tiers.append(tuple(i for i in place.applicants if i not in named))
    return [(i, t * width) for t, tier in enumerate(tiers) for i in tier]


def _ranks(
    place: Place,
    known: list[tuple[int, int]],
    newcomers: Sequence[int],
    numbers: list[int],
    rates: _Rates | None,
    rng: Random,
) -> dict[int, int]:
    """Whom a slot takes at the deadline, and in which order."""
    if place.tiers is None and rates and rng.random() < rates.answers:
        everyone = (*place.applicants, *newcomers)
        return {i: rng.getrandbits(_SIZE) for i in everyone if rng.random() < rates.accepts}
    ranks = {i: base + numbers[i] for i, base in known}
    if place.then_any and newcomers:
        last = len(place.tiers or ()) * len(numbers)
        ranks.update((i, last + numbers[i]) for i in newcomers)
    return ranks


def _count(market: Market, here: list[int], full: list[int], taken: list[int]) -> dict[str, int]:
    """Add a draw's places to the counts; the places taken by kind of facility."""
    kinds: dict[str, int] = {}
    for j, place in enumerate(market.places):
        taken[j] += here[j]
        full[j] += here[j] >= place.capacity
        kinds[place.kind] = kinds.get(place.kind, 0) + here[j]
    return kinds
