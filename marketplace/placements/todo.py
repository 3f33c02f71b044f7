"""Placements that wait for an answer, on the home of whoever should give it; silence, for coordinators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import aliased, joinedload

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.filters import until
from marketplace.placements.board import NOT_THEIR_DOING
from marketplace.placements.models import ClearingChoice, PlaceRequest
from marketplace.placements.policies import LIVE
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.phases import Phase
from marketplace.runs.models import Clearing, Placement
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from marketplace.todo import TodoItem

SOON = timedelta(days=2)


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """What each role should answer or mend."""
    found: list[TodoItem] = []
    if actor.has(Role.STUDENT):
        found += [_student(placement, round_, now) for placement, round_ in _own(actor)]
        found += _choosing(actor, now)
    if actor.has(Role.FACILITY_CONTACT):
        found += _hosts(actor, now)
    if actor.has(Role.COORDINATOR) and any(r.phase in LIVE for r in rounds.coordinated_rounds(actor)):
        mine = Round.school_id.in_(actor.coordinated_schools)
        found += [replace(each, title=f"{name}: {each.title}") for name, each in _mend(mine, now)]
    return found


def of_round(round_: Round, now: datetime) -> list[TodoItem]:
    """What the coordinators of one round should answer or mend after its release."""
    return [each for _name, each in _mend(Round.id == round_.id, now)] if round_.phase in LIVE else []


def _mend(which: sa.ColumnElement[bool], now: datetime) -> list[tuple[str, TodoItem]]:
    """(name of the round, what to do) for coordinators of these rounds."""
    return _silent(which, now) + _asked(which) + _lost(which)


def _open() -> sa.Select[Placement, Round]:
    return (
        sa.select(Placement, Round)
        .join(Round, Round.id == Placement.round_id)
        .join(Slot, Slot.id == Placement.slot_id)
        .where(Placement.ended_at.is_(None), Round.phase.in_(LIVE))
        .options(joinedload(Placement.slot, innerjoin=True))
        .order_by(Placement.answer_by, Placement.id)
    )


def _own(actor: Actor) -> list[tuple[Placement, Round]]:
    mine = (
        _open()
        .join(Student, Student.id == Placement.student_id)
        .where(Student.user_id == actor.user_id, Placement.student_confirmed_at.is_(None))
    )
    return [(placement, round_) for placement, round_ in db.session.execute(mine)]


def _student(placement: Placement, round_: Round, now: datetime) -> TodoItem:
    return TodoItem(
        _("Confirm your place in %(round)s", round=round_.name),
        text=_("Say whether you take it. Until you do, nobody can count on it."),
        due=_("Answer %(when)s", when=until(placement.answer_by, now)),
        due_at=placement.answer_by,
        url=url_for("placements.mine", round_id=round_.id),
        action=_("Answer"),
        kind="urgent" if placement.answer_by - now < SOON else "now",
    )


def _hosts(actor: Actor, now: datetime) -> list[TodoItem]:
    # Whose consent was taken back is on no roster: there is nobody to confirm.
    shown = sa.exists().where(
        Application.round_id == Placement.round_id,
        Application.student_id == Placement.student_id,
        Application.slot_id == Placement.slot_id,
        consents.standing(),
    )
    query = _open().where(
        Slot.facility_id.in_(actor.facilities), Placement.host_confirmed_at.is_(None), shown
    )
    slots: dict[tuple[int, int], tuple[Placement, Round]] = {}
    for placement, round_ in db.session.execute(query):
        slots.setdefault((round_.id, placement.slot_id), (placement, round_))
    return [
        TodoItem(
            _("Confirm who comes for “%(title)s”", title=placement.slot.title),
            text=round_.name,
            due=_("Answer %(when)s", when=until(placement.answer_by, now)),
            due_at=placement.answer_by,
            url=url_for("results.roster", round_id=round_.id, slot_id=placement.slot_id),
            action=_("See the roster"),
            kind="urgent" if placement.answer_by - now < SOON else "now",
        )
        for placement, round_ in slots.values()
    ]


def _rounds(
    which: sa.ColumnElement[bool], of: type[Placement | PlaceRequest], *conditions: sa.ColumnElement[bool]
) -> Iterable[tuple[Round, int]]:
    """Live rounds that have placements, or requests, of this kind, and how many."""
    query = (
        sa.select(Round, sa.func.count(of.id))
        .join(of, of.round_id == Round.id)
        .where(which, Round.phase.in_(LIVE), *conditions)
        .group_by(Round.id)
        .order_by(Round.id)
    )
    return ((round_, count) for round_, count in db.session.execute(query))


def _silent(which: sa.ColumnElement[bool], now: datetime) -> list[tuple[str, TodoItem]]:
    """Rounds in which the date to confirm has passed without both answers."""
    found = _rounds(
        which,
        Placement,
        Placement.ended_at.is_(None),
        Placement.answer_by <= now,
        sa.or_(Placement.student_confirmed_at.is_(None), Placement.host_confirmed_at.is_(None)),
    )
    return [
        (
            round_.name,
            TodoItem(
                ngettext(
                    "%(num)d placement is not confirmed in time",
                    "%(num)d placements are not confirmed in time",
                    count,
                ),
                text=_("Silence declines nothing: ask, and write down what they say."),
                url=url_for("placements.desk", round_id=round_.id),
                action=_("See who"),
                kind="urgent",
            ),
        )
        for round_, count in found
    ]


def _asked(which: sa.ColumnElement[bool]) -> list[tuple[str, TodoItem]]:
    """Rounds in which a request waits to be decided."""
    found = _rounds(which, PlaceRequest, PlaceRequest.decided_at.is_(None))
    return [
        (
            round_.name,
            TodoItem(
                ngettext("%(num)d request about a placement", "%(num)d requests about placements", count),
                text=_("Someone asks to be released, or for fewer places."),
                url=url_for("placements.desk", round_id=round_.id),
                action=_("Decide"),
                kind="urgent",
            ),
        )
        for round_, count in found
    ]


def _lost(which: sa.ColumnElement[bool]) -> list[tuple[str, TodoItem]]:
    """Rounds in which a student lost a place through no doing of theirs and has none since."""
    later = aliased(Placement)
    again = sa.exists().where(
        later.round_id == Placement.round_id,
        later.student_id == Placement.student_id,
        later.id > Placement.id,
    )
    found = _rounds(which, Placement, Placement.end_reason.in_(NOT_THEIR_DOING), ~again)
    return [
        (
            round_.name,
            TodoItem(
                ngettext("%(num)d student lost a place", "%(num)d students lost a place", count),
                text=_("See whether a place on their list is open; else they come first in clearing."),
                url=url_for("placements.repair", round_id=round_.id),
                action=_("Look for places"),
                kind="urgent",
            ),
        )
        for round_, count in found
    ]


def _choosing(actor: Actor, now: datetime) -> list[TodoItem]:
    """Windows in which the student can choose among open places, and has not."""
    holds = sa.exists().where(
        Placement.round_id == Clearing.round_id,
        Placement.student_id == Student.id,
        Placement.ended_at.is_(None),
    )
    chose = sa.exists().where(
        ClearingChoice.clearing_id == Clearing.id, ClearingChoice.student_id == Student.id
    )
    query = (
        sa.select(Round, Clearing)
        .join(Clearing, Clearing.round_id == Round.id)
        .join(RoundStudent, RoundStudent.round_id == Round.id)
        .join(Student, Student.id == RoundStudent.student_id)
        .where(
            Student.user_id == actor.user_id,
            RoundStudent.withdrawn_at.is_(None),
            Round.phase == Phase.CLEARING,
            Clearing.settled_at.is_(None),
            Clearing.closes_at > now,
            ~holds,
            ~chose,
        )
        .order_by(Clearing.closes_at, Clearing.id)
    )
    return [
        TodoItem(
            _("Choose among open places in %(round)s", round=round_.name),
            text=_("Say which of them you would take, in your order."),
            due=_("Closes %(when)s", when=until(window.closes_at, now)),
            due_at=window.closes_at,
            url=url_for("placements.choose", round_id=round_.id),
            action=_("Choose"),
            kind="urgent",
        )
        for round_, window in db.session.execute(query)
    ]
