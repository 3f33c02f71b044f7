"""Whether a round may take a slot that other rounds have: its places are shared out, not taken first-come.

How places are shared out lies above rounds, so it is registered here (features.py) and services ask.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from flask import Flask, current_app

from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot

_KEY = "practicum-contention"


class Claim(StrEnum):
    """What another round means for a slot: of the same school, it can't be shared out between the two;
    counting on all the places, nothing is left; otherwise the places are shared out."""

    OWN = "own"
    TAKEN = "taken"
    SHARED = "shared"


@dataclass(frozen=True)
class Contention:
    """``claims``: slot id to what another round means for it. ``tell`` asks facilities to share these out."""

    claims: Callable[[Round, Collection[int]], Mapping[int, Claim]]
    tell: Callable[[Round, Collection[int], datetime], None]


def register(app: Flask, contention: Contention) -> None:
    """Have `contention` judge and tell."""
    app.extensions[_KEY] = contention


def claims(round_: Round, slot_ids: Collection[int]) -> Mapping[int, Claim]:
    """Those of the slots that other rounds have."""
    asked: Contention = current_app.extensions[_KEY]
    return asked.claims(round_, slot_ids) if slot_ids else {}


def settle(round_: Round, slot_ids: Collection[int], *, now: datetime) -> None:
    """Refuse slots without places for this round; have the places of the others shared out.

    Raises DomainError("contended") with the ids of those that other rounds of the school have (``own``), and
    of those that others count on (``taken``).
    """
    # Two rounds that take a slot at once wait for each other here: the second sees the first.
    held = sa.select(Slot.id).where(Slot.id.in_(slot_ids)).order_by(Slot.id)
    db.session.execute(held.with_for_update(key_share=True))
    found = claims(round_, slot_ids)
    own = sorted(i for i, claim in found.items() if claim is Claim.OWN)
    taken = sorted(i for i, claim in found.items() if claim is Claim.TAKEN)
    if own or taken:
        raise DomainError("contended", own=own, taken=taken)
    if found:
        current_app.extensions[_KEY].tell(round_, found.keys(), now)
