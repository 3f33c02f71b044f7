"""What a student or a facility should do about lists while they are open."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.applications import queries as applications
from marketplace.filters import until
from marketplace.rankings import queries
from marketplace.rounds import policies
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot
from marketplace.todo import TodoItem

SOON = timedelta(days=3)


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Lists that a facility has to certify. A student's may be a couple's: ``couples.todo``."""
    if not actor.has(Role.FACILITY_CONTACT):
        return []
    open_ = [(r, s) for r, s in rounds.slots_of_facility(actor) if policies.accepts_lists(r, now)]
    return _facility(open_, now)


def of_student(student_id: int, round_: Round, now: datetime) -> list[TodoItem]:
    """A student's own list while lists are open: to make, to certify, or done."""
    waiting = applications.count_of_student(round_.id, student_id)
    if not waiting:
        return []
    certified = queries.is_certified(queries.Owner(round_.id, student_id=student_id))
    if certified is None:
        title = ngettext("Rank your %(num)d application", "Rank your %(num)d applications", waiting)
        return [_student_item(round_, title, _("Without a list you are not in the match."), now)]
    if not certified:
        title = _("Certify your ranking for %(round)s", round=round_.name)
        return [_student_item(round_, title, _("It is saved as a draft."), now)]
    title = _("Your ranking for %(round)s is certified", round=round_.name)
    text = _("You can change and certify it again until lists close.")
    return [_student_item(round_, title, text, now, done=True)]


def _student_item(round_: Round, title: str, text: str, now: datetime, done: bool = False) -> TodoItem:
    return TodoItem(
        title,
        text=text,
        due=_("Lists close %(when)s", when=until(round_.ranking_closes_at, now)),
        due_at=round_.ranking_closes_at,
        url=url_for("rankings.edit", round_id=round_.id),
        action=_("My ranking"),
        kind="done" if done else _kind(round_, now),
    )


def _facility(open_: list[tuple[Round, Slot]], now: datetime) -> list[TodoItem]:
    """Slots with applicants and no certified list; two queries a round, however many slots."""
    found = []
    for round_ in {r.id: r for r, _slot in open_}.values():
        counts = applications.counts_by_slot(round_.id)
        _students, states = queries.states(round_.id)
        for slot in (s for r, s in open_ if r.id == round_.id):
            if counts.get(slot.id) and states.get(slot.id) != "certified":
                found.append(_facility_item(round_, slot, counts[slot.id], now))
    return found


def _facility_item(round_: Round, slot: Slot, count: int, now: datetime) -> TodoItem:
    return TodoItem(
        _("Rank the applicants for “%(title)s”", title=slot.title),
        text=ngettext("%(num)d student applied.", "%(num)d students applied.", count),
        due=_("Lists close %(when)s", when=until(round_.ranking_closes_at, now)),
        due_at=round_.ranking_closes_at,
        url=url_for("applicants.edit", round_id=round_.id, slot_id=slot.id),
        action=_("See applicants"),
        kind=_kind(round_, now),
    )


def _kind(round_: Round, now: datetime) -> str:
    return "urgent" if round_.ranking_closes_at - now < SOON else "now"
