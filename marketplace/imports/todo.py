"""What contacts should do about slots that a school wrote down for them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.db import db
from marketplace.imports.models import PreparedSlot
from marketplace.schools.models import School
from marketplace.slots.models import Slot, SlotState
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item a school."""
    if not actor.facilities:
        return []
    query = (
        sa.select(School.name, sa.func.count())
        .join(PreparedSlot, PreparedSlot.school_id == School.id)
        .join(Slot, Slot.id == PreparedSlot.slot_id)
        .where(Slot.facility_id.in_(actor.facilities), Slot.state == SlotState.DRAFT)
        .group_by(School.id, School.name)
        .order_by(School.name, School.id)
    )
    return [_item(school, count) for school, count in db.session.execute(query)]


def _item(school: str, count: int) -> TodoItem:
    return TodoItem(
        ngettext(
            "%(school)s wrote %(num)d slot down for you",
            "%(school)s wrote %(num)d slots down for you",
            count,
            school=school,
        ),
        text=_("Nobody else sees a draft. Check it, then post or close it."),
        url=url_for("facilities.mine"),
        action=_("Check"),
    )
