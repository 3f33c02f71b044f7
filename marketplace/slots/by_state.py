"""How many slots of a search each state has: what the map shows, with the conditions of the list.

Each state is counted up to the list's bound, along the index rows of that state, so that work stays bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from marketplace.db import db
from marketplace.facilities.models import Site
from marketplace.geo import Point
from marketplace.slots.filters import Filters, Sort
from marketplace.slots.finding import COUNTED, Ask, walk_indexes
from marketplace.slots.models import Slot, SlotTerm
from marketplace.slots.plan import counted, plan_for, terms_beginning


@dataclass(frozen=True, slots=True)
class States:
    """Slots by state; a count beyond the bound says that there are more. ``ignored``: as in Results."""

    counts: dict[str, int]
    ignored: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many in all, up to the bound of the list."""
        return min(sum(self.counts.values()), COUNTED)

    @property
    def bounded(self) -> bool:
        """Whether there are more."""
        return sum(self.counts.values()) > COUNTED


def count(filters: Filters, *, origin: Point | None, today: date) -> States:
    """The posted slots that match, by the state of their site. States without any are left out."""
    filters = replace(filters, sort=Sort.SOONEST)
    plan = plan_for(filters)
    if plan.hopeless:
        return States({}, plan.ignored)
    ask = Ask(filters, plan, origin, today, by_terms=True)
    found = _each_state(ask, filters) if ask.few is None else _all_at_once(ask)
    return States({state: number for state, number in found.items() if number}, plan.ignored)


def _all_at_once(ask: Ask) -> dict[str, int]:
    """Of few slots."""
    matching = ask.query.subquery()
    query = (
        sa.select(Site.state, sa.func.count())
        .select_from(matching)
        .join(Slot, Slot.id == matching.c.id)
        .join(Site, Site.id == Slot.site_id)
        .group_by(Site.state)
        .order_by(Site.state)
    )
    rows = db.session.execute(query, ask.values)
    return {state: min(number, COUNTED + 1) for state, number in rows}


def _each_state(ask: Ask, filters: Filters) -> dict[str, int]:
    """Of many slots: a bounded count for each state that the index knows."""
    terms = [f"state:{filters.state}"] if filters.state else terms_beginning("state:", limit=100)
    if not terms:
        return {}
    walk_indexes()
    lead = SlotTerm.__table__.alias("lead")
    query = ask.query.join(lead, lead.c.slot_id == Slot.id)
    counts = [counted(query.where(lead.c.term == term), COUNTED + 1) for term in terms]
    numbers = db.session.execute(sa.select(*counts), ask.values).one()
    return {term.partition(":")[2]: number for term, number in zip(terms, numbers, strict=True)}
