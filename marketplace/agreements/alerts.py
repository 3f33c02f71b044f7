"""Mail before an agreement ends: 120, 90, 60 and 30 days before, once each, to its owner and its school."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.agreements import queries
from marketplace.agreements.models import Agreement
from marketplace.filters import day
from marketplace.mail import reminders
from marketplace.mail import services as mail

STEPS = (120, 90, 60, 30)


def send(now: datetime) -> int:
    """Write the alerts that are due; how many were written. A day that was missed is made up for once."""
    today = now.date()
    written = 0
    for agreement in queries.ending(today, today + timedelta(days=max(STEPS))):
        assert agreement.ends_on is not None
        step = reminders.step((agreement.ends_on - today).days, STEPS)
        if step is not None:
            written += _alert(agreement, step, now)
    return written


def _alert(agreement: Agreement, step: int, now: datetime) -> int:
    """Who sees to it: its owner; without one every coordinator of the school."""
    people = queries.colleagues([agreement.school_id])
    owners = [user for user in people if user.id == agreement.owner_id] or people
    return sum(
        mail.enqueue_once(
            f"agreement:{agreement.id}:{agreement.ends_on}:{step}:{user.id}",
            recipient=user.email,
            subject=f"Agreement with {agreement.party} ends in less than {step + 1} days",
            body=_body(agreement, now),
            now=now,
        )
        for user in owners
    )


def _body(agreement: Agreement, now: datetime) -> str:
    assert agreement.ends_on is not None
    left = (agreement.ends_on - now.date()).days
    survives = (
        "Students already placed may finish (survival clause)."
        if agreement.survives
        else "It has no survival clause: students placed there must leave when it ends."
    )
    return (
        f"The affiliation agreement of {agreement.school.name} with {agreement.party} ends on"
        f" {day(agreement.ends_on)}, in {left} days. Notice to be given: {agreement.notice_days} days.\n"
        f"{survives}\n\n"
        "Placements that run beyond that day are not covered. Renew it on the page of agreements.\n"
    )
