"""Mail about placements, to those concerned and nobody else. It names no student: pages do."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from marketplace.accounts.models import User
from marketplace.facilities import queries as facilities
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot


def to_student(placement: Placement, news: str, *, subject: str, body: str, now: datetime) -> None:
    """Tell the student of a placement, once per news; needs the student's user loaded."""
    to_person(placement.student.user, f"placement:{placement.id}:{news}", subject=subject, body=body, now=now)


def to_person(user: User, news: str, *, subject: str, body: str, now: datetime) -> None:
    """Tell one person, once per news."""
    if user.active:
        _write(news, user.id, user.email, subject, body, now)


def to_hosts(slot: Slot, news: str, *, subject: str, body: str, now: datetime) -> None:
    """Tell the contacts of a slot's facility, once per news; ``news`` names what it is about."""
    for user_id, address in facilities.mailboxes(slot.facility_id):
        _write(news, user_id, address, subject, body, now)


def to_coordinators(round_: Round, news: str, *, subject: str, body: str, now: datetime) -> None:
    """Tell the coordinators of the round's school, once per news."""
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        _write(news, user_id, address, subject, body, now)


def _write(news: str, user_id: int, address: str, subject: str, body: str, now: datetime) -> None:
    signed = f"{body}\nSign in: {current_app.config['PUBLIC_URL']}\n"
    mail.enqueue_once(f"{news}:{user_id}", recipient=address, subject=subject, body=signed, now=now)
