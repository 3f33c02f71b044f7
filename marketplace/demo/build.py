"""Build the demonstration: a consortium mid-round, with a month of rehearsals behind it.

Everything goes through the services people use, at simulated times counted back from `now`, with a fixed
random seed: the same people, slots and lists every time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from marketplace.access import Actor, actor_for
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.applications import services as applications
from marketplace.applications.queries import applicants
from marketplace.audit import services as audit
from marketplace.audit.models import AuditEvent
from marketplace.db import db, transaction
from marketplace.demo import data
from marketplace.facilities import services as facilities
from marketplace.rankings import services as rankings
from marketplace.rounds import queries as round_queries
from marketplace.rounds import services as rounds
from marketplace.runs import nightly
from marketplace.schools import services as schools
from marketplace.schools.models import School
from marketplace.schools.queries import coordinated
from marketplace.slots import queries as slot_queries
from marketplace.slots import services as slots
from marketplace.students import services as students

ZONE = "America/Chicago"
DAY = timedelta(days=1)
BUILT = "demonstration built"


@dataclass
class Scene:
    """What has been built so far."""

    now: datetime
    operator: Actor
    coordinator: Actor
    contacts: list[Actor] = field(default_factory=list)
    slot_ids: list[int] = field(default_factory=list)
    hosts: list[int] = field(default_factory=list)
    students: list[Actor] = field(default_factory=list)
    round_id: int = 0


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


def address(name: str) -> str:
    """The demonstration address of a person."""
    return f"{name.lower().replace(' ', '.')}@{data.DOMAIN}"


def student_name(index: int) -> str:
    """The fictional name of one of the sixty students."""
    return f"{data.FIRST[index % 30]} {data.LAST[(index * 7 + index // 30) % 30]}"


def sign_ins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) for one person of each role."""
    people = (
        ("student", student_name(0)),
        ("student", student_name(1)),
        ("facility-contact", data.HOSTS[0].contact),
        ("coordinator", data.COORDINATOR[0]),
        ("operator", data.OPERATOR[0]),
    )
    return [(role, address(name), data.PASSWORD) for role, name in people]


def build(now: datetime) -> None:
    """Build it as of `now`."""
    draw = random.Random("practicum demonstration")
    start = _midnight(now) - 42 * DAY
    scene = _people(start)
    _hosts(scene, start)
    _students(scene, start, draw)
    _round(scene, start)
    liked = _apply(scene, draw, start + 14 * DAY)
    _rank(scene, draw, liked, start + 35 * DAY, now)
    with transaction():
        audit.record(None, BUILT, round_queries.coordinated(scene.coordinator, scene.round_id), now=now)


def _midnight(now: datetime) -> datetime:
    """The start of today in the round's zone."""
    local = now.astimezone(ZoneInfo(ZONE)).date()
    return datetime.combine(local, time(), ZoneInfo(ZONE)).astimezone(UTC)


def _person(name: str, now: datetime) -> User:
    """A person; only those on the start page get a password, since hashing one is slow on purpose."""
    password = data.PASSWORD if address(name) in {email for _role, email, _pw in sign_ins()} else None
    return accounts.create_user(address(name), name=name, password=password, now=now)


def _people(now: datetime) -> Scene:
    """The operator, the school with its programmes, and its coordinator."""
    with transaction():
        operator = _person(data.OPERATOR[0], now)
        accounts.grant(None, operator, Role.OPERATOR, now=now)
        acting = actor_for(operator)
        name, city, state = data.SCHOOL
        school = schools.create(acting, name=name, city=city, state=state, now=now)
        coordinator = _person(data.COORDINATOR[0], now)
        accounts.grant(acting, coordinator, Role.COORDINATOR, now=now, school_id=school.id)
        coordinating = actor_for(coordinator)
        for title, level, hours in data.PROGRAMMES:
            schools.add_programme(
                coordinating, school.id, name=title, level=level, required_hours=hours, now=now
            )
        return Scene(now, acting, coordinating)


