"""Remind people with one click: the same audience and text that the confirmation showed, once a day.

A reminder says what the person themself has not done. It holds nothing of anyone else's list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.coordination import audience
from marketplace.coordination.audience import Recipient
from marketplace.coordination.models import Reminder, ReminderKind
from marketplace.db import db
from marketplace.filters import instant
from marketplace.mail import services as mail
from marketplace.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Letter:
    """A reminder as it is sent."""

    subject: str
    body: str


def letter(round_: Round, kind: ReminderKind, person: Recipient, *, sender: Actor, link: str) -> Letter:
    """What `person` would read."""
    what, subject = _said(round_, kind, person)
    closing = f"Open the page: {link}\n\n" if not person.stuck else ""
    return Letter(
        subject=f"{round_.name}: {subject}",
        body=(
            f"Hello {person.name},\n\n{what}\n\n{closing}"
            f"Questions? Write to {sender.name}, {round_.school.name}, at {sender.email}.\n"
        ),
    )


def _said(round_: Round, kind: ReminderKind, person: Recipient) -> tuple[str, str]:
    """(what the person has not done, the subject)."""
    name = f"“{round_.name}”"
    applying = _both(round_.applying_closes_at, round_)
    ranking = _both(round_.ranking_closes_at, round_)
    if kind is ReminderKind.NO_APPLICATION:
        said = f"You have not applied to any slot in {name} yet. You can rank only slots you applied to."
        return f"{said} Applications close {applying}.", "you have not applied yet"
    if kind is ReminderKind.DRAFT_ONLY:
        counts = (
            "If you never certify, your last saved draft counts."
            if round_.use_last_draft
            else "In this round a draft does not count: without certifying you are not in the match."
        )
        said = f"Your list in {name} is saved as a draft and not certified. {counts}"
        return f"{said} Lists close {ranking}.", "your list is not certified"
    if kind is ReminderKind.NO_ANSWER:
        slots = "\n".join(f"- {title}" for title in person.slots)
        said = f"Students applied in {name} and wait for your answer on:\n\n{slots}\n\n"
        said += "Put the applicants into tiers and certify, or leave it as you said when you posted."
        return f"{said} Lists close {ranking}.", "applicants wait for your answer"
    if person.stuck:
        said = f"You applied to no slot in {name}, and applications are closed, so you can't make a list."
        return f"{said} Talk to your coordinator about where else you could be placed.", "you have no list"
    said = f"You have no list in {name} yet. Without a list you are not in the match."
    return f"{said} Lists close {ranking}.", "you have no list yet"


def _both(at: datetime, round_: Round) -> str:
    """An instant in the round's zone and in UTC."""
    return f"{instant(at, round_.zone)} ({instant(at)})"


def send(actor: Actor, round_: Round, kind: ReminderKind, *, link: str, now: datetime) -> int:
    """Write one mail to everyone concerned who was not reminded today; returns how many.

    The round's row is held, so that two coordinators at once remind nobody twice. Raises WrongPhase.
    """
    audience.require_open(round_, kind, now)
    people = audience.of(round_, kind, now).due
    day = audience.today(round_, now)
    for person in people:
        written = letter(round_, kind, person, sender=actor, link=link)
        db.session.add(
            Reminder(
                round_id=round_.id,
                user_id=person.user_id,
                kind=kind,
                day=day,
                sent_at=now,
                sent_by_id=actor.user_id,
            )
        )
        mail.enqueue(
            f"round:{round_.id}:reminder:{kind.value}:{day}:{person.user_id}",
            recipient=person.email,
            subject=written.subject,
            body=written.body,
            now=now,
        )
    if people:
        audit.record(actor, "reminded", round_, now=now, kind=kind.value, people=len(people))
    return len(people)
