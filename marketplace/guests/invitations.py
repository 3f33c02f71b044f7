"""Which links go out about a round: to contacts without an account, and to whoever must confirm a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Membership, Role, User
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.guests import letters, people
from marketplace.links import services
from marketplace.links.models import EmailLink, Purpose
from marketplace.links.services import Subject
from marketplace.rankings import services as rankings
from marketplace.rounds import policies
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot, SlotState

#: How long after a release a host who has no account is still told of it.
FRESH = timedelta(days=60)


def enter_list(
    actor: Actor,
    round_: Round,
    slot: Slot,
    tiers: rankings.Tiers,
    *,
    then_any: bool,
    base_version: int,
    now: datetime,
) -> int:
    """Enter a facility's list and ask each of its contacts to confirm it; return how many were asked."""
    saved = rankings.save_on_behalf(
        actor, round_.id, slot.id, tiers, then_any=then_any, base_version=base_version, now=now
    )
    contacts = people.contacts(slot.facility_id)
    if not contacts:
        raise DomainError("no_contact")
    about = Subject(slot.facility_id, slot.id, round_.id, saved.version)
    for user in contacts:
        letter = letters.write(Purpose.CONFIRM, about, sender_id=actor.user_id)
        services.create(actor, Purpose.CONFIRM, user.email, subject=about, letter=letter, now=now)
    return len(contacts)


def send_due(now: datetime) -> int:
    """Mail the links that contacts without an account need now, each once. For the nightly job."""
    known, newest, sent = _known(), _newest_placements(), 0
    for round_, slot, user in _waiting():
        purpose = _due(round_, now)
        made = known.get((purpose, round_.id, slot.id, user.email.lower())) if purpose else None
        later = purpose is Purpose.RESULT and newest.get((round_.id, slot.id))
        if purpose is None or (made is not None and not (later and later > made)):
            continue
        about = Subject(slot.facility_id, slot.id, round_.id)
        letter = letters.write(purpose, about, sender_id=None)
        services.create(None, purpose, user.email, subject=about, letter=letter, now=now)
        sent += 1
    return sent


def _due(round_: Round, now: datetime) -> Purpose | None:
    """What a host can do about a round now."""
    if policies.accepts_lists(round_, now):
        return Purpose.RANK
    fresh = round_.released_at is not None and now - round_.released_at < FRESH
    return Purpose.RESULT if round_.phase in PUBLISHED and fresh else None


def _known() -> dict[tuple[Purpose, int | None, int | None, str], datetime]:
    """The links about rounds that were made already, with when the newest of each was."""
    about = (EmailLink.purpose, EmailLink.round_id, EmailLink.slot_id, EmailLink.email)
    query = sa.select(*about, EmailLink.created_at).where(EmailLink.round_id.is_not(None))
    rows = db.session.execute(query.order_by(EmailLink.created_at, EmailLink.id))
    return {(purpose, round_, slot, email.lower()): at for purpose, round_, slot, email, at in rows}


def _newest_placements() -> dict[tuple[int, int], datetime]:
    """(round, slot) to when the newest placement was made that its host has not confirmed."""
    query = sa.select(Placement.round_id, Placement.slot_id, Placement.made_at).where(
        Placement.ended_at.is_(None), Placement.host_confirmed_at.is_(None)
    )
    rows = db.session.execute(query.order_by(Placement.made_at, Placement.id))
    return {(round_id, slot_id): at for round_id, slot_id, at in rows}


def _waiting() -> Iterable[tuple[Round, Slot, User]]:
    """Slots in rounds that are open or released, with the contacts of theirs who can't sign in."""
    query = (
        sa.select(Round, Slot, User)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .join(Membership, Membership.facility_id == Slot.facility_id)
        .join(User, User.id == Membership.user_id)
        .where(
            RoundSlot.withdrawn_at.is_(None),
            Slot.state == SlotState.POSTED,
            Round.phase.in_((*policies.OPEN, *PUBLISHED)),
            Membership.role == Role.FACILITY_CONTACT,
            User.password.is_(None),
            User.active,
        )
        .order_by(Round.id, Slot.id, User.id)
    )
    return [(round_, slot, user) for round_, slot, user in db.session.execute(query)]