def _hosts(scene: Scene, now: datetime) -> None:
    """Facilities with one site and one contact each, and their posted slots."""
    sites: list[int] = []
    for host in data.HOSTS:
        with transaction():
            contact = actor_for(_person(host.contact, now))
            facility = facilities.create(
                contact, name=host.name, kind=host.kind, contact_policy=host.policy, now=now
            )
            scene.hosts.append(facility.id)
            site = facilities.add_site(
                actor_for_id(contact.user_id),
                facility.id,
                name="Main site",
                address=host.street,
                zip=host.zip,
                now=now,
            )
            sites.append(site.id)
            facilities.verify(scene.operator, facility.id, now=now)
            scene.contacts.append(actor_for_id(contact.user_id))
    first_day = (now + 84 * DAY).date()
    for host_index, kind, capacity in data.SLOTS:
        work = data.WORKS[kind]
        with transaction():
            contact = scene.contacts[host_index]
            slot = slots.create(
                contact,
                scene.hosts[host_index],
                now=now,
                site_id=sites[host_index],
                title=work.title,
                role=work.role,
                description=work.description,
                task_areas=sorted(work.areas),
                starts_on=first_day,
                ends_on=first_day + timedelta(weeks=14),
                hours=work.hours,
                weekdays="Monday to Thursday",
                capacity=capacity,
                modality=work.modality,
                preceptor_name=data.HOSTS[host_index].contact,
                preceptor_background="Fictional preceptor of this demonstration",
                ehr=work.ehr,
                ehr_access=work.access,
                skills=sorted(work.skills),
                credentials=[],
                pay=work.pay,
                contact_policy=data.HOSTS[host_index].policy,
                silence=work.silence,
                attested=True,
            )
            slots.post(contact, slot.id, now=now)
            scene.slot_ids.append(slot.id)


def actor_for_id(user_id: int) -> Actor:
    """The actor of a user as their memberships stand now."""
    return actor_for(db.session.get_one(User, user_id))


def _students(scene: Scene, now: datetime, draw: random.Random) -> None:
    """Sixty students in three programmes, with complete profiles."""
    with transaction():
        school = _school(scene)
        programmes = [programme.id for programme in school.programmes]
    for index in range(60):
        name = student_name(index)
        with transaction():
            user = _person(name, now)
            student = students.enrol(scene.coordinator, user, programmes[index % 3], now=now)
            student_id = student.id
            acting = actor_for(user)
        with transaction():
            students.save_profile(
                acting,
                student_id,
                home_zip=draw.choice(data.HOMES) if index else data.HOMES[0],
                travel_limit=draw.choice((25, 40, 60, 90)),
                available_from=(now + 84 * DAY).date(),
                available_until=(now + 190 * DAY).date(),
                weekly_hours=draw.choice((8, 12, 16, 24)),
                remote_ok=draw.random() < 0.7,
                credentials=draw.choice(([], [], ["CCA"], ["CPC-A"], ["RHIT"])),
                skills=sorted(
                    draw.sample(("icd-10", "cpt", "medical-terminology", "hipaa", "excel", "sql"), 3)
                ),
                experience=draw.choice(data.EXPERIENCE),
                statement=data.STATEMENT,
                now=now,
            )
        scene.students.append(acting)


def _school(scene: Scene) -> School:
    return coordinated(scene.coordinator)[0]


def _round(scene: Scene, start: datetime) -> None:
    """A round whose ranking closes in a few days."""
    offsets = {"recruiting_opens_at": 0, "applying_opens_at": 14, "applying_closes_at": 35}
    offsets |= {"ranking_opens_at": 35, "ranking_closes_at": 47, "release_planned_at": 50}
    late = {"applying_closes_at", "ranking_opens_at", "ranking_closes_at", "release_planned_at"}
    zone = ZoneInfo(ZONE)
    calendar = {
        field: datetime.combine(
            (start.astimezone(zone) + days * DAY).date(),
            time(17 if field in late else 9 if days else 0),
            zone,
        ).astimezone(UTC)
        for field, days in offsets.items()
    }
    with transaction():
        school = _school(scene)
        term = "Spring" if (start + 84 * DAY).month < 6 else "Autumn"
        made = rounds.create(
            scene.coordinator,
            school.id,
            name=f"{term} {(start + 84 * DAY).year}",
            time_zone=ZONE,
            calendar=calendar,
            programme_ids=[programme.id for programme in school.programmes],
            use_last_draft=True,
            now=start,
        )
        rounds.add_slots(scene.coordinator, made, scene.slot_ids, now=start)
        rounds.open_recruiting(scene.coordinator, made, now=start)
        scene.round_id = made.id


