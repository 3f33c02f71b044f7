"""Slots that several rounds have: which round may take one, and facilities are asked to share places out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.capacities import sharing
from marketplace.db import db
from marketplace.facilities import queries as facilities
from marketplace.mail import services as mail
from marketplace.rounds.contention import Claim, Contention
from marketplace.rounds.models import Round, RoundProgramme, RoundSlot
from marketplace.rounds.phases import Phase
from marketplace.schools.models import Programme
from marketplace.slots.models import Slot

#: Before a round counts on a slot's places its facility can still share them out.
_BEFORE = (Phase.DRAFT, Phase.RECRUITING)


def claims(round_: Round, slot_ids: Collection[int]) -> dict[int, Claim]:
    """What other announced rounds mean for these slots; the most hindering of several."""
    mine = _schools(Round.id == round_.id).get(round_.id, set()) | {round_.school_id}
    others: dict[int, list[Round]] = defaultdict(list)
    query = (
        sa.select(RoundSlot.slot_id, Round)
        .join(Round, Round.id == RoundSlot.round_id)
        .where(
            RoundSlot.slot_id.in_(slot_ids),
            RoundSlot.withdrawn_at.is_(None),
            Round.id != round_.id,
            Round.phase.in_(sharing.ANNOUNCED),
        )
    )
    for slot_id, other in db.session.execute(query):
        others[slot_id].append(other)
    theirs = _schools(Round.id.in_({other.id for found in others.values() for other in found}))
    given = sharing.given(slot_ids)
    return {
        slot_id: max(
            (_claim(other, theirs.get(other.id, set()), mine, given.get(slot_id, {})) for other in found),
            key=(Claim.SHARED, Claim.TAKEN, Claim.OWN).index,
        )
        for slot_id, found in others.items()
    }


def _claim(other: Round, theirs: set[int], mine: set[int], given: Mapping[int, int]) -> Claim:
    if theirs & mine:
        return Claim.OWN
    bounded = theirs <= given.keys()
    return Claim.SHARED if bounded or other.phase in _BEFORE else Claim.TAKEN


def _schools(which: sa.ColumnElement[bool]) -> dict[int, set[int]]:
    """Round id to the schools of its programmes."""
    found: dict[int, set[int]] = defaultdict(set)
    query = (
        sa.select(RoundProgramme.round_id, Programme.school_id)
        .join(Programme, Programme.id == RoundProgramme.programme_id)
        .join(Round, Round.id == RoundProgramme.round_id)
        .where(which)
    )
    for round_id, school_id in db.session.execute(query):
        found[round_id].add(school_id)
    return found


def tell(round_: Round, slot_ids: Collection[int], now: datetime) -> None:
    """Ask the contacts of announced rounds' slots to share places out, while they can."""
    if round_.phase is not Phase.RECRUITING:
        return
    short = sa.select(Slot).where(Slot.id.in_(_short(Slot.id.in_(slot_ids))))
    for slot in db.session.scalars(short.options(joinedload(Slot.facility)).order_by(Slot.id)):
        for user_id, address in facilities.mailboxes(slot.facility_id):
            mail.enqueue(
                f"contended:{slot.id}:{round_.id}:{now.isoformat()}:{user_id}",
                recipient=address,
                subject=f"{slot.title}: more than one school wants these places",
                body=(
                    f"“{slot.title}” at {slot.facility.name} is now in “{round_.name}” of "
                    f"{round_.school.name}, and in another school's round.\n\n"
                    "Sign in, open the slot and say how many students of each school you take. You can\n"
                    "until applications open. If you don't, each round gets an equal part of the places.\n"
                ),
                now=now,
            )


def unshared(actor: Actor) -> list[Slot]:
    """The actor's slots whose places can be shared out among schools and are not."""
    short = _short(Slot.facility_id.in_(actor.facilities))
    return list(db.session.scalars(sa.select(Slot).where(Slot.id.in_(short)).order_by(Slot.id)))


def _short(which: sa.ColumnElement[bool]) -> list[int]:
    """Slots that rounds of several schools have and none counts on yet, where a school has no share."""
    announced = sa.select(Slot.id).join(RoundSlot, RoundSlot.slot_id == Slot.id).join(Round)
    announced = announced.where(which, RoundSlot.withdrawn_at.is_(None), Round.phase.in_(sharing.ANNOUNCED))
    several = announced.group_by(Slot.id).having(
        sa.func.count() > 1, sa.func.count().filter(Round.phase.not_in(_BEFORE)) == 0
    )
    ids = db.session.scalars(several).all()
    if not ids:
        return []
    given, wanted = sharing.given(ids), sharing.wanted(ids)
    schools = {i: set().union(*wanted.get(i, [])) for i in ids}
    return [i for i in ids if len(schools[i]) > 1 and not schools[i] <= given.get(i, {}).keys()]


CONTENTION = Contention(claims, tell)
