"""The round of the demonstration: applications and lists over six weeks, with a rehearsal every night."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.applications import services as applications
from marketplace.applications.queries import applicants
from marketplace.db import transaction
from marketplace.demo import data
from marketplace.demo.scene import DAY, ZONE, Scene, school_of
from marketplace.rankings import services as rankings
from marketplace.rounds import services as rounds
from marketplace.runs import nightly
from marketplace.slots import queries as slot_queries


def make_round(scene: Scene, start: datetime) -> None:
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
        school = school_of(scene)
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


def make_applications(scene: Scene, draw: random.Random, opens: datetime) -> dict[int, list[int]]:
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


def make_lists(
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
