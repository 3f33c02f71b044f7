"""Whether an offer still stands: its facility says so once in a while, or it lapses.

An offer is a posted slot, or a facility's being listed as a host. Pure, but for the columns that both have.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import UTCDateTime

#: How long before its end a facility is asked, and asked once more.
FIRST, LAST = timedelta(days=14), timedelta(days=3)


class Step(StrEnum):
    """What is due: to ask whether the offer stands, or to hide it since nobody said so."""

    ASK = "ask"
    LAPSE = "lapse"


class Lapsing:
    """The columns of an offer. ``asks``: how often its facility was asked since it last confirmed.

    Without ``confirmed_at`` it never lapses: nobody's offer, or one that is not public yet.
    """

    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asks: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def confirm(offer: Lapsing, now: datetime) -> None:
    """It stands, as of now."""
    offer.confirmed_at, offer.asks, offer.asked_at = now, 0, None


def note_asked(offer: Lapsing, now: datetime) -> None:
    """Its facility was asked once more."""
    offer.asks, offer.asked_at = offer.asks + 1, now


def ends_at(offer: Lapsing, days: int) -> datetime | None:
    """When it lapses unless confirmed. Asked late, it stays as long as if it had been asked in time."""
    if offer.confirmed_at is None:
        return None
    end = offer.confirmed_at + timedelta(days=days)
    if offer.asked_at is None:
        return end
    return max(end, offer.asked_at + (FIRST if offer.asks == 1 else LAST))


def due(offer: Lapsing, now: datetime, days: int) -> Step | None:
    """What the nightly job owes it."""
    end = ends_at(offer, days)
    if end is None:
        return None
    if offer.asks >= 2:
        return Step.LAPSE if now >= end else None
    return Step.ASK if now >= end - (LAST if offer.asks else FIRST) else None
