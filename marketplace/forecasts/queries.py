"""Read forecasts for the coordinators of a round: the newest, all nights, and how good they turned out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.forecasts.models import Forecast, SlotForecast, StudentForecast
from marketplace.forecasts.summary import interval
from marketplace.runs.models import Assignment
from marketplace.schools.models import Programme
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def latest(round_id: int) -> Forecast | None:
    """The newest night's forecast."""
    query = sa.select(Forecast).where(Forecast.round_id == round_id)
    return db.session.scalars(query.order_by(Forecast.night.desc()).limit(1)).one_or_none()


def nights(round_id: int) -> Sequence[Forecast]:
    """Every night's forecast, the oldest first."""
    query = sa.select(Forecast).where(Forecast.round_id == round_id)
    return db.session.scalars(query.order_by(Forecast.night)).all()


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability with its interval: of a student, or of a slot with the places taken on average."""

    id: int
    name: str
    of: str
    probability: float
    low: float
    high: float
    taken: float = 0.0
    places: int = 0


def students(forecast: Forecast) -> list[Chance]:
    """Every student with applications, the least likely placed first."""
    query = (
        sa.select(Student.id, User.name, Programme.name, StudentForecast.probability)
        .join(StudentForecast, StudentForecast.student_id == Student.id)
        .join(User, User.id == Student.user_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(StudentForecast.forecast_id == forecast.id)
        .order_by(StudentForecast.probability, User.name, Student.id)
    )
    return [
        Chance(i, name, programme, p, *interval(p, forecast.draws))
        for i, name, programme, p in db.session.execute(query)
    ]


def slots(forecast: Forecast) -> list[Chance]:
    """Every slot, the least likely full first."""
    query = (
        sa.select(
            Slot.id,
            Slot.title,
            Facility.name,
            SlotForecast.probability,
            SlotForecast.taken,
            Slot.capacity,
        )
        .join(SlotForecast, SlotForecast.slot_id == Slot.id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(SlotForecast.forecast_id == forecast.id)
        .order_by(SlotForecast.probability, Facility.name, Slot.title, Slot.id)
    )
    return [
        Chance(i, title, host, p, *interval(p, forecast.draws), taken, places)
        for i, title, host, p, taken, places in db.session.execute(query)
    ]


def probabilities(forecast: Forecast) -> tuple[dict[int, float], dict[int, float]]:
    """(student id to probability, slot id to probability)."""
    people = sa.select(StudentForecast.student_id, StudentForecast.probability)
    places = sa.select(SlotForecast.slot_id, SlotForecast.probability)
    return (
        {i: p for i, p in db.session.execute(people.where(StudentForecast.forecast_id == forecast.id))},
        {i: p for i, p in db.session.execute(places.where(SlotForecast.forecast_id == forecast.id))},
    )


def programme_names(forecast: Forecast) -> dict[int, str]:
    """The names of the programmes in a forecast's totals."""
    ids = [row["programme"] for row in forecast.totals["programmes"]]
    rows = db.session.execute(sa.select(Programme.id, Programme.name).where(Programme.id.in_(ids)))
    return {i: name for i, name in rows}


@dataclass(frozen=True, slots=True)
class Score:
    """How good a night's forecast of students turned out: Brier scores, 0 is perfect.

    ``tonight``: that of the night's lists as they stood; ``base``: that of the share placed in the end, said
    of everyone, which nobody could know.
    """

    night: str
    days_left: float
    students: int
    forecast: float
    tonight: float
    base: float


def scores(round_id: int) -> list[Score]:
    """The score of every night of a released round, the oldest first; none before the release.

    Who is in no released assignment had no list and was not placed.
    """
    came = sa.case((Assignment.slot_id.is_not(None), 1.0), else_=0.0)
    said, tonight = StudentForecast.probability, StudentForecast.tonight
    share = sa.func.avg(came)
    query = (
        sa.select(
            Forecast.night,
            Forecast.days_left,
            sa.func.count(),
            sa.func.avg((said - came) * (said - came)),
            sa.func.avg((tonight - came) * (tonight - came)),
            share * (1 - share),
        )
        .join(StudentForecast, StudentForecast.forecast_id == Forecast.id)
        .outerjoin(
            Assignment,
            sa.and_(
                Assignment.round_id == Forecast.round_id,
                Assignment.student_id == StudentForecast.student_id,
            ),
        )
        .where(
            Forecast.round_id == round_id,
            sa.select(Assignment.student_id).where(Assignment.round_id == round_id).exists(),
        )
        .group_by(Forecast.id, Forecast.night, Forecast.days_left)
        .order_by(Forecast.night)
    )
    return [
        Score(night, days, count, float(mine), float(theirs), float(base))
        for night, days, count, mine, theirs, base in db.session.execute(query)
    ]
