"""A round whose deadlines are past can neither be made nor announced: it would be decided at once, empty."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from marketplace import config
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.rounds import queries, services
from tests.factories import Factory
from tests.support.clock import Clock


def calendar(clock: Clock, days: int) -> dict[str, datetime]:
    return {field: clock() + timedelta(days=days + number) for number, field in enumerate(services.CALENDAR)}


def test_past_deadlines_are_refused(app: Flask, make: Factory, clock: Clock) -> None:
    school = make.school()
    programme = make.programme(school)
    actor = make.actor(make.coordinator(school))
    values: dict[str, Any] = {"time_zone": "UTC", "programme_ids": [programme.id], "use_last_draft": True}
    with app.app_context():
        with pytest.raises(DomainError) as refused, transaction():
            services.create(
                actor, school.id, name="Old", calendar=calendar(clock, -30), now=clock(), **values
            )
        assert (refused.value.reason, refused.value.details["field"]) == ("past", "applying_closes_at")
        with transaction():
            made = services.create(
                actor,
                school.id,
                name="New",
                calendar=calendar(clock, 1),
                now=clock(),
                **values,
            )
            round_id = made.id
        clock.advance(days=60)
        with pytest.raises(DomainError) as refused, transaction():
            services.open_recruiting(actor, queries.coordinated(actor, round_id, lock=True), now=clock())
        assert refused.value.reason == "past"


def test_a_relative_home_is_the_same_folder_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRACTICUM_HOME", "instance/site")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert config.home().is_absolute()
    assert config.database_url(config.home()) == f"sqlite:///{tmp_path}/instance/site/practicum.sqlite3"
