"""Read a person's own saved searches, and what is new in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import parse_qs

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from marketplace.access import Actor
from marketplace.alerts.models import SavedSearch, ToldSlot
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.slots import finding
from marketplace.slots.filters import Sort
from marketplace.slots.finding import Hit
from marketplace.slots.search_form import SearchForm


def mine(actor: Actor) -> Sequence[SavedSearch]:
    """The person's searches, newest first."""
    query = sa.select(SavedSearch).where(SavedSearch.user_id == actor.user_id)
    return db.session.scalars(query.order_by(SavedSearch.id.desc())).all()


def own(actor: Actor, search_id: int, *, lock: bool = False) -> SavedSearch:
    """One of the person's own searches. Raises NotFound."""
    query = sa.select(SavedSearch).where(SavedSearch.id == search_id, SavedSearch.user_id == actor.user_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("saved_search")
    return found


def saved_as(actor: Actor, address: str) -> SavedSearch | None:
    """The person's search of that address, if there is one."""
    query = sa.select(SavedSearch).where(SavedSearch.user_id == actor.user_id, SavedSearch.address == address)
    return db.session.scalar(query)


def typed_of(address: str) -> MultiDict[str, str]:
    """What a query string holds; nothing where it makes no sense."""
    try:
        typed = parse_qs(address, max_num_fields=100)
    except ValueError:
        return MultiDict()
    return MultiDict([(name, value) for name, values in typed.items() for value in values])


def form_of(address: str) -> SearchForm:
    """The validated search form of a stored address."""
    form = SearchForm(typed_of(address))
    form.validate()
    return form


def news(search: SavedSearch, *, today: date) -> tuple[list[Hit], int]:
    """(the newest slots since the search was last looked at, how many there are, up to a bound)."""
    form = form_of(search.address)
    filters = form.filters(sort=Sort.NEWEST, visible_since=search.since)
    found = finding.search(filters, origin=form.origin, today=today)
    return found.items, found.total


def told(user_id: int, slot_ids: list[int]) -> frozenset[int]:
    """Which of `slot_ids` the person was mailed about."""
    query = sa.select(ToldSlot.slot_id).where(ToldSlot.user_id == user_id, ToldSlot.slot_id.in_(slot_ids))
    return frozenset(db.session.scalars(query))
