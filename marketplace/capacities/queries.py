"""Read requests for other places: a facility its own, a coordinator those of their rounds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.capacities.models import CapacityRequest
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.policies import COUNTED
from marketplace.slots.models import Slot


def of_slot(slot_id: int) -> Sequence[CapacityRequest]:
    """What was asked of rounds for a slot, newest first, with the rounds."""
    return _read(CapacityRequest.slot_id == slot_id)


def of_round(round_id: int) -> Sequence[CapacityRequest]:
    """What facilities asked of a round, newest first, with the slots."""
    return _read(CapacityRequest.round_id == round_id)


def _read(condition: sa.ColumnElement[bool]) -> Sequence[CapacityRequest]:
    query = (
        sa.select(CapacityRequest)
        .where(condition)
        .options(
            joinedload(CapacityRequest.round), joinedload(CapacityRequest.slot).joinedload(Slot.facility)
        )
        .order_by(CapacityRequest.asked_at.desc(), CapacityRequest.id.desc())
    )
    return db.session.scalars(query).all()


def held(round_id: int, request_id: int) -> Sequence[CapacityRequest]:
    """Everything asked at once with one request of a round, itself included, by round. Raises NotFound.

    The rounds and then the rows are held until commit, each in one order: who decides for another of the
    rounds at the same moment waits here, and then reads what was decided.
    """
    one = sa.select(CapacityRequest.slot_id, CapacityRequest.asked_at).where(
        CapacityRequest.id == request_id, CapacityRequest.round_id == round_id
    )
    found = db.session.execute(one).one_or_none()
    if found is None:
        raise NotFound("request")
    slot_id, asked_at = found
    return _held(sa.and_(CapacityRequest.slot_id == slot_id, CapacityRequest.asked_at == asked_at))


def held_waiting(actor: Actor, slot_id: int) -> Sequence[CapacityRequest]:
    """What waits for a round's decision about a slot of the actor's, held in the order of :func:`held`.

    What was decided while this waited for it is among them, as decided.
    """
    mine = sa.select(Slot.id).where(Slot.id == slot_id, Slot.facility_id.in_(actor.facilities))
    query = sa.select(CapacityRequest.id)
    waiting = query.where(CapacityRequest.slot_id.in_(mine), CapacityRequest.decided_at.is_(None))
    return _held(CapacityRequest.id.in_(db.session.scalars(waiting).all()))


def _held(together: sa.ColumnElement[bool]) -> Sequence[CapacityRequest]:
    rounds = (
        sa.select(Round)
        .where(Round.id.in_(sa.select(CapacityRequest.round_id).where(together)))
        .options(joinedload(Round.school, innerjoin=True))
        .order_by(Round.id)
        .with_for_update(of=Round)
        .execution_options(populate_existing=True)
    )
    db.session.scalars(rounds).all()
    query = (
        sa.select(CapacityRequest)
        .where(together)
        .options(
            joinedload(CapacityRequest.round, innerjoin=True).joinedload(Round.school, innerjoin=True),
            joinedload(CapacityRequest.slot, innerjoin=True).joinedload(Slot.facility, innerjoin=True),
        )
        .order_by(CapacityRequest.round_id)
        .with_for_update(of=CapacityRequest)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def counting(slot_id: int) -> Sequence[Round]:
    """The rounds that count on a slot's places."""
    query = (
        sa.select(Round)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .where(RoundSlot.slot_id == slot_id, RoundSlot.withdrawn_at.is_(None), Round.phase.in_(COUNTED))
        .options(joinedload(Round.school))
        .order_by(Round.id)
    )
    return db.session.scalars(query).all()


def waiting(which: sa.ColumnElement[bool]) -> Sequence[tuple[int, str, int]]:
    """(round id, name, how many) of requests of these rounds that wait for a coordinator."""
    query = (
        sa.select(Round.id, Round.name, sa.func.count())
        .join(CapacityRequest, CapacityRequest.round_id == Round.id)
        .where(which, CapacityRequest.decided_at.is_(None))
        .group_by(Round.id, Round.name)
        .order_by(Round.id)
    )
    return [(round_id, name, count) for round_id, name, count in db.session.execute(query)]
