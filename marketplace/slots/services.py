"""Draft, post, edit, repeat and close slots, always as a contact of the slot's facility."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Site
from marketplace.slots import confirming, policies, search
from marketplace.slots.models import Slot, SlotState
from marketplace.slots.policies import Hold
from marketplace.texts import services as texts
from marketplace.texts.models import TextState
from marketplace.vocabulary import ContactPolicy, EhrAccess, Modality, Pay, Silence, SlotKind

#: What a contact may set, with the value a new slot starts from; ``...``: always asked.
FIELDS: dict[str, Any] = {
    "site_id": ...,
    "kind": SlotKind.TERM,
    "title": ...,
    "role": ...,
    "starts_on": ...,
    "ends_on": ...,
    "hours": ...,
    "description": "",
    "weekdays": "",
    "capacity": 1,
    "minimum": 0,
    "modality": Modality.ON_SITE,
    "preceptor_name": "",
    "preceptor_background": "",
    "ehr": "",
    "ehr_access": EhrAccess.NONE,
    "task_areas": (),
    "specialities": (),
    "open_to": (),
    "credentials": (),
    "skills": (),
    "pay": Pay.UNPAID,
    "pay_note": "",
    "parking": "",
    "fee": None,
    "contact_policy": ContactPolicy.COORDINATOR,
    "silence": Silence.ANY,
    "attested": False,
}
#: Free text that everyone can read (texts.policies).
PUBLIC_TEXTS = (
    "title",
    "description",
    "weekdays",
    "preceptor_name",
    "preceptor_background",
    "ehr",
    "pay_note",
    "parking",
)
#: What decides who may come, and what a silent facility means: rounds match by it.
TERMS = ("site_id", "starts_on", "ends_on", "hours", "modality", "credentials", "open_to", "silence")
_LISTS = ("task_areas", "specialities", "open_to", "credentials", "skills")
#: Half a year in whole weeks, so that a copied slot keeps its weekdays.
TERM = timedelta(weeks=26)


def create(actor: Actor, facility_id: int, *, now: datetime, **fields: Any) -> Slot:
    """A draft of a new slot, from FIELDS. Raises DomainError with the field where a value is impossible.

    ``attested``: the contact states that the slot does not displace paid staff. Posting needs it.
    """
    if facility_id not in actor.facilities:
        raise NotFound("facility")
    return prepare(actor, facility_id, now=now, **fields)


def prepare(actor: Actor, facility_id: int, *, now: datetime, **fields: Any) -> Slot:
    """A draft like :func:`create`'s, for a facility the actor may be no contact of: the caller checks that
    they may. Only a contact of the facility can post it."""
    slot = Slot(facility_id=facility_id, state=SlotState.DRAFT, created_at=now)
    _assign(slot, {**_defaults(), **fields})
    db.session.add(slot)
    db.session.flush()
    audit.record(actor, "drafted", slot, now=now, title=slot.title)
    return slot


def edit(actor: Actor, slot_id: int, *, now: datetime, reason: str = "", **fields: Any) -> Slot:
    """Change a draft or posted slot. Capacity and minimum are fixed once a round relies on them.

    From then on TERMS change for a `reason` only, which stands in the round's public log.

    Whoever changes a posted slot confirms it; an expired one is confirmed first.
    """
    slot = own(actor, slot_id)
    _require_usable(slot)
    if any(fields.get(name, getattr(slot, name)) != getattr(slot, name) for name in ("capacity", "minimum")):
        policies.require_free(slot.id, Hold.CAPACITY)
    before = {name: getattr(slot, name) for name in FIELDS}
    _assign(slot, fields)
    if slot.state is SlotState.POSTED:
        policies.check_ready(slot, now.date())
        confirming.note_confirmed(slot, now=now)
    terms = {name: (before[name], getattr(slot, name)) for name in TERMS}
    told = {name: pair for name, pair in terms.items() if pair[0] != pair[1]}
    policies.explain(slot, told, reason=reason, now=now)
    _send_changed(actor, slot, before, now=now)
    changed = {
        name: _plain(getattr(slot, name)) for name, old in before.items() if getattr(slot, name) != old
    }
    if changed:
        audit.record(actor, "edited", slot, now=now, **changed)
    search.index_slot(slot)
    return slot


def resize(actor: Actor, slot: Slot, *, capacity: int, minimum: int, now: datetime) -> None:
    """Change the places of a slot that rounds count on; that they agreed is the caller's to check."""
    _assign(slot, {"capacity": capacity, "minimum": minimum})
    policies.check_shape(slot)
    audit.record(actor, "resized", slot, now=now, capacity=capacity, minimum=minimum)
    search.index_slot(slot)


def revise(actor: Actor, slot_id: int, *, now: datetime, **fields: Any) -> Slot:
    """Change a draft that was prepared for its facility; whether the actor may is the caller's to check."""
    query = sa.select(Slot).where(Slot.id == slot_id, Slot.state == SlotState.DRAFT)
    slot = db.session.scalar(query.with_for_update())
    if slot is None:
        raise NotFound("slot")
    _assign(slot, fields)
    audit.record(actor, "revised draft", slot, now=now, fields=sorted(fields))
    return slot


def post(actor: Actor, slot_id: int, *, now: datetime) -> Slot:
    """Make a draft public (once its facility is verified). Posting twice changes nothing.

    Raises DomainError where it says too little, has begun or lacks the contact's statement.
    """
    slot = own(actor, slot_id)
    if slot.state is SlotState.POSTED:
        return slot
    _require_usable(slot)
    policies.check_ready(slot, now.date())
    if _send(actor, slot, posts=True, now=now):
        _show(slot, now=now)
        audit.record(actor, "posted", slot, now=now, attested="does not displace paid staff")
    else:
        audit.record(actor, "sent to be read", slot, now=now, attested="does not displace paid staff")
    return slot


