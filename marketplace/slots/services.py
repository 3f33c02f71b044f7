"""Write slots: drafts, posting, closing, repeating one. Only by contacts of the slot's facility."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Site
from marketplace.slots.models import Slot, SlotState
from marketplace.slots.search import index_slot

#: What the form may set; the rest is the service's own.
FIELDS = frozenset(
    "site_id title role description task_areas starts_on ends_on hours weekdays capacity modality "
    "preceptor_name preceptor_background ehr ehr_access credentials skills pay pay_note contact_policy "
    "silence attested".split()
)
#: What must be there before a slot is posted, in the form's order.
NEEDED = ("title", "role", "description", "task_areas", "hours", "capacity")


def own(actor: Actor, slot_id: int) -> Slot:
    """A slot of the actor's facilities, with facility and site."""
    query = (
        sa.select(Slot)
        .where(Slot.id == slot_id, Slot.facility_id.in_(actor.facilities))
        .options(joinedload(Slot.facility), joinedload(Slot.site))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("slot")
    return found


def create(actor: Actor, facility_id: int, *, now: datetime, **fields: Any) -> Slot:
    """A draft slot with the given FIELDS. Raises NotFound for a foreign facility or site."""
    if facility_id not in actor.facilities:
        raise NotFound("facility")
    slot = Slot(facility_id=facility_id, state=SlotState.DRAFT, created_at=now)
    _set(slot, fields)
    db.session.add(slot)
    db.session.flush()
    audit.record(actor, "created", slot, now=now)
    return slot


def edit(actor: Actor, slot_id: int, *, now: datetime, **fields: Any) -> Slot:
    """Change a slot that is not closed."""
    slot = own(actor, slot_id)
    if slot.state is SlotState.CLOSED:
        raise DomainError("slot_closed")
    _set(slot, fields)
    if slot.state is SlotState.POSTED:
        _require_complete(slot)
        index_slot(slot)
    audit.record(actor, "edited", slot, now=now)
    return slot


def post(actor: Actor, slot_id: int, *, now: datetime) -> Slot:
    """Make a slot public (once its facility is verified).

    Raises DomainError("incomplete", missing=[...]) or DomainError("not_attested").
    """
    slot = own(actor, slot_id)
    if slot.state is SlotState.CLOSED:
        raise DomainError("slot_closed")
    _require_complete(slot)
    if slot.state is SlotState.DRAFT:
        slot.state, slot.posted_at = SlotState.POSTED, now
        audit.record(actor, "posted", slot, now=now)
    db.session.flush()
    index_slot(slot)
    return slot


def close(actor: Actor, slot_id: int, *, reason: str, now: datetime) -> Slot:
    """Take a slot out of every list, for good."""
    slot = own(actor, slot_id)
    if slot.state is not SlotState.CLOSED:
        slot.state, slot.closed_reason = SlotState.CLOSED, reason.strip()
        audit.record(actor, "closed", slot, now=now, reason=slot.closed_reason)
    return slot


def repeat(actor: Actor, slot_id: int, *, now: datetime) -> Slot:
    """A draft with everything of an earlier slot but its attestation."""
    old = own(actor, slot_id)
    fields = {name: getattr(old, name) for name in FIELDS - {"attested"}}
    return create(actor, old.facility_id, now=now, **fields)


def _set(slot: Slot, fields: dict[str, Any]) -> None:
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"not a slot's fields: {sorted(unknown)}")
    site_id = fields.get("site_id", slot.site_id)
    site = db.session.get(Site, site_id) if site_id is not None else None
    if site is None or site.facility_id != slot.facility_id:
        raise NotFound("site")
    for name, value in fields.items():
        setattr(slot, name, value)


def _require_complete(slot: Slot) -> None:
    missing = [name for name in NEEDED if not getattr(slot, name)]
    if missing:
        raise DomainError("incomplete", missing=missing)
    if not slot.attested:
        raise DomainError("not_attested")
