"""Clearing: open places for whoever has none. A short window to choose, then a small match; again if need be.

Facilities consented in the round already: whom they named in their tiers, or anyone. Lottery numbers stay the
round's. Those who lost a place through no doing of theirs come first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.errors import DomainError, NotFound, WrongPhase
from marketplace.filters import instant
from marketplace.placements import board, letters, queries, repairs
from marketplace.placements.board import Board, Place
from marketplace.placements.models import ClearingChoice
from marketplace.placements.policies import require_live
from marketplace.rankings import queries as rankings
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import move
from marketplace.runs import matching_adapter, quotas
from marketplace.runs.models import Clearing, Origin
from marketplace.runs.queries import codes, official_run
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from marketplace.vocabulary import Silence

DAYS = 2


def open_(actor: Actor, round_id: int, *, days: int = DAYS, now: datetime) -> Clearing:
    """Let those without a place choose. Raises DomainError("nothing_open", "clearing_open")."""
    round_ = queries.released(actor, round_id, lock=True)
    require_live(round_)
    if current(round_id) is not None:
        raise DomainError("clearing_open")
    found = board.read(round_)
    if not found.open or not found.seekers:
        raise DomainError("nothing_open")
    if round_.phase is Phase.RELEASED:
        move(actor, round_, Phase.CLEARING, now=now)
    number = len(all_of(round_id)) + 1
    made = Clearing(round_id=round_id, number=number, opens_at=now, closes_at=now + timedelta(days=days))
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "clearing opened", made, now=now, round=round_id)
    until = instant(made.closes_at, round_.zone)
    for seeker in found.seekers:
        letters.to_person(
            seeker.row.student.user,
            f"clearing:{made.id}:opened",
            subject=f"{round_.name}: choose among open places",
            body=f"Places are open in “{round_.name}”. Sign in and say until {until} which you would take.\n",
            now=now,
        )
    return made


def current(round_id: int, *, lock: bool = False) -> Clearing | None:
    """The clearing of a round that is not settled yet."""
    query = sa.select(Clearing).where(Clearing.round_id == round_id, Clearing.settled_at.is_(None))
    return db.session.scalars(query.with_for_update() if lock else query).one_or_none()


def all_of(round_id: int) -> Sequence[Clearing]:
    """Every clearing of a round, oldest first."""
    query = sa.select(Clearing).where(Clearing.round_id == round_id)
    return db.session.scalars(query.order_by(Clearing.number)).all()


@dataclass(frozen=True)
class Offer:
    """What a student can choose from now: open places that would take them, and what they chose."""

    clearing: Clearing | None
    seeks: bool
    slots: Sequence[Slot]
    chosen: Sequence[int]
    unsigned: Collection[int]


def offer(round_: Round, student: Student) -> Offer:
    """A student's own view of clearing. Who else is without a place is on no page of theirs."""
    clearing = current(round_.id) if round_.phase is Phase.CLEARING else None
    found = board.read(round_)
    seeker = next((s for s in found.seekers if s.row.student_id == student.id), None)
    if clearing is None or seeker is None:
        return Offer(clearing, seeker is not None, [], [], [])
    terms = _Terms(round_, found)
    slots = [place.slot for place in found.open if terms.suits(student.id, place.slot)]
    signed = repairs.consented(round_.id)
    unsigned = [slot.id for slot in slots if (student.id, slot.id) not in signed]
    chosen = [c for c in _choices(clearing).get(student.id, []) if c in {slot.id for slot in slots}]
    return Offer(clearing, True, slots, chosen, unsigned)


