"""What a student has to do about lists: their own, or that of the couple they are in."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.applications import queries as applications
from marketplace.couples import queries
from marketplace.filters import until
from marketplace.rankings import todo as own
from marketplace.rounds import policies, preassigned
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Invitations to answer, lists of pairs that wait for this student's certificate, and lists to make."""
    if not actor.has(Role.STUDENT):
        return []
    mine = rounds.rounds_with_student(actor)
    found = _pairs([(r, i) for r, i in mine if r.couples and policies.is_open(r, now)], actor, now)
    for round_, student_id in mine:
        if policies.accepts_lists(round_, now):
            found += _list(round_, student_id, now)
    return found


def _pairs(mine: list[tuple[Round, int]], actor: Actor, now: datetime) -> list[TodoItem]:
    if not mine:
        return []
    waiting = queries.waiting_for([r.id for r, _i in mine], [i for _r, i in mine])
    found = []
    for round_, student_id in mine:
        if round_.id in waiting:
            found.append(_item(round_, _("Certify your list of pairs"), _("Your partner has."), now))
        elif queries.of_student(round_.id, student_id) is None:
            for couple in queries.invitations(round_.id, student_id, actor.email):
                title = _("%(name)s asks to be placed together with you", name=couple.inviter.user.name)
                found.append(_item(round_, title, _("If you do nothing, nothing changes."), now))
    return found


def _list(round_: Round, student_id: int, now: datetime) -> list[TodoItem]:
    """A list of one's own to make, unless the couple's counts or a place was given before the match."""
    if round_.couples and student_id in queries.paired(round_.id):
        title = _("Your list of pairs for %(round)s is certified", round=round_.name)
        text = _("Both of you can change and certify it again until lists close.")
        return [_item(round_, title, text, now, kind="done")]
    given = dict(preassigned.pairs(round_.id)).get(student_id)
    if given is not None and given in {a.slot_id for a in applications.of_student(round_.id, student_id)}:
        return []  # it falls away with the application, and then the list counts
    return own.of_student(student_id, round_, now)


def _item(round_: Round, title: str, text: str, now: datetime, kind: str = "now") -> TodoItem:
    return TodoItem(
        title,
        text=text,
        due=_("Lists close %(when)s", when=until(round_.ranking_closes_at, now)),
        due_at=round_.ranking_closes_at,
        url=url_for("couples.mine", round_id=round_.id),
        action=_("Open"),
        kind=kind,
    )
