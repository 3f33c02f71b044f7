"""What is due apart from rounds: reminders, alerts, listings that lapse, an index to bring up to date.

A feature writes a function (now) -> number of things done; features.py registers it, and the nightly job
runs it. Each runs in a transaction of its own and must be safe to run twice, at once, or late. Imports
nothing of ours but the database.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app

from marketplace.db import transaction

Chore = Callable[[datetime], int]
logger = logging.getLogger(__name__)


def register(app: Flask, *chores: Chore) -> None:
    """Add chores to the nightly job."""
    app.extensions.setdefault("chores", []).extend(chores)


def run(now: datetime) -> list[str]:
    """Do every chore. Returns the names of those that failed; a failure stops no other."""
    chores: list[Chore] = current_app.extensions.get("chores", [])
    return [f"{chore.__module__}.{chore.__name__}" for chore in chores if not _done(chore, now)]


def _done(chore: Chore, now: datetime) -> bool:
    try:
        with transaction():
            count = chore(now)
    except Exception as error:  # messages may quote rows: only the kind and the way there are logged
        way = "".join(traceback.format_tb(error.__traceback__))
        logger.error("chore %s: %s\n%s", chore.__name__, type(error).__name__, way)
        return False
    if count:
        logger.info("chore %s: %d", chore.__name__, count)
    return True