def choose(actor: Actor, round_id: int, slot_ids: Sequence[int], *, signature: str, now: datetime) -> Offer:
    """Save which open places the student would take, best first; an empty list takes the choice back.

    Raises NotFound, WrongPhase where no window is open, DomainError("not_offered", "signature").
    """
    round_, student, _found = queries.of_student(actor, round_id, lock=True)
    seen = offer(round_, student)
    if seen.clearing is None or not seen.seeks:
        raise NotFound("clearing")
    if now >= seen.clearing.closes_at:
        raise WrongPhase(round_.phase.value, closed_at=seen.clearing.closes_at)
    offered = {slot.id: slot for slot in seen.slots}
    if not set(slot_ids) <= set(offered) or len(set(slot_ids)) != len(slot_ids):
        raise DomainError("not_offered")
    new = [offered[i] for i in slot_ids if i in seen.unsigned]
    if new and _plain(signature) != _plain(actor.name):
        raise DomainError("signature", name=actor.name)
    for slot in new:
        _sign(round_, student, slot, signature=signature, now=now)
    db.session.execute(
        sa.delete(ClearingChoice).where(
            ClearingChoice.clearing_id == seen.clearing.id, ClearingChoice.student_id == student.id
        )
    )
    db.session.add_all(
        ClearingChoice(clearing_id=seen.clearing.id, student_id=student.id, slot_id=i, rank=rank)
        for rank, i in enumerate(slot_ids, 1)
    )
    db.session.flush()
    audit.record(actor, "clearing choice saved", seen.clearing, now=now, places=len(slot_ids))
    return offer(round_, student)


def settle_due(now: datetime) -> int:
    """Settle every clearing whose window is over; for the nightly job. Returns how many."""
    query = (
        sa.select(Clearing.round_id)
        .join(Round, Round.id == Clearing.round_id)
        .where(Clearing.settled_at.is_(None), Clearing.closes_at <= now, Round.phase == Phase.CLEARING)
        .order_by(Clearing.id)
    )
    return sum(settle(round_id, now=now) for round_id in db.session.scalars(query).all())


def settle(round_id: int, *, now: datetime) -> bool:
    """Match those who chose with the places still open, and begin the placements; False if others did."""
    round_ = db.session.scalars(
        sa.select(Round)
        .where(Round.id == round_id)
        .options(joinedload(Round.school))
        .with_for_update(of=Round)
        .execution_options(populate_existing=True)
    ).one()
    clearing = current(round_id, lock=True)
    if clearing is None or now < clearing.closes_at or round_.phase is not Phase.CLEARING:
        return False
    found = board.read(round_)
    placed = _place(round_, clearing, found, first=True, now=now)
    placed |= _place(round_, clearing, board.read(round_), first=False, now=now)
    clearing.settled_at, clearing.placed = now, len(placed)
    db.session.flush()
    audit.record(None, "clearing settled", clearing, now=now, placed=len(placed))
    _tell(round_, clearing, found, placed, now=now)
    return True


class _Terms:
    """Who can take which place now: eligible, not had before, and named or not excluded by the host."""

    def __init__(self, round_: Round, found: Board) -> None:
        self.rules = eligibility.of_round(round_)
        _lists, answers_ = rankings.counting(round_.id, last_drafts=round_.use_last_draft)
        self.tiers = {slot_id: rankings.tiers(saved) for slot_id, saved in answers_.items()}
        self.any = {slot_id: saved.then_any for slot_id, saved in answers_.items()}
        self.had = {(p.student_id, p.slot_id) for p in found.ended}

    def takes_any(self, slot: Slot) -> bool:
        """Whether the host takes anyone: as its list says or, where there is none, its posting."""
        return self.any.get(slot.id, slot.silence is Silence.ANY)

    def suits(self, student_id: int, slot: Slot) -> bool:
        """Whether the student may choose the place."""
        if (student_id, slot.id) in self.had or slot.id not in self.rules.slots:
            return False
        named = any(student_id in tier for tier in self.tiers.get(slot.id, ()))
        verdict = self.rules.verdict(student_id, slot.id)
        return (named or self.takes_any(slot)) and verdict.eligible and verdict.may_apply


def _place(round_: Round, clearing: Clearing, found: Board, *, first: bool, now: datetime) -> dict[int, int]:
    """Match those who come first, or the others on what these left, and begin the placements.

    Student to slot. The board and the rules are read anew for the others, so that they count who is placed.
    """
    placed = _match(round_, found, _choices(clearing), first=first)
    for student_id, slot_id in sorted(placed.items()):
        made = repairs.place(round_, student_id, slot_id, origin=Origin.CLEARING, now=now)
        audit.record(None, "placed in clearing", made, now=now, clearing=clearing.number)
    return placed


def _match(round_: Round, found: Board, chosen: Mapping[int, list[int]], *, first: bool) -> dict[int, int]:
    """Student to slot, of those who come first or of the others."""
    terms, signed = _Terms(round_, found), repairs.consented(round_.id)
    places = {place.slot.id: place for place in found.open}
    wishes = {
        student: [
            i
            for i in chosen.get(student, [])
            if i in places and (student, i) in signed and terms.suits(student, places[i].slot)
        ]
        for student in (seeker.row.student_id for seeker in found.seekers if seeker.first is first)
    }
    return _solve(round_, terms, places, {student: mine for student, mine in wishes.items() if mine})


