"""A round's rows as a market to draw from: as they are, or as they would be after a change. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.applications.models import Application
from marketplace.applications.queries import active
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Hindrance, Reason
from marketplace.facilities.models import Facility
from marketplace.forecasts import pairing
from marketplace.forecasts.market import Market, Person, Place
from marketplace.forecasts.pairing import Pairs
from marketplace.rankings import queries as rankings
from marketplace.rounds import preassigned
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.policies import accepts_applications
from marketplace.runs import fixed, quotas
from marketplace.runs.matching_adapter import MatchingProblem
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student
from marketplace.vocabulary import Modality, Silence


@dataclass(frozen=True, slots=True)
class Offer:
    """What a forecast needs of a slot."""

    id: int
    facility_id: int
    kind: str
    capacity: int
    minimum: int
    silence: Silence


@dataclass(frozen=True, slots=True)
class Answer:
    """A slot's certified list: tiers of student ids, and whether everyone else who applied comes after."""

    tiers: Sequence[Sequence[int]]
    then_any: bool


@dataclass(frozen=True)
class Rows:
    """Everything of a round that its forecast looks at. Withdrawn students and slots are not in it."""

    round: Round
    rules: eligibility.Rules
    programmes: Mapping[int, int]  # student id to programme id
    offers: Sequence[Offer]
    applied: Mapping[int, frozenset[int]]  # student id to slot ids
    lists: Mapping[int, Sequence[int]]  # student id to the slot ids of the list in force, best first
    answers: Mapping[int, Answer]  # by slot id
    given: Mapping[int, int]  # student id to slot id of places given before the match
    applying: bool
    couples: Sequence[Pairs] = ()
    fallen: frozenset[int] = frozenset()  # students whose place given before the match can't be formed

    @property
    def seeking(self) -> list[int]:
        """The students whom the match is to place."""
        return [student_id for student_id in self.programmes if student_id not in self.given]

    def blocks(self, student_id: int, slot_id: int) -> tuple[Hindrance, ...]:
        """What is in the way of a pair."""
        return self.rules.verdict(student_id, slot_id).blocks

    def listed(self, student_id: int) -> list[int] | None:
        """The slots of a student's list in force that still count, best first; None without a list."""
        order = self.lists.get(student_id)
        applied = self.applied.get(student_id, frozenset())
        return None if order is None else [slot_id for slot_id in order if slot_id in applied]


@dataclass(frozen=True)
class Change:
    """A what-if: more places by slot, slots dropped, slots that may be remote, facilities whose agreement is
    there, and one slot that joins, with the students who could be placed there."""

    places: Mapping[int, int] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()
    remote: frozenset[int] = frozenset()
    agreed: frozenset[int] = frozenset()
    joins: Offer | None = None
    joined_by: frozenset[int] = frozenset()


AS_IT_IS = Change()


def read(round_: Round, now: datetime) -> Rows:
    """The round's rows as they stand."""
    lists, answers = rankings.counting(round_.id, last_drafts=round_.use_last_draft)
    applied: dict[int, set[int]] = {}
    pairs = sa.select(Application.student_id, Application.slot_id).where(active(round_.id))
    for student_id, slot_id in db.session.execute(pairs):
        applied.setdefault(student_id, set()).add(slot_id)
    rules, offers = eligibility.of_round(round_), _offers(round_.id)
    given = _given(round_.id, rules, offers, applied)
    own = {i: [j for tier in rankings.tiers(saved) for j in tier] for i, saved in lists.items()}
    paired = pairing.of_round(round_, own, given)
    return Rows(
        round=round_,
        rules=rules,
        programmes=_programmes(round_.id),
        offers=offers,
        applied={student_id: frozenset(slots) for student_id, slots in applied.items()},
        lists=own | pairing.sides(paired),
        answers={j: Answer(rankings.tiers(saved), saved.then_any) for j, saved in answers.items()},
        given=given,
        applying=accepts_applications(round_, now),
        couples=paired,
        fallen=frozenset(student_id for student_id, _slot in preassigned.pairs(round_.id)) - given.keys(),
    )


def _given(
    round_id: int, rules: eligibility.Rules, offers: Sequence[Offer], applied: Mapping[int, set[int]]
) -> dict[int, int]:
    """The places given before the match that stand, as the match will read them."""
    capacities = {each.id: each.capacity for each in offers}
    found = quotas.of_slots(rules, capacities)
    types = {i: quotas.types(student) for i, student in rules.students.items()} if found else {}
    return fixed.standing(round_id, rules, capacities=capacities, applied=applied, quotas=found, types=types)


def _programmes(round_id: int) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(Student.id, Student.programme_id)
        .join(RoundStudent, RoundStudent.student_id == Student.id)
        .where(RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None))
        .order_by(Student.id)
    )
    return {student_id: programme_id for student_id, programme_id in rows}


_OFFER = sa.select(Slot.id, Slot.facility_id, Facility.kind, Slot.capacity, Slot.minimum, Slot.silence).join(
    Facility, Facility.id == Slot.facility_id
)


