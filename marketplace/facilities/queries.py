"""Read facilities: one's own, and the verified ones that everyone sees."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility


def own(actor: Actor, facility_id: int) -> Facility:
    """A facility of the actor, with its sites."""
    query = (
        sa.select(Facility)
        .where(Facility.id == facility_id, Facility.id.in_(actor.facilities))
        .options(selectinload(Facility.sites))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("facility")
    return found


def mine(actor: Actor) -> Sequence[Facility]:
    """The actor's facilities with their sites, by name."""
    query = (
        sa.select(Facility)
        .where(Facility.id.in_(actor.facilities))
        .options(selectinload(Facility.sites))
        .order_by(Facility.name, Facility.id)
    )
    return db.session.scalars(query).all()
