"""Keep, change and drop saved searches, and mail what is new in them: each slot to a person once.

A search is private to its person; no audit event is written of what somebody looks for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.alerts import letters, queries
from marketplace.alerts.models import Cadence, SavedSearch, ToldSlot
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.mail import services as mail
from marketplace.slots.finding import Hit

MOST = 20
LONGEST = 1000
#: Mail leaves at this hour (UTC), which is early morning in the United States.
HOUR = 11
STEP = {
    Cadence.DAILY: timedelta(days=1),
    Cadence.WEEKLY: timedelta(weeks=1),
    Cadence.NEVER: timedelta(days=1),
}


@dataclass
class Letter:
    """What one person is told in one mail."""

    slots: dict[int, Hit] = field(default_factory=dict)
    searches: list[SavedSearch] = field(default_factory=list)
    more: bool = False


def save(actor: Actor, address: str, *, name: str, now: datetime) -> SavedSearch:
    """Keep a search; what is found today is no news. Keeping it twice changes nothing.

    Raises DomainError("too_many") beyond MOST searches, DomainError("empty") for no search at all.
    """
    known = queries.saved_as(actor, address)
    if known is not None:
        return known
    if not address:
        raise DomainError("empty")
    if len(address) > LONGEST:
        raise DomainError("too_long", most=LONGEST)
    if len(queries.mine(actor)) >= MOST:
        raise DomainError("too_many", most=MOST)
    found = SavedSearch(
        user_id=actor.user_id,
        name=name[:200],
        address=address,
        cadence=Cadence.DAILY,
        created_at=now,
        since=now,
        due_at=next_morning(now, Cadence.DAILY),
    )
    db.session.add(found)
    db.session.flush()
    return found


def set_cadence(actor: Actor, search_id: int, chosen: str, *, now: datetime) -> SavedSearch:
    """Choose how often a search is mailed about. What was posted while it was silent is no news."""
    found = queries.own(actor, search_id, lock=True)
    if chosen not in set(Cadence):
        raise DomainError("unknown_code", field="cadence")
    cadence = Cadence(chosen)
    if found.cadence is Cadence.NEVER and cadence is not Cadence.NEVER:
        found.since = now
    found.cadence, found.due_at = cadence, next_morning(now, cadence)
    return found


def remove(actor: Actor, search_id: int) -> None:
    """Drop a search."""
    db.session.delete(queries.own(actor, search_id, lock=True))


def stop_all(user_id: int) -> None:
    """No more mail about any of a person's searches; the searches stay."""
    db.session.execute(
        sa.update(SavedSearch).where(SavedSearch.user_id == user_id).values(cadence=Cadence.NEVER)
    )


def send_due(now: datetime, *, most: int = 200) -> int:
    """Mail what is new in the searches that are due: one mail a person. Returns how many. A chore."""
    letters_of: dict[int, Letter] = defaultdict(Letter)
    for search in _claim(now, most):
        _look(search, letters_of[search.user_id], now)
    return sum(_send(user_id, letter, now) for user_id, letter in letters_of.items())


def next_morning(now: datetime, cadence: Cadence) -> datetime:
    """When to look for news next."""
    morning = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return morning + STEP[cadence] if now >= morning or cadence is Cadence.WEEKLY else morning


def _claim(now: datetime, most: int) -> list[SavedSearch]:
    """The searches that are due, each taken by one job only. All of a person's go together."""
    due = sa.and_(SavedSearch.cadence != Cadence.NEVER, SavedSearch.due_at <= now)
    people = sa.select(SavedSearch.user_id).where(due).distinct().order_by(SavedSearch.user_id).limit(most)
    ids = db.session.scalars(people).all()
    query = sa.select(SavedSearch).where(due, SavedSearch.user_id.in_(ids)).order_by(SavedSearch.id)
    return list(db.session.scalars(query.with_for_update()))


def _look(search: SavedSearch, letter: Letter, now: datetime) -> None:
    hits, total = queries.news(search, today=now.date())
    known = queries.told(search.user_id, [hit.id for hit in hits])
    fresh = {hit.id: hit for hit in hits if hit.id not in known and hit.id not in letter.slots}
    if fresh:
        letter.slots |= fresh
        letter.searches.append(search)
        letter.more = letter.more or total > len(hits)
    search.since, search.due_at = now, next_morning(now, search.cadence)


def _send(user_id: int, letter: Letter, now: datetime) -> bool:
    if not letter.slots:
        return False
    person = db.session.get_one(User, user_id)
    db.session.add_all(ToldSlot(user_id=user_id, slot_id=each, told_at=now) for each in letter.slots)
    subject, body = letters.compose(person, list(letter.slots.values()), letter.searches, more=letter.more)
    key = f"alert:{user_id}:{now.isoformat()}"
    mail.enqueue(key, recipient=person.email, subject=subject, body=body, now=now, news=True)
    return True
