"""Build the demonstration: a consortium mid-round, with a month of rehearsals behind it.

Everything goes through the services people use, at simulated times counted back from `now`, with a fixed
random seed: the same people, slots and lists every time.
"""

from __future__ import annotations

import random
from datetime import datetime

import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.audit import services as audit
from marketplace.audit.models import AuditEvent
from marketplace.db import transaction
from marketplace.demo.data import HOSTS
from marketplace.demo.earlier import make_earlier_round, open_clearing
from marketplace.demo.papers import make_agreements, make_requirements
from marketplace.demo.people import make_hosts, make_newcomer, make_people, make_students
from marketplace.demo.reminders import make_reminders
from marketplace.demo.scene import DAY, midnight
from marketplace.demo.season import make_applications, make_lists, make_round
from marketplace.demo.talk import make_talk
from marketplace.rounds import queries as round_queries

BUILT = "demonstration built"


class NotEmpty(Exception):
    """The database holds people that are not (all) the demonstration's."""


def is_built() -> bool:
    """Whether the demonstration is in the database, whole. Raises NotEmpty if something else is."""
    with transaction() as session:
        if session.scalar(sa.select(AuditEvent.id).where(AuditEvent.action == BUILT).limit(1)):
            return True
        if session.scalar(sa.select(User.id).limit(1)):
            raise NotEmpty
        return False


def build(now: datetime) -> None:
    """Build it as of `now`."""
    draw = random.Random("practicum demonstration")
    start = midnight(now) - 42 * DAY
    scene = make_people(start)
    make_hosts(scene, start)
    make_students(scene, start, draw)
    make_agreements(scene, [host.name for host in HOSTS], start)
    make_requirements(scene, start)
    make_round(scene, start)
    earlier = make_earlier_round(scene, start)
    liked = make_applications(scene, draw, start + 14 * DAY)
    make_lists(scene, draw, liked, start + 35 * DAY, now)
    make_reminders(scene, now)
    make_talk(scene, now)
    make_newcomer(scene, now - 2 * DAY)
    open_clearing(scene, earlier, now - 1 * DAY)
    with transaction():
        audit.record(None, BUILT, round_queries.coordinated(scene.coordinator, scene.round_id), now=now)
