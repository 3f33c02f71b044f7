"""What a student signs, and how a consent ends. Each signature is a row of its own that never changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from marketplace.applications.models import Application, Consent, ConsentEnd
from marketplace.db import db
from marketplace.filters import day as in_words
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot

#: Raised whenever a sentence below changes; old signatures keep the text they were under.
TEXT_VERSION = 3
#: The records named, in the order of the text. ``email`` is shown after a placement only.
RECORDS = (
    "name",
    "programme",
    "level",
    "credentials",
    "skills",
    "availability",
    "travel limit",
    "experience",
    "statement",
    "background",
    "email",
)
PURPOSE = "to decide about my application for “{slot}” in the round “{round}”"
TEXT = (
    "I agree that {facility} may see my profile (name, programme, level, credentials, skills, availability, "
    "travel limit, experience, statement and what I share of how I came here) {purpose}, and my e-mail "
    "address if I am placed there. The consent ends when the round closes or, if I am placed there, when the "
    "placement ends; in any case on {last_day}. I can take it back at any time; then {facility} loses the "
    "view at once."
)
#: Least time a consent lasts after the release: what must be settled then is settled.
AFTER_RELEASE = timedelta(days=30)


def names(application_id: int, record: str) -> bool:
    """Whether the standing consent of an application names a record."""
    query = sa.select(Consent.records).where(
        Consent.application_id == application_id, Consent.ended_at.is_(None)
    )
    return record in (db.session.scalar(query) or [])


def ends_at(slot: Slot, round_: Round) -> datetime:
    """The instant after the consent's last day: the placement's end, local to the round."""
    settled = (round_.release_planned_at + AFTER_RELEASE).astimezone(round_.zone).date()
    last_day = max(slot.ends_on, settled)
    return datetime.combine(last_day + timedelta(days=1), time(), round_.zone).astimezone(UTC)


def last_day(ends: datetime, round_: Round) -> str:
    """The last day of a consent, in words."""
    return in_words((ends.astimezone(round_.zone) - timedelta(seconds=1)).date())


def text_for(slot: Slot, round_: Round) -> str:
    """The sentences that are signed: records, purpose, recipient and end (34 CFR 99.30)."""
    return TEXT.format(
        facility=slot.facility.name,
        purpose=_purpose(slot, round_),
        last_day=last_day(ends_at(slot, round_), round_),
    )


def sign(application: Application, slot: Slot, round_: Round, *, signature: str, now: datetime) -> Consent:
    """Write a signature under a flushed application. The one before it, if it still stands, is revoked."""
    revoke(application.id, now=now)
    consent = Consent(
        application_id=application.id,
        facility_id=slot.facility_id,
        recipient=slot.facility.name,
        records=list(RECORDS),
        purpose=_purpose(slot, round_),
        text=text_for(slot, round_),
        text_version=TEXT_VERSION,
        signature=signature,
        signed_at=now,
        ends_at=ends_at(slot, round_),
    )
    db.session.add(consent)
    db.session.flush()
    return consent


def revoke(application_id: int, *, now: datetime) -> bool:
    """End an application's standing consent as its student wishes; False where none stands."""
    found = db.session.scalar(
        sa.select(Consent).where(Consent.application_id == application_id, Consent.ended_at.is_(None))
    )
    if found is None:
        return False
    found.ended_at, found.end_reason = now, ConsentEnd.REVOKED
    db.session.flush()
    return True


def standing() -> sa.ColumnElement[bool]:
    """An application under which a consent stands: what a facility may see goes through this."""
    return (
        sa.select(Consent.id)
        .where(Consent.application_id == Application.id, Consent.ended_at.is_(None))
        .correlate(Application)
        .exists()
    )


def _purpose(slot: Slot, round_: Round) -> str:
    return PURPOSE.format(slot=slot.title, round=round_.name)