def _solve(
    round_: Round, terms: _Terms, places: Mapping[int, Place], wishes: Mapping[int, list[int]]
) -> dict[int, int]:
    run = official_run(round_.id)
    free = {i: place.open for i, place in places.items()}
    if run is None or run.result is None or not wishes or not free:
        return {}
    students, slots = codes(round_.id)
    names = {i: code for code, i in students.items()}, {i: code for code, i in slots.items()}
    limits = quotas.of_slots(terms.rules, free, queries.schools_there(free))
    value: dict[str, Any] = {
        "name": round_.name,
        "students": [
            {
                "id": names[0][i],
                "preferences": [[names[1][j]] for j in mine],
                **({"types": quotas.types(terms.rules.students[i])} if limits else {}),
            }
            for i, mine in wishes.items()
        ],
        "slots": [
            {
                "id": names[1][j],
                "capacity": number,
                "preferences": _named(terms.tiers.get(j, []), wishes, names[0]),
                "then_any": terms.takes_any(places[j].slot),
                **limits.get(j, {}),
            }
            for j, number in free.items()
        ],
    }
    seed = matching_adapter.read_result(run.result).lottery.seed
    outcome = matching_adapter.small_market(value, seed)
    return {students[code]: slots[slot] for code, slot in outcome.items() if slot is not None}


def _named(
    tiers: Iterable[Iterable[int]], here: Collection[int], names: Mapping[int, str]
) -> list[list[str]]:
    """A slot's tiers with those who are in this market; empty tiers close up."""
    named = (sorted(names[i] for i in tier if i in here) for tier in tiers)
    return [tier for tier in named if tier]


def _choices(clearing: Clearing) -> dict[int, list[int]]:
    """Student to the slots they chose, best first."""
    query = sa.select(ClearingChoice.student_id, ClearingChoice.slot_id).where(
        ClearingChoice.clearing_id == clearing.id
    )
    found: dict[int, list[int]] = {}
    for student_id, slot_id in db.session.execute(query.order_by(ClearingChoice.rank)):
        found.setdefault(student_id, []).append(slot_id)
    return found


def chosen_by(clearing: Clearing) -> frozenset[int]:
    """The students who chose anything: coordinators see who, never what."""
    return frozenset(_choices(clearing))


def _sign(round_: Round, student: Student, slot: Slot, *, signature: str, now: datetime) -> None:
    """Apply late, with the same signed consent as in the round."""
    known = db.session.scalar(
        sa.select(Application).where(
            Application.round_id == round_.id,
            Application.student_id == student.id,
            Application.slot_id == slot.id,
        )
    )
    application = known or Application(round_id=round_.id, student_id=student.id, slot_id=slot.id)
    application.consented_at, application.withdrawn_at = now, None
    db.session.add(application)
    db.session.flush()
    consents.sign(application, slot, round_, signature=signature.strip(), now=now)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


#: What a student reads who got no place: who chose some, and who chose none.
_UNPLACED = {
    True: "No place that you chose in “{round}” could be given to you. Your coordinator knows.\n",
    False: "The choosing of places in “{round}” is over; you had chosen none. Your coordinator knows.\n",
}


def _tell(
    round_: Round, clearing: Clearing, found: Board, placed: Mapping[int, int], *, now: datetime
) -> None:
    """Those who were placed read it in the mail about their place; the others hear it here."""
    chosen = chosen_by(clearing)
    for seeker in found.seekers:
        if seeker.row.student_id not in placed:
            letters.to_person(
                seeker.row.student.user,
                f"clearing:{clearing.id}:settled",
                subject=f"{round_.name}: no place this time",
                body=_UNPLACED[seeker.row.student_id in chosen].format(round=round_.name),
                now=now,
            )
    letters.to_coordinators(
        round_,
        f"clearing:{clearing.id}:settled",
        subject=f"{round_.name}: clearing is settled",
        body=f"Clearing {clearing.number} of “{round_.name}” placed {len(placed)}. Sign in to see who.\n",
        now=now,
    )
