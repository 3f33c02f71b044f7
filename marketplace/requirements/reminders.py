"""Mail to a student 60, 30 and 7 days before something cleared expires, once each."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.filters import day
from marketplace.mail import reminders
from marketplace.mail import services as mail
from marketplace.requirements import queries
from marketplace.vocabulary import REQUIREMENTS

STEPS = (60, 30, 7)


def send(now: datetime) -> int:
    """Write the reminders that are due; how many were written."""
    today = now.date()
    written = 0
    for entry, student in queries.expiring(today, today + timedelta(days=max(STEPS))):
        assert entry.expires_on is not None
        step = reminders.step((entry.expires_on - today).days, STEPS)
        name = REQUIREMENTS.label(entry.kind)
        if step is not None and student.user.active:
            written += mail.enqueue_once(
                f"requirement:{entry.id}:{entry.expires_on}:{step}",
                recipient=student.user.email,
                subject="Something on your readiness checklist expires soon",
                body=(
                    f"{name}: what was cleared expires on {day(entry.expires_on)}.\n\n"
                    "Renew it and enter the new date in your checklist on Practicum Match. Please send no"
                    " documents through this site; your coordinator says how to show them.\n"
                ),
                now=now,
            )
    return written