def show_text(slot: Slot, fields: dict[str, str], *, posts: bool, now: datetime) -> None:
    """Show an approved text; with `posts` the slot itself. Raises DomainError where it can't be posted."""
    if slot.state is SlotState.CLOSED:
        raise DomainError("slot_closed")
    for name, value in fields.items():
        setattr(slot, name, value)
    if posts and slot.state is SlotState.DRAFT:
        policies.check_ready(slot, now.date())
        _show(slot, now=now)
    search.index_slot(slot)


def _show(slot: Slot, *, now: datetime) -> None:
    slot.state, slot.posted_at = SlotState.POSTED, now
    confirming.note_confirmed(slot, now=now)
    search.index_slot(slot)


def _require_usable(slot: Slot) -> None:
    if slot.state is SlotState.CLOSED:
        raise DomainError("slot_closed")
    if slot.state is SlotState.EXPIRED:
        raise DomainError("slot_expired")


def _send(actor: Actor, slot: Slot, *, posts: bool, now: datetime) -> bool:
    """Whether the slot's text may show at once; else it waits to be read."""
    text = texts.send(
        actor,
        slot.facility_id,
        slot_id=slot.id,
        fields={name: getattr(slot, name) for name in PUBLIC_TEXTS},
        trusted=slot.facility.trusted_at is not None,
        posts=posts,
        now=now,
    )
    return text.state is TextState.APPROVED


def _send_changed(actor: Actor, slot: Slot, before: dict[str, Any], *, now: datetime) -> None:
    """Of a posted slot the old text shows until the new one is read; of one that waits, the new one waits."""
    waits = texts.waiting(slot.facility_id, slot.id)
    if slot.state is SlotState.DRAFT:
        if waits is not None:
            _resend(actor, slot, now=now)
        return
    if all(getattr(slot, name) == before[name] for name in PUBLIC_TEXTS):
        texts.drop(slot.facility_id, slot.id, now=now)
    elif not _send(actor, slot, posts=False, now=now):
        for name in PUBLIC_TEXTS:
            setattr(slot, name, before[name])


def _resend(actor: Actor, slot: Slot, *, now: datetime) -> None:
    """A draft that waits was changed: the change waits in its place, or nothing where too little is left."""
    try:
        policies.check_ready(slot, now.date())
    except DomainError:
        texts.drop(slot.facility_id, slot.id, now=now)
        return
    if _send(actor, slot, posts=True, now=now):
        _show(slot, now=now)


def close(actor: Actor, slot_id: int, *, reason: str, now: datetime) -> Slot:
    """Take a slot out of every list, for a reason people will read. Closing twice changes nothing."""
    slot = own(actor, slot_id)
    if slot.state is SlotState.CLOSED:
        return slot
    if not reason.strip():
        raise DomainError("missing", field="reason")
    policies.require_free(slot.id, Hold.CLOSING)
    texts.drop(slot.facility_id, slot.id, now=now)
    slot.state, slot.closed_reason = SlotState.CLOSED, reason.strip()[:200]
    audit.record(actor, "closed", slot, now=now, reason=slot.closed_reason)
    search.index_slot(slot)
    return slot


def repeat(actor: Actor, slot_id: int, *, now: datetime) -> Slot:
    """A draft like an earlier slot, its dates moved on by half-years into the future."""
    old = own(actor, slot_id)
    fields = {name: getattr(old, name) for name in FIELDS}
    starts_on, ends_on = next_dates(old, now.date())
    fields.update(attested=False, starts_on=starts_on, ends_on=ends_on)
    slot = create(actor, old.facility_id, now=now, **fields)
    audit.record(actor, "copied", slot, now=now, source=old.id)
    return slot


def next_dates(slot: Slot, today: date) -> tuple[date, date]:
    """The dates of a copy: moved on by half-years until they are to come."""
    shift = TERM
    while slot.starts_on + shift <= today:
        shift += TERM
    return slot.starts_on + shift, slot.ends_on + shift


def own(actor: Actor, slot_id: int) -> Slot:
    """A slot of the actor's facilities with facility and site, held until commit. Raises NotFound."""
    query = (
        sa.select(Slot)
        .where(Slot.id == slot_id, Slot.facility_id.in_(actor.facilities))
        .options(joinedload(Slot.facility, innerjoin=True), joinedload(Slot.site, innerjoin=True))
    )
    found = db.session.scalar(query.with_for_update(of=Slot))
    if found is None:
        raise NotFound("slot")
    return found


def _defaults() -> dict[str, Any]:
    return {name: value for name, value in FIELDS.items() if value is not ...}


def _assign(slot: Slot, fields: dict[str, Any]) -> None:
    unknown = fields.keys() - FIELDS.keys()
    if unknown:
        raise TypeError(f"not fields of a slot: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        cleaned = value.strip() if type(value) is str else value
        setattr(slot, name, sorted(set(cleaned)) if name in _LISTS else cleaned)
    missing = [name for name in FIELDS if getattr(slot, name) is None and FIELDS[name] is not None]
    if missing:
        raise DomainError("missing", field=missing[0])
    with db.session.no_autoflush:
        policies.check_values(slot)
        if not _is_site_of(slot.site_id, slot.facility_id):
            raise DomainError("unknown_site", field="site_id")


def _is_site_of(site_id: int, facility_id: int) -> bool:
    query = sa.select(Site.id).where(Site.id == site_id, Site.facility_id == facility_id)
    return db.session.scalar(query) is not None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
