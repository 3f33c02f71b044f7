"""Read the texts that wait, and what each would change."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.paging import Page
from marketplace.slots.models import Slot
from marketplace.texts.models import PublicText, TextState

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text that waits, whose it is, and who sent it."""

    text: PublicText
    facility: Facility
    slot: Slot | None
    sender: str

    @property
    def title(self) -> str:
        """What it is about."""
        return self.text.fields.get("title") or (self.slot.title if self.slot else self.facility.name)

    def changes(self) -> list[tuple[str, str, str]]:
        """(field, shown now, new) of each field that would change; of a slot not yet posted nothing shows."""
        of: Slot | Facility = self.slot if self.slot is not None else self.facility
        shown = {name: "" if self.text.posts else str(getattr(of, name)) for name in self.text.fields}
        return [(name, shown[name], new) for name, new in self.text.fields.items() if new != shown[name]]


def waiting(actor: Actor, *, page: int) -> Page[Waiting]:
    """One page of the texts that wait, oldest first; not those of the actor's own facilities."""
    query = _query(actor).order_by(PublicText.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    found = [
        Waiting(text, facility, slot, sender) for text, facility, slot, sender in db.session.execute(query)
    ]
    return Page(found, page, PAGE_SIZE, count(actor))


def count(actor: Actor) -> int:
    """How many texts wait for the actor."""
    query = sa.select(sa.func.count(PublicText.id)).where(
        PublicText.state == TextState.WAITING, PublicText.facility_id.not_in(actor.facilities)
    )
    return db.session.execute(query).scalar_one()


def one(actor: Actor, text_id: int) -> Waiting:
    """A text that waits. Raises NotFound."""
    row = db.session.execute(_query(actor).where(PublicText.id == text_id)).one_or_none()
    if row is None:
        raise NotFound("text")
    text, facility, slot, sender = row
    return Waiting(text, facility, slot, sender)


def of_contact(actor: Actor) -> list[tuple[PublicText, str]]:
    """The newest version of each text of the actor's facilities that was sent back, with its name."""
    newest = (
        sa.select(sa.func.max(PublicText.id))
        .where(PublicText.facility_id.in_(actor.facilities))
        .group_by(PublicText.facility_id, PublicText.slot_id)
    )
    query = (
        sa.select(PublicText, sa.func.coalesce(Slot.title, Facility.name))
        .join(Facility, Facility.id == PublicText.facility_id)
        .outerjoin(Slot, Slot.id == PublicText.slot_id)
        .where(PublicText.id.in_(newest), PublicText.state == TextState.SENT_BACK)
        .order_by(PublicText.id)
        .limit(20)
    )
    return [(text, name) for text, name in db.session.execute(query)]


def _query(actor: Actor) -> sa.Select[PublicText, Facility, Slot, str]:
    return (
        sa.select(PublicText, Facility, Slot, sa.func.coalesce(User.name, ""))
        .join(Facility, Facility.id == PublicText.facility_id)
        .outerjoin(Slot, Slot.id == PublicText.slot_id)
        .outerjoin(User, User.id == PublicText.sent_by_id)
        .options(joinedload(Slot.site))
        .where(PublicText.state == TextState.WAITING, PublicText.facility_id.not_in(actor.facilities))
    )
