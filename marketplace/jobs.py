"""The embedded trigger: a scheduler thread in the one web worker. With several workers, use cron or Celery
to call ``flask nightly`` instead; the work is safe to start anywhere, any number of times.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from marketplace import clock
from marketplace.db import db
from marketplace.mail import services as mail
from marketplace.runs import nightly

logger = logging.getLogger(__name__)


def start(app: Flask) -> BackgroundScheduler:
    """Do what is due every minute, and send mail every few seconds."""
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(_in(app, _nightly), "interval", minutes=1, id="nightly")
    scheduler.add_job(_in(app, _deliver), "interval", seconds=5, id="mail")
    scheduler.start()
    app.extensions["scheduler"] = scheduler
    return scheduler


def _in(app: Flask, work: Callable[[], None]) -> Callable[[], None]:
    def job() -> None:
        with app.app_context():
            try:
                work()
            finally:
                db.session.remove()

    return job


def _nightly() -> None:
    now = clock.now()
    for round_id, act in nightly.run(now, wall=now).acts:
        logger.info("round %s: %s", round_id, act)


def _deliver() -> None:
    mail.deliver(clock.now())
