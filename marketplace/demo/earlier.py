"""An earlier, small round of the demonstration: released, with places confirmed, declined and open."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.access import Actor, actor_for
from marketplace.accounts import services as accounts
from marketplace.applications import services as applications
from marketplace.db import transaction
from marketplace.demo import data
from marketplace.demo.scene import DAY, ZONE, Scene, address, school_of
from marketplace.facilities import queries as facilities
from marketplace.moderation import services as moderation
from marketplace.placements import answers, clearing, requests
from marketplace.placements import queries as placements
from marketplace.rankings import services as rankings
from marketplace.results import services as results
from marketplace.results.models import Answer
from marketplace.rounds import queries as round_queries
from marketplace.rounds import services as rounds
from marketplace.runs import nightly, releasing
from marketplace.schools import services as schools
from marketplace.slots import queries as slot_queries
from marketplace.slots import services as slots
from marketplace.students import services as students
from marketplace.texts import services as texts
from marketplace.vocabulary import Level

#: (host, places) of each slot, and which of them each student listed, best first.
_SLOTS = ((0, 2), (1, 1), (2, 2))
_LISTS = ((0, 1), (0, 2), (1, 0, 2), (1,), (2,), ())
#: Whom two hosts put first, before anyone else who applied: so no lottery takes from Robin and Sasha the
#: places that they confirm below, and Toni, who can be signed in as, reads why it was the third choice.
_FIRST = {0: (0, 1), 1: (3,)}
_NAMES = ("Robin Sample", "Sasha Sample", data.PLACED, "Uma Sample", "Vic Sample", "Wren Sample")


def make_earlier_round(scene: Scene, start: datetime) -> int:
    """The round from its announcement to the answers after its release, within three weeks; its id."""
    people, student_ids, programme = _people(scene, start)
    offered = [_slot(scene, host, places, start) for host, places in _SLOTS]
    days = {"recruiting_opens_at": 0, "applying_opens_at": 1, "applying_closes_at": 4}
    days |= {"ranking_opens_at": 2, "ranking_closes_at": 6, "release_planned_at": 8}
    with transaction():
        made = rounds.create(
            scene.coordinator,
            school_of(scene).id,
            name="Short placements",
            time_zone=ZONE,
            calendar={field: start + (day + 0.5) * DAY for field, day in days.items()},
            programme_ids=[programme],
            use_last_draft=True,
            now=start,
        )
        rounds.add_slots(scene.coordinator, made, offered, now=start)
        rounds.open_recruiting(scene.coordinator, made, now=start)
        round_id = made.id
    _play(round_id, people, offered, start)
    _rank_applicants(scene, round_id, student_ids, offered, start + 3 * DAY)
    nightly.run(start + 8 * DAY, wall=start + 8 * DAY)
    with transaction():
        round_ = round_queries.coordinated(scene.coordinator, round_id, lock=True)
        releasing.release(scene.coordinator, round_, now=start + 9 * DAY)
    _answer(scene, round_id, people, offered, start + 11 * DAY)
    return round_id


def open_clearing(scene: Scene, round_id: int, now: datetime) -> None:
    """Those without a place choose among what is open."""
    with transaction():
        clearing.open_(scene.coordinator, round_id, now=now)


def _people(scene: Scene, now: datetime) -> tuple[list[Actor], list[int], int]:
    """Students of a programme of their own, with its id, so that the large round stays as it is."""
    with transaction():
        school = school_of(scene)
        programme = schools.add_programme(
            scene.coordinator,
            school.id,
            name="Release of Information Certificate",
            level=Level.CERTIFICATE,
            required_hours=40,
            now=now,
        ).id
    found, ids = [], []
    for name in _NAMES:
        with transaction():
            password = data.PASSWORD if name == data.PLACED else None
            user = accounts.create_user(address(name), name=name, password=password, now=now)
            student_id = students.enrol(scene.coordinator, user, programme, now=now).id
            acting = actor_for(user)
        with transaction():
            students.save_profile(
                acting,
                student_id,
                home_zip=data.HOMES[0],
                travel_limit=60,
                available_from=(now + 21 * DAY).date(),
                available_until=(now + 190 * DAY).date(),
                weekly_hours=16,
                remote_ok=True,
                credentials=[],
                skills=["hipaa"],
                experience="",
                statement=data.STATEMENT,
                now=now,
            )
        found.append(acting)
        ids.append(student_id)
    return found, ids, programme


def _slot(scene: Scene, host: int, places: int, now: datetime) -> int:
    contact, work = scene.contacts[host], data.WORKS["roi"]
    first = (now + 56 * DAY).date()
    with transaction():
        site = facilities.own(contact, scene.hosts[host]).sites[0]
        slot = slots.create(
            contact,
            scene.hosts[host],
            now=now,
            site_id=site.id,
            title=f"{work.title}, short placement",
            role=work.role,
            description=work.description,
            task_areas=sorted(work.areas),
            starts_on=first,
            ends_on=first + timedelta(weeks=4),
            hours=40,
            capacity=places,
            modality=work.modality,
            attested=True,
        )
        slots.post(contact, slot.id, now=now)
        waits = texts.waiting(scene.hosts[host], slot.id)
        if waits is not None:
            moderation.approve(scene.coordinator, waits.id, now=now)
        return slot.id


def _play(round_id: int, people: list[Actor], offered: list[int], start: datetime) -> None:
    """Everyone applies and ranks."""
    nightly.run(start + 2 * DAY, wall=start + 2 * DAY)
    for actor, wishes in zip(people, _LISTS, strict=True):
        for index in wishes:
            with transaction():
                slot = slot_queries.get_public_slot(offered[index])
                applications.apply(actor, round_id, slot, signature=actor.name, now=start + 2 * DAY)
    nightly.run(start + 3 * DAY, wall=start + 3 * DAY)
    for actor, wishes in zip(people, _LISTS, strict=True):
        if wishes:
            with transaction():
                rankings.save_student_list(
                    actor,
                    round_id,
                    [offered[index] for index in wishes],
                    certify=True,
                    base_version=0,
                    now=start + 3 * DAY,
                )


def _rank_applicants(
    scene: Scene, round_id: int, student_ids: list[int], offered: list[int], now: datetime
) -> None:
    """Two hosts say whom they would like best; the third is silent, and takes anyone."""
    for index, first in _FIRST.items():
        host, _places = _SLOTS[index]
        with transaction():
            rankings.save_slot_list(
                scene.contacts[host],
                round_id,
                offered[index],
                [[student_ids[number] for number in first]],
                then_any=True,
                certify=True,
                base_version=0,
                now=now,
            )


def _answer(scene: Scene, round_id: int, people: list[Actor], offered: list[int], now: datetime) -> None:
    """Two confirm, one declines, one asks to be released; one host confirms, the others are silent."""
    for actor in people[:2]:
        with transaction():
            answers.confirm(actor, round_id, now=now)
    with transaction():
        answers.decline(people[4], round_id, reason="I found work with these hours.", now=now)
    with transaction():
        shown = [placement.id for placement in placements.in_slot(round_id, offered[0])]
        results.answer(
            scene.contacts[0], round_id, offered[0], Answer.CONFIRMED, shown=shown, note="", now=now
        )
    with transaction():
        requests.ask_as_student(people[1], round_id, reason="My family moves in May.", now=now + DAY)
