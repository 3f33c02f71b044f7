"""Ask for other places in a slot that rounds count on, take the wish back, approve or decline it."""

from __future__ import annotations

from datetime import datetime

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.capacities import holders, queries
from marketplace.capacities.models import CapacityRequest
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.facilities import queries as facilities
from marketplace.mail import services as mail
from marketplace.rounds import changes, preassigned
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED, Phase
from marketplace.slots import services as slots
from marketplace.slots.models import Slot

#: The input is sealed and not yet published: its places can't change.
SEALED = (Phase.LOCKED, Phase.COMPUTED)


def ask(
    actor: Actor, slot_id: int, *, capacity: int, minimum: int, reason: str, now: datetime
) -> list[CapacityRequest]:
    """Ask every round that counts on the slot. Raises NotFound, DomainError with a field.

    "not_counted" where no round does: then the facility changes the slot itself. "fewer" once the results are
    out: students hold the places then, and the page of placements asks what becomes of them.
    """
    slot = slots.own(actor, slot_id)
    if not reason.strip():
        raise DomainError("missing", field="reason")
    if not 0 <= minimum <= capacity:
        raise DomainError("minimum_above_places", field="minimum")
    if (capacity, minimum) == (slot.capacity, slot.minimum):
        raise DomainError("unchanged", field="capacity")
    if any(each.decided_at is None for each in queries.of_slot(slot_id)):
        raise DomainError("waiting", field="capacity")
    found = queries.counting(slot_id)
    if not found:
        raise DomainError("not_counted", field="capacity")
    if capacity < slot.capacity and all(round_.phase in PUBLISHED for round_ in found):
        raise DomainError("fewer", field="capacity")
    made = [
        CapacityRequest(
            round_id=round_.id,
            slot_id=slot_id,
            capacity=capacity,
            minimum=minimum,
            reason=reason.strip()[:300],
            asked_by_id=actor.user_id,
            asked_at=now,
        )
        for round_ in found
    ]
    db.session.add_all(made)
    db.session.flush()
    audit.record(actor, "other places asked", slot, now=now, capacity=capacity, minimum=minimum)
    for round_, request in zip(found, made, strict=True):
        _ask_coordinators(round_, slot, request, now=now)
    return made


def take_back(actor: Actor, slot_id: int, *, now: datetime) -> None:
    """Take back what waits, unless a round has approved already and another has not: then all of it.

    Raises NotFound where nothing waits, also where a round decided it a moment ago.
    """
    open_ = [each for each in queries.held_waiting(actor, slot_id) if each.decided_at is None]
    slot = slots.own(actor, slot_id)
    if not open_:
        raise NotFound("request")
    for each in open_:
        db.session.delete(each)
    audit.record(actor, "wish for other places taken back", slot, now=now)


def decide(
    actor: Actor, round_: Round, request_id: int, *, approve: bool, answer: str, now: datetime
) -> bool:
    """Decide for one round; True where the slot has changed by it. A refusal needs an answer.

    `round_` is one that the actor coordinates, not held yet: all rounds of the wish are, in one order.
    Raises WrongPhase between the lock and the release, Conflict where it was decided before.
    """
    siblings = queries.held(round_.id, request_id)
    request = next((each for each in siblings if each.id == request_id), None)
    if request is None:  # taken back a moment ago
        raise NotFound("request")
    if round_.phase in SEALED:
        raise WrongPhase(round_.phase.value)
    if request.decided_at is not None:
        raise Conflict("decided")
    if not approve and not answer.strip():
        raise DomainError("missing", field="answer")
    _settle(request, actor, approve=approve, answer=answer, now=now)
    what = "other places approved" if approve else "other places declined"
    audit.record(actor, what, round_, now=now, slot=request.slot_id, capacity=request.capacity)
    if not approve:
        for each in siblings:
            if each.decided_at is None:
                # Another school's row: neither these words nor who wrote them belong to it.
                _settle(each, None, approve=False, answer="", now=now)
        _answer_facility(request, f"declined: {answer.strip()}", now=now)
        return False
    if not all(each.approved for each in siblings):
        return False
    _apply(actor, request, [each.round for each in siblings], now=now)
    return True


def _settle(
    request: CapacityRequest, actor: Actor | None, *, approve: bool, answer: str, now: datetime
) -> None:
    request.approved, request.answer = approve, answer.strip()[:300]
    request.decided_by_id, request.decided_at = actor.user_id if actor else None, now
    db.session.flush()


def _apply(actor: Actor, request: CapacityRequest, found: list[Round], *, now: datetime) -> None:
    """Change the slot, and say so in every round's public log. More places after a release go to clearing."""
    slot = request.slot
    if any(round_.phase in SEALED for round_ in found):
        raise WrongPhase(Phase.LOCKED.value)
    given = max(
        sum(1 for _student, slot_id in preassigned.pairs(round_.id) if slot_id == slot.id) for round_ in found
    )
    if request.capacity < given:
        raise DomainError("given", field="answer", places=given)
    published = [round_.id for round_ in found if round_.phase in PUBLISHED]
    placed = max((holders.count(round_id, slot.id) for round_id in published), default=0)
    if request.capacity < placed:
        raise DomainError("placed", field="answer", places=placed)
    before = _said(slot)
    slots.resize(actor, slot, capacity=request.capacity, minimum=request.minimum, now=now)
    for round_ in found:
        changes.publish(round_, {"slot": [before, _said(slot)]}, reason=request.reason, now=now)
    _answer_facility(request, "approved", now=now)


def _said(slot: Slot) -> str:
    least = f", at least {slot.minimum} or none" if slot.minimum else ""
    return f"{slot.facility.name}, {slot.title}: {slot.capacity} place{'s' * (slot.capacity != 1)}{least}"


def _ask_coordinators(round_: Round, slot: Slot, request: CapacityRequest, *, now: datetime) -> None:
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"capacity:{request.id}:{now.isoformat()}:asked:{user_id}",
            recipient=address,
            subject=f"{round_.name}: a facility asks for other places",
            body=(
                f"{_said(slot)}.\n\nAsked for: {request.capacity}, at least {request.minimum} or none.\n"
                f"The reason given: {request.reason}\n\nSign in, open the round and approve or decline it.\n"
            ),
            now=now,
        )


def _answer_facility(request: CapacityRequest, answer: str, *, now: datetime) -> None:
    for user_id, address in facilities.mailboxes(request.slot.facility_id):
        mail.enqueue(
            f"capacity:{request.id}:{now.isoformat()}:answered:{user_id}",
            recipient=address,
            subject=f"{request.slot.title}: your wish for other places",
            body=f"Your wish for {request.capacity} in “{request.slot.title}” was {answer}.\n",
            now=now,
        )