def _offers(round_id: int) -> list[Offer]:
    rows = db.session.execute(
        _OFFER.join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .where(
            RoundSlot.round_id == round_id,
            RoundSlot.withdrawn_at.is_(None),
            Slot.state == SlotState.POSTED,
        )
        .order_by(Slot.id)
    )
    return [_offer(row) for row in rows]


def offer(slot_id: int) -> Offer:
    """A slot that is not in the round yet."""
    return _offer(db.session.execute(_OFFER.where(Slot.id == slot_id)).one())


def _offer(row: Any) -> Offer:
    slot_id, facility_id, kind, capacity, minimum, silence = row
    return Offer(slot_id, facility_id, kind.value, capacity, minimum, silence)


def market(rows: Rows, change: Change = AS_IT_IS) -> Market:
    """The market of these rows after `change`: who could be placed where, whose list is in force."""
    offers = [each for each in rows.offers if each.id not in change.dropped]
    offers += [change.joins] if change.joins else []
    number = {each.id: j for j, each in enumerate(offers)}
    could = _Could(rows, change)
    people = [
        _person(rows, could, change, student_id, programme_id, number)
        for student_id, programme_id in sorted(rows.programmes.items())
        if rows.applied.get(student_id)
    ]
    places = _places(rows, change, offers, people)
    problem = _problem(rows, change, offers, people)
    return Market(tuple(people), tuple(places), problem, pairing.together(rows.couples, people, number))


class _Could:
    """Whether the rules, as the change would have them, let a pair be formed."""

    def __init__(self, rows: Rows, change: Change) -> None:
        self._rules, self._change = rows.rules, change

    def __call__(self, student_id: int, slot_id: int) -> bool:
        joins = self._change.joins
        if joins is not None and slot_id == joins.id:
            return student_id in self._change.joined_by
        slot = self._rules.slots[slot_id]
        if slot_id in self._change.remote:
            slot = slot._replace(modality=Modality.REMOTE)
        blocks = self._rules.book.judge(self._rules.students[student_id], slot).blocks
        if slot.facility_id in self._change.agreed:
            return all(each.reason is Reason.AGREEMENT for each in blocks)
        return not blocks


def _person(
    rows: Rows,
    could: _Could,
    change: Change,
    student_id: int,
    programme_id: int,
    number: Mapping[int, int],
) -> Person:
    """A student; a slot that joins stands at the end of a list, behind everything the student chose."""
    mine = rows.applied[student_id]
    joining = [change.joins.id] if change.joins else []
    open_ = {j for j in (*mine, *joining) if j in number and could(student_id, j)}
    listed = rows.listed(student_id)
    wishes = None if listed is None else [j for j in (*listed, *joining) if j in open_]
    reach = (
        [j for j in number if j not in mine and j not in joining and could(student_id, j)]
        if rows.applying
        else []
    )
    return Person(
        student_id,
        programme_id,
        tuple(sorted(number[j] for j in open_)),
        None if wishes is None else tuple(number[j] for j in wishes),
        tuple(number[j] for j in reach),
    )


def _places(rows: Rows, change: Change, offers: Sequence[Offer], people: Sequence[Person]) -> list[Place]:
    applicants: list[list[int]] = [[] for _ in offers]
    for i, person in enumerate(people):
        for j in person.applied:
            applicants[j].append(i)
    index = {person.id: i for i, person in enumerate(people)}
    found = []
    for j, each in enumerate(offers):
        answer = rows.answers.get(each.id)
        here = set(applicants[j])
        tiers = None if answer is None else _tiers(answer, index, here)
        then_any = answer.then_any if answer is not None else each.silence is Silence.ANY
        capacity = max(0, each.capacity + change.places.get(each.id, 0))
        found.append(Place(each.id, each.kind, capacity, tuple(applicants[j]), tiers, then_any))
    return found


def _tiers(answer: Answer, index: Mapping[int, int], here: set[int]) -> tuple[tuple[int, ...], ...]:
    named = ([index[i] for i in tier if index.get(i) in here] for tier in answer.tiers)
    return tuple(tuple(tier) for tier in named if tier)


def _problem(
    rows: Rows, change: Change, offers: Sequence[Offer], people: Sequence[Person]
) -> MatchingProblem:
    """What no draw changes: places, minimum cohorts, limits on students out of state or of a school."""
    capacities = {each.id: max(0, each.capacity + change.places.get(each.id, 0)) for each in offers}
    known = {slot_id: count for slot_id, count in capacities.items() if slot_id in rows.rules.slots}
    found = quotas.of_slots(rows.rules, known)
    return MatchingProblem.from_dict(
        {
            "format": "matching-problem/1",
            "students": [
                {"id": str(p.id), **({"types": quotas.types(rows.rules.students[p.id])} if found else {})}
                for p in people
            ],
            "slots": [
                {
                    "id": str(each.id),
                    "capacity": capacities[each.id],
                    "minimum": min(each.minimum, capacities[each.id]),
                    **found.get(each.id, {}),
                }
                for each in offers
            ],
            "preassigned": [
                [str(student_id), str(slot_id)]
                for student_id, slot_id in sorted(rows.given.items())
                if slot_id in capacities
            ],
        }
    )
