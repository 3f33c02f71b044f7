"""How many slots of a search each state has: what the map shows, with the conditions of the list.

Few slots are counted. Of many, those found first show which states have MANY; the other states are looked at
one by one, along the index rows of the state. So work stays bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from marketplace.db import db
from marketplace.facilities.models import Site
from marketplace.geo import Point
from marketplace.slots.filters import Filters, Sort
from marketplace.slots.finding import COUNTED, Ask, sites_in_circle, walking_indexes
from marketplace.slots.models import Slot, SlotTerm
from marketplace.slots.plan import FEW, counted, plan_for, terms_beginning

#: Where slots are many, a state's are counted up to so many.
MANY = 10
#: What keeps out all but one of so many is worth another way to search.
MOST_OUT = 4


@dataclass(frozen=True, slots=True)
class States:
    """Slots by state, those of a state up to one more than ``most``; their ``total`` up to the list's bound.

    ``ignored``: as in Results.
    """

    counts: dict[str, int]
    total: int = 0
    bounded: bool = False
    most: int = COUNTED
    ignored: tuple[str, ...] = ()


def count(filters: Filters, *, origin: Point | None, today: date) -> States:
    """The posted slots that match, by the state of their site. States without any are left out."""
    filters = replace(filters, sort=Sort.SOONEST)
    plan = plan_for(filters)
    if plan.hopeless:
        return States({}, ignored=plan.ignored)
    with walking_indexes():
        ask = Ask(filters, plan, origin, today)
        first, counts = _first(ask)
        if len(first) <= FEW:
            total, most = sum(counts.values()), COUNTED
        else:
            total, most = _total(ask), COUNTED if filters.state else MANY
            counts = {filters.state: total} if filters.state else _with_the_others(ask, counts)
    found = {state: min(number, most + 1) for state, number in counts.items() if number}
    return States(found, min(total, COUNTED), total > COUNTED, most, plan.ignored)


def _first(ask: Ask) -> tuple[list[int], dict[str, int]]:
    """Slots found first, all if they are FEW, and how many of them match, by state.

    By the index of words, unless the search starts from sites, or what else it asks for (days, say) keeps
    most of them out: then by a walk in the list's order, or from site to site.
    """
    if ask.first and (ask.few is not None or not ask.scarce):
        counts = _among(ask, ask.first)
        if ask.few is not None or sum(counts.values()) * MOST_OUT >= len(ask.first):
            return ask.first, counts
    query = ask.query if ask.scarce else ask.query.order_by(Slot.starts_on, Slot.id)
    first = list(db.session.scalars(query.limit(FEW + 1), ask.values))
    return first, _among(ask, first)


def _among(ask: Ask, slots: list[int]) -> dict[str, int]:
    """How many of these match, by state."""
    of_them = Ask(ask.filters, ask.plan, ask.origin, ask.today, first=slots, only_first=True)
    query = of_them.query.join(Site, Site.id == Slot.site_id).with_only_columns(Site.state, sa.func.count())
    return {state: number for state, number in db.session.execute(query.group_by(Site.state), of_them.values)}


def _total(ask: Ask) -> int:
    return db.session.execute(sa.select(counted(ask.query, COUNTED + 1)), ask.values).scalar_one()


def _with_the_others(ask: Ask, counts: dict[str, int]) -> dict[str, int]:
    """`counts` with those of states that have not many among the slots found first, counted up to a bound."""
    others = [state for state in _states(ask) if counts.get(state, 0) <= MANY]
    if not others:
        return counts
    by_term = Ask(ask.filters, ask.plan, ask.origin, ask.today, by_terms=True, first=ask.first)
    lead = SlotTerm.__table__.alias("lead")
    query = by_term.query.join(lead, lead.c.slot_id == Slot.id)
    each = [counted(query.where(lead.c.term == f"state:{state}"), MANY + 1) for state in others]
    numbers = db.session.execute(sa.select(*each), by_term.values).one()
    return counts | dict(zip(others, numbers, strict=True))


def _states(ask: Ask) -> list[str]:
    """The states that have slots, or where the search starts from sites, those of the sites."""
    if ask.scarce:
        return list(
            db.session.scalars(sites_in_circle("near").with_only_columns(Site.state).distinct(), ask.values)
        )
    return [term.partition(":")[2] for term in terms_beginning("state:", limit=100)]
