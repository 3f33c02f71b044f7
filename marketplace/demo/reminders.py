"""Yesterday's reminders in the demonstration: the coordinator wrote to students without a list."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from marketplace.coordination import reminders
from marketplace.coordination.models import ReminderKind
from marketplace.db import transaction
from marketplace.demo.scene import DAY, Scene
from marketplace.rounds import queries as rounds


def make_reminders(scene: Scene, now: datetime) -> None:
    """One mail each; today the coordinator may remind again."""
    link = f"{current_app.config['PUBLIC_URL']}/rounds/{scene.round_id}/ranking"
    with transaction():
        round_ = rounds.coordinated(scene.coordinator, scene.round_id, lock=True)
        reminders.send(scene.coordinator, round_, ReminderKind.NO_LIST, link=link, now=now - DAY)
