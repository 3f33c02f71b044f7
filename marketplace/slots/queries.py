"""Read slots as the public sees them: posted, at verified facilities. The search is in finding.py."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.geo import Point, miles_between
from marketplace.memo import once
from marketplace.slots import finding
from marketplace.slots.finding import Hit
from marketplace.slots.models import Shortlisted, Slot, SlotState


@once
def get_public_slot(slot_id: int) -> Slot:
    """A posted slot of a verified facility, with facility and site. Raises NotFound."""
    query = (
        sa.select(Slot)
        .join(Slot.facility)
        .where(Slot.id == slot_id, Slot.state == SlotState.POSTED, Facility.verified_at.is_not(None))
        .options(joinedload(Slot.facility), joinedload(Slot.site))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("slot")
    return found


def with_place(slot_id: int) -> Slot:
    """Any slot with facility and site; whether the reader may see it is the caller's to check."""
    query = sa.select(Slot).where(Slot.id == slot_id)
    found = db.session.scalar(query.options(joinedload(Slot.facility), joinedload(Slot.site)))
    if found is None:
        raise NotFound("slot")
    return found


def shortlist(student_ids: list[int], *, origin: Point | None = None) -> list[Hit]:
    """The slots a person keeps in view, those closed since included, soonest first."""
    query = (
        sa.select(Slot.id)
        .where(Slot.id.in_(_shortlisted(student_ids)))
        .order_by(Slot.starts_on, Slot.id)
        .limit(200)
    )
    return finding.by_ids(list(db.session.scalars(query)), origin=origin)


def shortlisted_ids(student_ids: list[int], slot_ids: list[int]) -> frozenset[int]:
    """Which of `slot_ids` are on the person's shortlist."""
    if not student_ids or not slot_ids:
        return frozenset()
    query = _shortlisted(student_ids).where(Shortlisted.slot_id.in_(slot_ids))
    return frozenset(db.session.scalars(query))


def has_shortlist(student_ids: list[int]) -> bool:
    """Whether the person keeps any slot in view."""
    return bool(db.session.scalar(sa.select(_shortlisted(student_ids).exists())))


def is_public(slot: Slot) -> bool:
    """Whether a loaded slot (with its facility) may be shown to anyone."""
    return slot.state is SlotState.POSTED and slot.facility.verified_at is not None


def public_ids(slot_ids: list[int]) -> frozenset[int]:
    """Which of `slot_ids` anyone may see."""
    query = (
        sa.select(Slot.id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(Slot.id.in_(slot_ids), Slot.state == SlotState.POSTED, Facility.verified_at.is_not(None))
    )
    return frozenset(db.session.scalars(query))


def miles_from(slot: Slot, origin: Point | None) -> float | None:
    """How far a loaded slot (with its site) is, where both places are known."""
    site = slot.site
    if origin is None or site.latitude is None or site.longitude is None:
        return None
    return miles_between(origin, Point(site.latitude, site.longitude))


def _shortlisted(student_ids: list[int]) -> sa.Select[int]:
    return sa.select(Shortlisted.slot_id).where(Shortlisted.student_id.in_(student_ids))
