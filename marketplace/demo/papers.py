"""The demonstration's papers: agreements with most hosts, and what sites ask of students."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from marketplace.access import Actor
from marketplace.agreements import services as agreements
from marketplace.agreements.models import Stage
from marketplace.db import transaction
from marketplace.demo.scene import DAY, Scene, school_of
from marketplace.requirements import services as requirements
from marketplace.requirements.models import Due, Standing
from marketplace.students import queries as students
from marketplace.vocabulary import Modality

#: Hosts (index into data.HOSTS) without a signed agreement: how far it is, and days from now to its target.
UNDER_WAY = {9: (Stage.IN_REVIEW, 75), 22: (Stage.REQUESTED, 100)}
MISSING = frozenset({23})
#: The host whose agreement ends before the placements do.
ENDING = 16


#: What the checks of this invented school cost, in dollars; of the others nobody has said it.
COSTS = {"hipaa-training": 0, "liability-insurance": 25, "background-check": 45, "mmr": 80}


def make_agreements(scene: Scene, names: list[str], now: datetime) -> None:
    """Signed ones with most hosts; one ends too early, two are under way, one is missing."""
    with transaction():
        school_id = school_of(scene).id
    for index, facility_id in enumerate(scene.hosts):
        if index in MISSING:
            continue
        with transaction():
            agreements.create(
                scene.coordinator,
                school_id,
                facility_ids=[facility_id],
                party=names[index],
                now=now,
                **_terms(index, now, scene.coordinator.user_id),
            )


def make_requirements(scene: Scene, now: datetime) -> None:
    """What the school always asks, what hospitals ask beyond it, and where the first students stand."""
    everywhere = {"hipaa-training": Due.START, "confidentiality": Due.START, "liability-insurance": Due.START}
    on_site = {"background-check": Due.START, "mmr": Due.START, "influenza": Due.START}
    with transaction():
        school_id = school_of(scene).id
        for name, modality, items in (
            ("Everywhere", None, everywhere),
            ("On site", Modality.ON_SITE, on_site),
        ):
            saved = requirements.save_set(
                scene.coordinator,
                school_id,
                name=name,
                site_id=None,
                modality=modality,
                items=items,
                now=now,
            )
            requirements.set_costs(scene.coordinator, saved.id, COSTS, now=now)
    for index, student in enumerate(scene.students[:20]):
        with transaction():
            _checklist(scene, student, index, now)


def _checklist(scene: Scene, student: Actor, index: int, now: datetime) -> None:
    """The first student has most of it, and one thing that expires too early; others have some."""
    today, year = now.date(), timedelta(days=365)
    student_id = students.own(student).id
    for kind in ("hipaa-training", "confidentiality", "mmr")[: 3 - index % 3]:
        requirements.check(
            scene.coordinator,
            student_id,
            kind,
            standing=Standing.CLEARED,
            done_on=today - timedelta(days=30),
            expires_on=today + year if kind == "hipaa-training" else None,
            now=now,
        )
    if index == 0:
        done = today - timedelta(days=200)
        requirements.check(
            scene.coordinator,
            student_id,
            "liability-insurance",
            standing=Standing.CLEARED,
            done_on=done,
            expires_on=done + year,
            now=now,
        )
    if index % 4 == 0:
        requirements.report(student, "background-check", done_on=today, expires_on=None, now=now)


def _terms(index: int, now: datetime, owner_id: int) -> dict[str, Any]:
    today = now.date()
    if index in UNDER_WAY:
        stage, days = UNDER_WAY[index]
        return {"stage": stage, "target_on": today + timedelta(days=days), "owner_id": owner_id}
    years = 1 + index % 3
    ends = today + timedelta(days=130) if index == ENDING else today + timedelta(days=365 * years)
    return {
        "stage": Stage.ACTIVE,
        "starts_on": (now - 400 * DAY).date(),
        "ends_on": ends,
        "notice_days": 90 if index % 2 else 60,
        "owner_id": owner_id if index % 4 else None,
    }
