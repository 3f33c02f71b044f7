"""Send a public text: it shows at once, or waits for someone to read it. Called by who owns the text."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.db import db
from marketplace.texts import policies
from marketplace.texts.models import PublicText, TextPrint, TextState


def send(
    actor: Actor,
    facility_id: int,
    *,
    slot_id: int | None,
    fields: dict[str, str],
    trusted: bool,
    now: datetime,
    posts: bool = False,
) -> PublicText:
    """Keep this version and judge it. It is the caller's to show it where it is approved at once."""
    found = policies.prints(fields)
    rules = policies.held_for(fields, trusted=trusted, copied=_copied(facility_id, found))
    drop(facility_id, slot_id, now=now)
    text = PublicText(
        facility_id=facility_id,
        slot_id=slot_id,
        fields=fields,
        posts=posts,
        held_for=[rule.value for rule in rules],
        state=TextState.WAITING if rules else TextState.APPROVED,
        sent_at=now,
        sent_by_id=actor.user_id,
        decided_at=None if rules else now,
    )
    db.session.add(text)
    db.session.flush()
    if found:
        db.session.execute(
            sa.insert(TextPrint), [{"value": value, "text_id": text.id} for value in dict.fromkeys(found)]
        )
    return text


def drop(facility_id: int, slot_id: int | None, *, now: datetime) -> None:
    """What waits for this facility or slot waits no longer."""
    db.session.execute(
        sa.update(PublicText)
        .where(*_of(facility_id, slot_id), PublicText.state == TextState.WAITING)
        .values(state=TextState.REPLACED, decided_at=now)
    )


def waiting(facility_id: int, slot_id: int | None) -> PublicText | None:
    """The version that waits, if one does."""
    query = sa.select(PublicText).where(*_of(facility_id, slot_id), PublicText.state == TextState.WAITING)
    return db.session.scalar(query)


def waiting_slots(slot_ids: Collection[int]) -> frozenset[int]:
    """Which of these slots have a version that waits."""
    query = sa.select(PublicText.slot_id).where(
        PublicText.slot_id.in_(slot_ids), PublicText.state == TextState.WAITING
    )
    return frozenset(id_ for id_ in db.session.scalars(query) if id_ is not None)


def sent_back(facility_id: int, slot_id: int | None) -> PublicText | None:
    """The newest version, where it was sent back and nothing newer was sent."""
    query = sa.select(PublicText).where(*_of(facility_id, slot_id)).order_by(PublicText.id.desc()).limit(1)
    newest = db.session.scalar(query)
    return newest if newest is not None and newest.state is TextState.SENT_BACK else None


def _of(facility_id: int, slot_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return PublicText.facility_id == facility_id, PublicText.slot_id.is_not_distinct_from(slot_id)


def _copied(facility_id: int, found: list[str]) -> bool:
    """Whether another facility sent much the same text."""
    if not found:
        return False
    query = (
        sa.select(PublicText.id)
        .join(TextPrint, TextPrint.text_id == PublicText.id)
        .where(TextPrint.value.in_(found), PublicText.facility_id != facility_id)
        .group_by(PublicText.id)
        .having(sa.func.count() >= policies.COPIED * len(found))
        .limit(1)
    )
    return db.session.scalar(query) is not None