def _apply(scene: Scene, draw: random.Random, opens: datetime) -> dict[int, list[int]]:
    """Most students apply to a few slots, popular ones more often; returns who applied where, as liked."""
    weights = [3.0 if host < 6 else 1.0 for host, _kind, _capacity in data.SLOTS]
    liked: dict[int, list[int]] = {}
    days: list[tuple[int, int, int]] = []
    for index in range(len(scene.students)):
        count = draw.choice((0, 2, 3, 4, 4, 5, 5, 6, 7))
        chosen = _sample(draw, weights, count) if index else _sample(draw, weights, 5)
        liked[index] = [scene.slot_ids[i] for i in chosen]
        days += [(draw.randrange(1, 20), index, slot_id) for slot_id in liked[index]]
    for day in range(21):
        at = opens + day * DAY + timedelta(hours=15)
        _night(at - timedelta(hours=7))
        for _when, index, slot_id in sorted(row for row in days if row[0] == day):
            with transaction():
                actor = scene.students[index]
                slot = slot_queries.get_public_slot(slot_id)
                applications.apply(actor, scene.round_id, slot, signature=actor.name, now=at)
    return liked


def _rank(
    scene: Scene, draw: random.Random, liked: dict[int, list[int]], opens: datetime, now: datetime
) -> None:
    """Lists arrive over the days of ranking; some are drafts, some students and facilities are silent."""
    plan: list[tuple[int, str, int]] = []
    for index, chosen in liked.items():
        if chosen and (index == 0 or draw.random() < 0.85):
            plan.append((2 if index == 0 else draw.randrange(0, 7), "student", index))
    for index in range(len(scene.slot_ids)):
        if index and draw.random() < 0.6:
            plan.append((draw.randrange(1, 7), "slot", index))
    day = 0
    while opens + day * DAY < now:
        at = min(opens + day * DAY + timedelta(hours=18), now)
        _night(at)
        for _when, side, index in sorted(row for row in plan if row[0] == day):
            with transaction():
                if side == "student":
                    _student_list(scene, draw, index, liked[index], at)
                else:
                    _slot_list(scene, draw, index, at)
        day += 1
    _night(now)


def _student_list(scene: Scene, draw: random.Random, index: int, chosen: list[int], at: datetime) -> None:
    keep = chosen if index == 0 else chosen[: draw.choice((2, 3, 3, 4, 9, 9))]
    rankings.save_student_list(
        scene.students[index],
        scene.round_id,
        keep,
        certify=index != 0 and draw.random() < 0.8,
        base_version=0,
        now=at,
    )


def _slot_list(scene: Scene, draw: random.Random, index: int, at: datetime) -> None:
    contact = scene.contacts[data.SLOTS[index][0]]
    slot_id = scene.slot_ids[index]
    found = [a.student_id for a in applicants(scene.round_id, slot_id)]
    draw.shuffle(found)
    cut = draw.randrange(0, len(found) + 1)
    tiers = [tier for tier in (found[:1], found[1:cut]) if tier]
    rankings.save_slot_list(
        contact,
        scene.round_id,
        slot_id,
        tiers,
        then_any=draw.random() < 0.8,
        certify=True,
        base_version=0,
        now=at,
    )


def _sample(draw: random.Random, weights: Sequence[float], count: int) -> list[int]:
    """`count` different indices, heavier ones more often, in order of preference."""
    keyed = sorted((draw.random() ** (1 / weight), i) for i, weight in enumerate(weights))
    return [i for _key, i in reversed(keyed[-count:])] if count else []


def _night(at: datetime) -> None:
    nightly.run(at, wall=at)
