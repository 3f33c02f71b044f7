"""Either side asks to be released, a host for fewer places. A coordinator decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.placements import answers, letters, queries, repairs
from marketplace.placements.models import PlaceRequest, Side
from marketplace.placements.policies import require_live
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundSlot
from marketplace.runs.models import Placement, PlacementEnd
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def ask_as_student(actor: Actor, round_id: int, *, reason: str, now: datetime) -> PlaceRequest:
    """A student asks to be released from the place they confirmed. A second request changes nothing."""
    round_, _student, found = queries.of_student(actor, round_id, lock=True)
    placement = next((p for p in found if p.ended_at is None), None)
    if placement is None:
        raise NotFound("placement")
    if placement.student_confirmed_at is None:
        raise DomainError("not_confirmed")
    return _ask(actor, round_, placement, Side.STUDENT, reason, now=now)


def ask_as_host(
    actor: Actor, round_id: int, slot_id: int, placement_id: int, *, reason: str, now: datetime
) -> PlaceRequest:
    """A host asks to be released from one student it confirmed."""
    round_, placement = queries.of_host(actor, round_id, slot_id, placement_id, lock=True)
    if placement.host_confirmed_at is None:
        raise DomainError("not_confirmed")
    return _ask(actor, round_, placement, Side.HOST, reason, now=now)


def ask_for_fewer(
    actor: Actor, round_id: int, slot_id: int, *, places: int, reason: str, now: datetime
) -> PlaceRequest:
    """A host asks to have fewer places in a slot, or none. Raises DomainError("missing", "not_fewer")."""
    round_, slot = rounds.as_facility(actor, round_id, slot_id, lock=True)
    require_live(round_)
    # Two contacts of the facility only share the round's lock; on the slot they wait for each other.
    held = sa.select(Slot.capacity).where(Slot.id == slot.id).with_for_update(key_share=True)
    capacity = db.session.scalars(held).one()
    if not 0 <= places < capacity:
        raise DomainError("not_fewer", field="places", capacity=capacity)
    known = waiting_about(round_.id, slot.id, None)
    return known or _write(actor, round_, slot.id, None, Side.HOST, reason, places=places, now=now)


def decide(
    actor: Actor, round_id: int, request_id: int, *, granted: bool, answer: str, now: datetime
) -> PlaceRequest:
    """A coordinator grants it or not, with a reason. Raises NotFound, DomainError("missing", "decided")."""
    round_ = queries.released(actor, round_id, lock=True)
    request = one(round_, request_id, lock=True)
    if request.decided_at is not None:
        raise DomainError("decided")
    if not answer.strip():
        raise DomainError("missing", field="answer")
    require_live(round_)
    request.decided_at, request.decided_by_id = now, actor.user_id
    request.granted, request.answer = granted, answer.strip()[:500]
    db.session.flush()
    audit.record(actor, "request granted" if granted else "request refused", request, now=now, why=answer)
    if granted:
        _grant(actor, round_, request, now=now)
    _tell(round_, request, now=now)
    return request


def one(round_: Round, request_id: int, *, lock: bool = False) -> PlaceRequest:
    """A request about a round; with ``lock`` its row is held until commit. Raises NotFound."""
    query = sa.select(PlaceRequest).where(PlaceRequest.id == request_id, PlaceRequest.round_id == round_.id)
    if lock:
        query = query.with_for_update(of=PlaceRequest).execution_options(populate_existing=True)
    found = db.session.scalars(_whole(query)).one_or_none()
    if found is None:
        raise NotFound("request")
    return found


def waiting(round_id: int) -> Sequence[PlaceRequest]:
    """The requests of a round that wait for a decision, oldest first."""
    query = sa.select(PlaceRequest).where(
        PlaceRequest.round_id == round_id, PlaceRequest.decided_at.is_(None)
    )
    return db.session.scalars(_whole(query.order_by(PlaceRequest.id))).all()


def waiting_about(round_id: int, slot_id: int, placement_id: int | None) -> PlaceRequest | None:
    """The request that waits about a placement, or about a slot as a whole."""
    about = (
        PlaceRequest.placement_id.is_(None)
        if placement_id is None
        else PlaceRequest.placement_id == placement_id
    )
    query = sa.select(PlaceRequest).where(
        PlaceRequest.round_id == round_id,
        PlaceRequest.slot_id == slot_id,
        PlaceRequest.decided_at.is_(None),
        about,
    )
    return db.session.scalars(query).one_or_none()


def _ask(
    actor: Actor, round_: Round, placement: Placement, side: Side, reason: str, *, now: datetime
) -> PlaceRequest:
    known = waiting_about(round_.id, placement.slot_id, placement.id)
    if known is not None:
        return known
    return _write(actor, round_, placement.slot_id, placement.id, side, reason, places=None, now=now)


def _write(
    actor: Actor,
    round_: Round,
    slot_id: int,
    placement_id: int | None,
    side: Side,
    reason: str,
    *,
    places: int | None,
    now: datetime,
) -> PlaceRequest:
    require_live(round_)
    if not reason.strip():
        raise DomainError("missing", field="reason")
    request = PlaceRequest(
        round_id=round_.id,
        slot_id=slot_id,
        placement_id=placement_id,
        side=side,
        places=places,
        reason=reason.strip()[:500],
        asked_at=now,
        asked_by_id=actor.user_id,
    )
    db.session.add(request)
    db.session.flush()
    audit.record(actor, "release asked" if places is None else "fewer places asked", request, now=now)
    letters.to_coordinators(
        round_,
        f"place-request:{request.id}",
        subject=f"{round_.name}: someone asks to be released",
        body=f"In “{round_.name}” a request about a placement waits for you. Sign in to decide it.\n",
        now=now,
    )
    return request


def _grant(actor: Actor, round_: Round, request: PlaceRequest, *, now: datetime) -> None:
    if request.placement_id is not None:
        query = sa.select(Placement).where(Placement.id == request.placement_id, Placement.ended_at.is_(None))
        placement = db.session.scalars(queries.with_people(query)).one_or_none()
        if placement is not None:
            end = PlacementEnd.RELEASED if request.side is Side.STUDENT else PlacementEnd.WITHDRAWN
            answers.end(actor, round_, placement, end, note=request.answer, now=now)
        return
    places = request.places or 0
    repairs.displace(actor, round_, request.slot_id, places, reason=request.answer, now=now)
    if places == 0:
        db.session.get_one(RoundSlot, (round_.id, request.slot_id)).withdrawn_at = now
    else:
        request.slot.capacity = places
        request.slot.minimum = min(request.slot.minimum, places)
    audit.record(actor, "places reduced", request.slot, now=now, places=places, round=round_.id)


def _tell(round_: Round, request: PlaceRequest, *, now: datetime) -> None:
    """Whoever asked reads the decision. Where it was granted, the end of a placement is told by itself."""
    said = "granted" if request.granted else "not granted"
    subject = f"{round_.name}: your request was {said}"
    body = f"Your request about “{request.slot.title}” was {said}. The reason given: {request.answer}\n"
    if request.side is Side.STUDENT and request.placement is not None:
        letters.to_student(request.placement, f"request:{request.id}", subject=subject, body=body, now=now)
    else:
        letters.to_hosts(
            request.slot, f"place-request:{request.id}:done", subject=subject, body=body, now=now
        )


def _whole(query: sa.Select[PlaceRequest]) -> sa.Select[PlaceRequest]:
    placement = joinedload(PlaceRequest.placement)
    return query.options(
        joinedload(PlaceRequest.slot, innerjoin=True).joinedload(Slot.facility, innerjoin=True),
        placement.joinedload(Placement.student).joinedload(Student.user),
        placement.joinedload(Placement.slot).joinedload(Slot.facility),
    )
