"""Close a round, and end the consents that have served their purpose. Stands above applications and runs.

A consent outlives its round only where its student was placed: then until the placement's last day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.applications.models import Application, Consent, ConsentEnd
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict
from marketplace.rounds.models import Round
from marketplace.rounds.phases import OVER, Phase
from marketplace.rounds.services import move
from marketplace.runs.models import Clearing, Placement

#: A round that its coordinator leaves open closes by itself this long after its release.
CLOSES_AFTER = timedelta(days=90)
#: And is archived this long after.
ARCHIVES_AFTER = timedelta(days=455)


def close(actor: Actor | None, round_: Round, *, now: datetime) -> int:
    """Close a released round; return how many consents ended with it. The round's row is held.

    Raises WrongPhase, Conflict("clearing_open") while students choose among open places.
    """
    if choosing(round_.id):
        raise Conflict("clearing_open")
    move(actor, round_, Phase.CLOSED, now=now)
    return end_consents(now=now)


def choosing(round_id: int) -> bool:
    """Whether a clearing of the round is not settled: to close the round would leave it open for ever."""
    query = sa.select(Clearing.id).where(Clearing.round_id == round_id, Clearing.settled_at.is_(None))
    return db.session.scalar(query) is not None


def close_if_due(round_: Round, *, now: datetime) -> bool:
    """Close a round that was released long ago; one whose students are choosing waits until they have."""
    due = round_.released_at is not None and now >= round_.released_at + CLOSES_AFTER
    if round_.phase not in (Phase.RELEASED, Phase.CLEARING) or not due or choosing(round_.id):
        return False
    close(None, round_, now=now)
    return True


def archive_if_due(round_: Round, *, now: datetime) -> bool:
    """Archive a round that has been over for about a year."""
    due = now >= round_.release_planned_at + ARCHIVES_AFTER
    if round_.phase not in (Phase.CLOSED, Phase.CANCELLED) or not due:
        return False
    move(None, round_, Phase.ARCHIVED, now=now)
    return True


def end_consents(*, now: datetime) -> int:
    """End every consent whose last day is over, or whose round is, unless its student was placed there."""
    return _end(Consent.ends_at <= now, ConsentEnd.EXPIRED, now) + _end(
        Consent.application_id.in_(_served()), ConsentEnd.ROUND_OVER, now
    )


def _served() -> sa.Select[int]:
    placed = sa.exists().where(
        Placement.round_id == Application.round_id,
        Placement.student_id == Application.student_id,
        Placement.slot_id == Application.slot_id,
        Placement.ended_at.is_(None),
    )
    return (
        sa.select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(Round.phase.in_(OVER), ~placed)
    )


def _end(due: sa.ColumnElement[bool], reason: ConsentEnd, now: datetime) -> int:
    ended = db.session.execute(
        sa.update(Consent)
        .where(Consent.ended_at.is_(None), due)
        .values(ended_at=now, end_reason=reason)
        .returning(Consent.id, Consent.application_id)
        .execution_options(synchronize_session=False)
    ).all()
    for _id, application_id in ended:
        target = db.session.get_one(Application, application_id)
        audit.record(None, "consent ended", target, now=now, reason=reason.value)
    return len(ended)
