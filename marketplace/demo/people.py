"""The people, facilities, slots and students of the demonstration."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from marketplace.access import actor_for
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.db import transaction
from marketplace.demo import data
from marketplace.demo.scene import DAY, Scene, actor_for_id, address, school_of, sign_ins, student_name
from marketplace.facilities import services as facilities
from marketplace.identity import services as identity
from marketplace.moderation import services as moderation
from marketplace.schools import services as schools
from marketplace.slots import services as slots
from marketplace.students import services as students
from marketplace.texts import services as texts
from marketplace.vocabulary import Modality

#: What hosts say of getting there; some say nothing.
PARKING = ("Free in the visitors' garage", "Bus stop at the door; parking $6 a day", "")


def _person(name: str, now: datetime) -> User:
    """A person; only those on the start page get a password, since hashing one is slow on purpose."""
    password = data.PASSWORD if address(name) in {email for _role, email, _pw in sign_ins()} else None
    return accounts.create_user(address(name), name=name, password=password, now=now)


def make_people(now: datetime) -> Scene:
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


def make_hosts(scene: Scene, now: datetime) -> None:
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
            for sign, detail in data.SIGNS:
                identity.record(scene.coordinator, facility.id, sign, detail=detail, now=now)
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
                parking="" if work.modality is Modality.REMOTE else PARKING[host_index % len(PARKING)],
                fee=(None, 0, 15)[host_index % 3],
                contact_policy=data.HOSTS[host_index].policy,
                silence=work.silence,
                attested=True,
            )
            slots.post(contact, slot.id, now=now)
            waits = texts.waiting(scene.hosts[host_index], slot.id)
            if waits is not None:
                moderation.approve(scene.coordinator, waits.id, now=now)
            scene.slot_ids.append(slot.id)


def make_newcomer(scene: Scene, now: datetime) -> None:
    """A clinic that registered lately: one sign checked, its first slot waiting to be read."""
    host, work = data.NEWCOMER, data.WORKS["frontoffice"]
    with transaction():
        person = actor_for(_person(host.contact, now))
        facility_id = facilities.create(person, name=host.name, kind=host.kind, now=now).id
        contact = actor_for_id(person.user_id)
        site = facilities.add_site(
            contact, facility_id, name="Main site", address=host.street, zip=host.zip, now=now
        )
        sign, detail = data.SIGNS[0]
        identity.record(scene.coordinator, facility_id, sign, detail=detail, now=now)
        first_day = (now + 84 * DAY).date()
        slot = slots.create(
            contact,
            facility_id,
            now=now,
            site_id=site.id,
            title=work.title,
            role=work.role,
            description=work.description,
            task_areas=sorted(work.areas),
            starts_on=first_day,
            ends_on=first_day + timedelta(weeks=14),
            hours=work.hours,
            attested=True,
        )
        slots.post(contact, slot.id, now=now)


def make_students(scene: Scene, now: datetime, draw: random.Random) -> None:
    """Sixty students in three programmes, with complete profiles."""
    with transaction():
        school = school_of(scene)
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
