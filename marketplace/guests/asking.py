"""Ask facilities by mail whether their offers still stand, and tell them what lapsed. For the nightly job."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.guests import letters, people
from marketplace.hosting import offers
from marketplace.links import services as links
from marketplace.links.models import EmailLink, Purpose
from marketplace.links.services import Subject


def send_due(now: datetime) -> int:
    """One mail to each contact of a facility of which something is due; how many were written."""
    facilities = sorted(offers.take_steps(now))
    db.session.flush()
    return sum(_send(id_, user, now) for id_ in facilities for user in people.contacts(id_))


def _send(facility_id: int, user: User, now: datetime) -> bool:
    about = Subject(facility_id=facility_id)
    letter = letters.write(Purpose.STILL, about, sender_id=None)
    known = _known(facility_id, user.email)
    if known is None:
        links.create(None, Purpose.STILL, user.email, subject=about, letter=letter, now=now)
    else:  # whichever of the mails is opened, its link works
        links.send(None, known, letter=letter, now=now, keep=True)
    return True


def _known(facility_id: int, email: str) -> EmailLink | None:
    """The link that asked this contact before."""
    query = sa.select(EmailLink).where(
        EmailLink.purpose == Purpose.STILL,
        EmailLink.facility_id == facility_id,
        sa.func.lower(EmailLink.email) == email.lower(),
        EmailLink.revoked_at.is_(None),
    )
    return db.session.scalars(query.order_by(EmailLink.id.desc())).first()
