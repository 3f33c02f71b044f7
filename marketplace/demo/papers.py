"""The demonstration's papers: agreements with most hosts, and what sites ask of students."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from marketplace.agreements import services as agreements
from marketplace.agreements.models import Stage
from marketplace.db import transaction
from marketplace.demo.scene import DAY, Scene, school_of

#: Hosts (index into data.HOSTS) without a signed agreement: how far it is, and days from now to its target.
UNDER_WAY = {9: (Stage.IN_REVIEW, 75), 22: (Stage.REQUESTED, 100)}
MISSING = frozenset({23})
#: The host whose agreement ends before the placements do.
ENDING = 16


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
