"""The extra place of an upheld appeal, which the facility agreed to. Nobody else's place moves."""

from __future__ import annotations

from datetime import datetime

from marketplace.access import Actor
from marketplace.appeals import queries as appeals
from marketplace.appeals.models import Appeal, Remedy
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.placements import answers, board, queries, repairs
from marketplace.placements.policies import LIVE, require_live
from marketplace.rounds.models import Round
from marketplace.runs.models import Origin, Placement, PlacementEnd
from marketplace.slots.models import Slot

NOTE = "Replaced by the extra place of an upheld appeal."


def waiting(round_: Round, appeal_id: int) -> Appeal:
    """An upheld appeal whose extra place was not given yet. Raises NotFound."""
    appeal = appeals.one(round_, appeal_id)
    upheld = appeal.remedy is Remedy.EXTRA_PLACE and round_.phase in LIVE
    if not upheld or appeals.place_given(appeal):
        raise NotFound("appeal")
    return appeal


def give(actor: Actor, round_id: int, appeal_id: int, *, now: datetime) -> Placement:
    """Place the student there; the place they had so far ends and is open again.

    Raises Conflict("given") where it was given, DomainError("no_consent") where the student's consent to be
    seen by that facility does not stand.
    """
    round_ = queries.released(actor, round_id, lock=True)
    require_live(round_)
    appeal = appeals.one(round_, appeal_id, lock=True)
    if appeal.remedy is not Remedy.EXTRA_PLACE or appeal.remedy_slot_id is None:
        raise NotFound("appeal")
    if appeals.place_given(appeal):
        raise Conflict("given")
    student_id, slot_id = appeal.student_id, appeal.remedy_slot_id
    if (student_id, slot_id) not in repairs.consented(round_.id):
        raise DomainError("no_consent")
    before = next((p for p in queries.standing(round_.id) if p.student_id == student_id), None)
    if before is not None:
        answers.end(actor, round_, before, PlacementEnd.RELEASED, note=NOTE, now=now)
    _make_room(actor, round_, slot_id, now=now)
    placement = repairs.place(round_, student_id, slot_id, origin=Origin.REPAIR, now=now)
    audit.record(actor, "extra place given", placement, now=now, appeal=appeal.id)
    return placement


def _make_room(actor: Actor, round_: Round, slot_id: int, *, now: datetime) -> None:
    """One place more where none is open: the facility agreed to one more student than it has."""
    place = next((p for p in board.places(round_.id) if p.slot.id == slot_id), None)
    if place is None:
        raise NotFound("slot")
    if not place.open:
        slot = db.session.get_one(Slot, slot_id, with_for_update=True)
        slot.capacity = place.taken + 1
        audit.record(actor, "place added", slot, now=now, round=round_.id, capacity=slot.capacity)
