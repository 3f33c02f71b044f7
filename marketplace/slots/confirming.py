"""A posted slot stands as long as its facility says so once in a while; else it expires until it does."""

from __future__ import annotations

from datetime import datetime

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.facilities import lapsing
from marketplace.facilities import services as facilities
from marketplace.facilities.models import Facility
from marketplace.slots import search
from marketplace.slots.models import Slot, SlotState


def confirm(actor: Actor, slot: Slot, *, now: datetime) -> None:
    """The actor's own slot is still on offer; an expired one is posted again.

    Raises DomainError for a draft, for a closed slot and for one that has begun.
    """
    if slot.state not in (SlotState.POSTED, SlotState.EXPIRED):
        raise DomainError("slot_closed")
    if slot.starts_on < now.date():
        raise DomainError("starts_in_past", field="starts_on")
    note_confirmed(slot, now=now)
    audit.record(actor, "confirmed", slot, now=now)
    if slot.state is SlotState.EXPIRED:
        slot.state = SlotState.POSTED
        search.index_slot(slot)


def note_confirmed(slot: Slot, *, now: datetime) -> None:
    """Whoever offers a slot hosts: its facility's own listing stands as well."""
    lapsing.confirm(slot, now)
    facilities.note_confirmed(db.session.get_one(Facility, slot.facility_id), now=now)


def expire(slot: Slot, *, now: datetime) -> None:
    """Hide a posted slot that nobody confirmed, until somebody does. For the nightly job."""
    slot.state = SlotState.EXPIRED
    audit.record(None, "expired", slot, now=now)
    search.index_slot(slot)
